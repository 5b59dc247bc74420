select
    source_name,
    billing_month,
    delivery_id,
    cluster as delivered_cluster,
    node,
    provider_id,
    namespace,
    controller_kind,
    controller_name,
    pod,
    container,
    labels,
    window_start,
    window_end,

    -- how much, on average over the window
    cpu_core_request_average,
    cpu_core_usage_average,
    ram_bytes_request_average,
    ram_bytes_usage_average,
    gpus as gpu_average,
    pv_bytes as volume_bytes_average,

    -- how much, over the window
    network_receive_bytes,
    network_transfer_bytes,

    -- what OpenCost estimates it to cost
    nullif(currency, '') as currency,
    cpu_cost,
    ram_cost,
    gpu_cost,
    pv_cost as volume_cost,
    network_cost,
    load_balancer_cost,
    shared_cost,
    external_cost,
    total_cost
from {{ source('raw', 'opencost') }}
