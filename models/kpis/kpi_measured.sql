-- A new family of KPIs is one line here.
select * from {{ ref('kpi_cost') }}
union all
select * from {{ ref('kpi_allocation') }}
union all
select * from {{ ref('kpi_commitments') }}
union all
select * from {{ ref('kpi_savings') }}
union all
select * from {{ ref('kpi_data') }}
union all
select * from {{ ref('kpi_ingestion') }}
union all
select * from {{ ref('kpi_invoices') }}
union all
select * from {{ ref('kpi_usage') }}
union all
select * from {{ ref('kpi_optimization') }}
union all
select * from {{ ref('kpi_governance') }}
union all
select * from {{ ref('kpi_delivered') }}
union all
select * from {{ ref('kpi_anomalies') }}
union all
select * from {{ ref('kpi_planning') }}
union all
select * from {{ ref('kpi_unit_economics') }}
union all
select * from {{ ref('kpi_business_value') }}
union all
select * from {{ ref('kpi_cost_performance') }}
union all
select * from {{ ref('kpi_forecast') }}
union all
select * from {{ ref('kpi_expectations') }}
union all
select * from {{ ref('kpi_changes') }}
