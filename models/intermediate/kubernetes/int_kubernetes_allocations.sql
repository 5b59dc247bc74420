-- What each container held of its cluster, in amounts that add up over time: averages times hours. What it holds is the
-- larger of request and usage, as OpenCost counts it: nobody else could have it. A day's export names no end.
with allocations as (

    select
        *,
        coalesce(delivered_cluster, source_name) as cluster_name,
        coalesce(window_end, cast({{ dbt.dateadd('day', 1, 'window_start') }} as timestamp)) as usage_end
    from {{ ref('stg_opencost__allocations') }}

),

timed as (

    select
        *,
        {{ ratio(minutes_between('window_start', 'usage_end'), '60') }} as window_hours
    from allocations

)

select
    source_name,
    billing_month,
    delivery_id,
    cluster_name,
    node,
    provider_id,
    namespace,
    controller_kind,
    controller_name,
    pod,
    container,
    labels,
    cast(window_start as date) as usage_date,
    window_start,
    usage_end as window_end,
    window_hours,
    {{ money('coalesce(cpu_core_request_average, 0) * window_hours') }} as cpu_requested_core_hours,
    {{ money('coalesce(cpu_core_usage_average, 0) * window_hours') }} as cpu_used_core_hours,
    {{ money('greatest(coalesce(cpu_core_request_average, 0), coalesce(cpu_core_usage_average, 0)) * window_hours') }}
        as cpu_core_hours,
    {{ money('coalesce(ram_bytes_request_average, 0) * window_hours') }} as ram_requested_byte_hours,
    {{ money('coalesce(ram_bytes_usage_average, 0) * window_hours') }} as ram_used_byte_hours,
    {{ money('greatest(coalesce(ram_bytes_request_average, 0), coalesce(ram_bytes_usage_average, 0)) * window_hours') }}
        as ram_byte_hours,
    {{ money('coalesce(gpu_average, 0) * window_hours') }} as gpu_hours,
    {{ money('coalesce(volume_bytes_average, 0) * window_hours') }} as volume_byte_hours,
    coalesce(network_receive_bytes, 0) as network_receive_bytes,
    coalesce(network_transfer_bytes, 0) as network_transfer_bytes,
    currency,
    coalesce(cpu_cost, 0) as cpu_cost,
    coalesce(ram_cost, 0) as ram_cost,
    coalesce(gpu_cost, 0) as gpu_cost,
    coalesce(volume_cost, 0) as volume_cost,
    coalesce(network_cost, 0) as network_cost,
    coalesce(load_balancer_cost, 0) as load_balancer_cost,
    coalesce(shared_cost, 0) as shared_cost,
    coalesce(external_cost, 0) as external_cost,
    coalesce(total_cost, 0) as total_cost
from timed
