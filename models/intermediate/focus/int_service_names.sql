-- What the totals of deliveries call a service, as FOCUS calls it. Only names that differ are here.
select
    'aws_cur2' as format_name,
    product_code as delivered_service_name,
    service_name
from {{ ref('aws_services') }}
union all
select
    'aws_cur_legacy' as format_name,
    product_code as delivered_service_name,
    service_name
from {{ ref('aws_services') }}
