select * from {{ ref('int_approvals') }}
