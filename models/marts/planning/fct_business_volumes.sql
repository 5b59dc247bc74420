select * from {{ ref('int_business_volumes') }}
