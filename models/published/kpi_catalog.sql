select * from {{ ref('kpi_registry') }}
