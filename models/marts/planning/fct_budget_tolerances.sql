-- What the guidelines allow the budgets of a scope and month: a line about the scope counts before one about all scopes
-- of its type. Without any, every cent over is over, and a fifth under is underuse.
with wanted as (

    select distinct
        scope_type,
        scope_id,
        budget_month
    from {{ ref('fct_budget_months') }}

)

select
    wanted.scope_type,
    wanted.scope_id,
    wanted.budget_month,
    coalesce(own.max_growth_share, general.max_growth_share) as max_growth_share,
    {{ money('coalesce(own.over_tolerance_share, general.over_tolerance_share, 0)') }} as over_tolerance_share,
    {{ money('coalesce(own.under_tolerance_share, general.under_tolerance_share, 0.2)') }}
        as under_tolerance_share
from wanted
left join {{ ref('int_budget_guidelines') }} as own
    on
        wanted.scope_type = own.scope_type
        and wanted.scope_id = own.scope_id
        and wanted.budget_month >= own.valid_from
        and wanted.budget_month < own.valid_to
left join {{ ref('int_budget_guidelines') }} as general
    on
        wanted.scope_type = general.scope_type
        and general.scope_id is null
        and wanted.budget_month >= general.valid_from
        and wanted.budget_month < general.valid_to
