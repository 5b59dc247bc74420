-- Budgets that cannot be right as they stand: what `budget_checks` warns of in months that are not over, once per scope
-- and reason. That one version counts twice for the same days is said of the versions as they were delivered.
with findings as (

    select
        checks.check_name,
        coalesce(checks.scope_type, 'company') as scope_type,
        coalesce(checks.scope_id, 'all') as scope_id,
        checks.reason || coalesce(':' || checks.child_scope_type, '') || coalesce(':' || checks.cost_metric, '')
            as subject,
        checks.currency,
        checks.reason,
        replace(checks.child_scope_type, '_', ' ') || 's' as children,
        min(checks.period_start_date) as first_date,
        {{ add_days('max(checks.period_end_date)', -1) }} as last_date,
        sum(checks.expected_cost) as expected_cost,
        sum(checks.found_cost) as found_cost,
        sum(coalesce(checks.difference_cost, checks.found_cost)) as wrong_cost,
        max(renamed.renamed_team) as renamed_team
    from {{ ref('fct_budget_checks') }} as checks
    inner join {{ ref('dim_cost_clock') }} as clock on checks.period_end_date > clock.open_month
    left join {{ ref('int_renamed_teams') }} as renamed
        on checks.scope_id = renamed.team and checks.scope_type = 'team'
    where
        checks.check_state = 'warning'
        and (
            coalesce(checks.budget_version, 'in_force') = 'in_force'
            or checks.check_name = 'budgets_do_not_overlap'
        )
    group by
        checks.check_name, checks.scope_type, checks.scope_id, checks.reason, checks.child_scope_type,
        checks.cost_metric, checks.currency

)

select
    'budget_check' as alert_kind,
    scope_type,
    scope_id,
    subject,
    currency,
    coalesce({{ ratio('wrong_cost', 'expected_cost') }}, {{ money('1') }}) as alert_value,
    {{ money('wrong_cost') }} as impact_cost,
    case check_name
        when 'children_sum_to_parent' then 'Budgets of ' || children || ' exceed that of {scope}'
        when 'growth_within_guideline' then 'The budget of {scope} grows faster than its guideline allows'
        when 'scope_has_cost' then 'The budget of {scope} has no cost to be held against'
        when 'budgets_do_not_overlap' then 'Two budgets of {scope} count for the same days'
        else 'The fiscal calendar is not whole'
    end as title,
    'From ' || cast(first_date as string) || ' to ' || cast(last_date as string) || ': '
    || case check_name
        when 'children_sum_to_parent'
            then
                {{ amount_words('found_cost', 'currency') }} || ' together, and the budget above them is '
                || {{ amount_words('expected_cost') }} || ': ' || {{ amount_words('wrong_cost') }} || ' too much'
        when 'growth_within_guideline'
            then
                {{ amount_words('found_cost', 'currency') }} || ' are planned, ' || {{ amount_words('expected_cost') }}
                || ' allowed'
        when 'scope_has_cost'
            then
                {{ amount_words('found_cost', 'currency') }} || ', ' || replace(reason, '_', ' ')
                || coalesce('; it is called ' || renamed_team || ' by now', '')
        when 'budgets_do_not_overlap'
            then {{ amount_words('expected_cost', 'currency') }} || ' and ' || {{ amount_words('found_cost') }}
        else replace(reason, '_', ' ')
    end || '.' as finding,
    'select * from budget_checks where check_state = ' || {{ quoted("'warning'") }} || ' and check_name = '
    || {{ quoted('check_name') }}
    || case
        when check_name = 'fiscal_calendar_is_whole' then ''
        else ' and scope_type = ' || {{ quoted('scope_type') }} || ' and scope_id = ' || {{ quoted('scope_id') }}
    end || ' order by period_start_date' as link_query
from findings
