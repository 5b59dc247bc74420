select * from {{ ref('kpi_maturity_evidence') }}
