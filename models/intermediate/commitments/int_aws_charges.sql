select * from {{ ref('int_aws_delivered_charges') }}
union all
select * from {{ ref('int_aws_derived_charges') }}
