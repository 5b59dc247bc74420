with lines as (

    select * from {{ ref('stg_aws_cur2__line_items') }}
    union all
    select * from {{ ref('stg_aws_cur_legacy__line_items') }}

)

select
    -- when a commitment ends is asked of the fees alone (`int_aws_commitment_ends`)
    {{ all_but(['savings_plan_end_text', 'reservation_end_text']) }},
    -- net where discounts are folded into the lines, gross where they are lines of their own: never both
    case when discount_mode = 'net' then coalesce(net_unblended_cost, unblended_cost) else unblended_cost end
        as charged_cost
from lines
