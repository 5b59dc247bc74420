select * from {{ ref('kpi_results') }}
