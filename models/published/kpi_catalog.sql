select * from {{ ref('kpi_states') }}
