select * from {{ ref('fct_change_impacts') }}
