{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- The few rows that amortization adds, kept as a small table: every reader of lines would otherwise search all lines
-- for the fees and pairs that they come from.
select * from {{ ref('int_aws_unused_savings_plans') }}
where {{ in_rebuild() }}
union all
select * from {{ ref('int_aws_unused_reservations') }}
where {{ in_rebuild() }}
union all
select * from {{ ref('int_aws_negation_residues') }}
where {{ in_rebuild() }}
