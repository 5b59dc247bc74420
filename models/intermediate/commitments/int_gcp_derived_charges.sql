{{ config(materialized='incremental', partition_by=by_month('billing_month')) }}

-- The rows that the bill implies but does not list, kept as a table: every reader of lines would otherwise search all
-- lines for the fees and credits that they come from.
select * from {{ ref('int_gcp_covered_charges') }}
where {{ in_rebuild() }}
union all
select * from {{ ref('int_gcp_unused_commitments') }}
where {{ in_rebuild() }}
union all
select * from {{ ref('int_gcp_promotion_credits') }}
where {{ in_rebuild() }}
