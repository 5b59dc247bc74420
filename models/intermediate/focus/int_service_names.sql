-- What the totals of deliveries call a service, as FOCUS calls it. Only names that differ are here.
select
    'aws_cur2' as format,
    product_code as delivered_service_name,
    service_name
from {{ ref('aws_services') }}
union all
select
    'aws_cur_legacy' as format,
    product_code as delivered_service_name,
    service_name
from {{ ref('aws_services') }}
