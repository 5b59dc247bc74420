{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

select
    source_name,
    billing_month,
    cluster_name,
    namespace,
    controller_kind,
    controller_name,
    pod,
    usage_date,
    currency,
    count(distinct container) as container_count,
    {{ money('sum(cpu_requested_core_hours)') }} as cpu_requested_core_hours,
    {{ money('sum(cpu_used_core_hours)') }} as cpu_used_core_hours,
    {{ money('sum(cpu_core_hours)') }} as cpu_core_hours,
    {{ money('sum(ram_requested_byte_hours)') }} as ram_requested_byte_hours,
    {{ money('sum(ram_used_byte_hours)') }} as ram_used_byte_hours,
    {{ money('sum(ram_byte_hours)') }} as ram_byte_hours,
    {{ money('sum(gpu_hours)') }} as gpu_hours,
    {{ money('sum(volume_byte_hours)') }} as volume_byte_hours,
    {{ money('sum(network_receive_bytes)') }} as network_receive_bytes,
    {{ money('sum(network_transfer_bytes)') }} as network_transfer_bytes,
    {{ money('sum(cpu_cost)') }} as estimated_cpu_cost,
    {{ money('sum(ram_cost)') }} as estimated_ram_cost,
    {{ money('sum(gpu_cost)') }} as estimated_gpu_cost,
    {{ money('sum(volume_cost)') }} as estimated_volume_cost,
    {{ money('sum(network_cost)') }} as estimated_network_cost,
    {{ money('sum(load_balancer_cost)') }} as estimated_load_balancer_cost,
    {{ money('sum(shared_cost)') }} as estimated_shared_cost,
    {{ money('sum(external_cost)') }} as estimated_external_cost,
    {{ money('sum(total_cost)') }} as estimated_total_cost
from {{ ref('int_kubernetes_allocations') }}
where {{ in_rebuild() }}
group by
    source_name, billing_month, cluster_name, namespace, controller_kind, controller_name, pod, usage_date, currency
