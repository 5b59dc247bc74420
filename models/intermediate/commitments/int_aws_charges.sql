select * from {{ ref('int_aws_delivered_charges') }}
union all
select * from {{ ref('int_aws_unused_savings_plans') }}
union all
select * from {{ ref('int_aws_unused_reservations') }}
union all
select * from {{ ref('int_aws_negation_residues') }}
