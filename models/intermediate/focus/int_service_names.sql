-- What the totals of deliveries call a service, as FOCUS calls it. Only names that differ are here, in lower case.
select
    'aws_cur2' as format_name,
    lower(product_code) as delivered_service_name,
    service_name
from {{ ref('aws_services') }}
union all
select
    'aws_cur_legacy' as format_name,
    lower(product_code) as delivered_service_name,
    service_name
from {{ ref('aws_services') }}
union all
select
    'azure_cost' as format_name,
    service_key as delivered_service_name,
    service_name
from {{ ref('azure_services') }}
