select * from {{ ref('kpi_maturity') }}
