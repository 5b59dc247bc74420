select * from {{ ref('kpi_value_history') }}
