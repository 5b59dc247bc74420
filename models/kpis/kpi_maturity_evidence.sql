-- What tells how far a capability has come: each of its KPIs in each scope that it is measured for, in the last full
-- month that has a value. What is not measured counts as crawl, for nobody can walk blindly, unless it is a choice (to
-- recharge) or a step beyond walking; what does not exist (a denominator of 0) says nothing. What no scope of a type
-- has (budgets of products, where teams are budgeted) the company alone can lack.
with months as (

    select max(period_start) as open_month from {{ ref('kpi_inputs') }}

),

scored_scopes as (

    select
        inputs.scope_type,
        inputs.scope_id,
        inputs.currency,
        -- the cost of one month: of the last whole one, where there is one
        coalesce(
            sum(case when inputs.period_start < months.open_month then inputs.effective_cost end),
            sum(inputs.effective_cost)
        ) as effective_cost
    from {{ ref('kpi_inputs') }} as inputs
    cross join months
    where
        inputs.scope_type in ('company', 'business_unit', 'team', 'product', 'provider')
        -- what has no owner has nobody who could take a step
        and not (
            inputs.scope_type in ('business_unit', 'team', 'product') and inputs.scope_id = {{ unallocated() }}
        )
        and inputs.period_start >= {{ add_months('months.open_month', -1) }}
    group by inputs.scope_type, inputs.scope_id, inputs.currency

),

criteria as (

    select
        criteria.*,
        registry.name,
        registry.unit,
        registry.direction,
        registry.scopes,
        registry.inputs,
        registry.target_crawl,
        registry.target_walk,
        registry.target_run
    from {{ ref('maturity_criteria') }} as criteria
    inner join {{ ref('kpi_registry') }} as registry
        on criteria.kpi_id = registry.kpi_id and criteria.variant = registry.variant
    where registry.model is not null

),

measured_types as (

    select distinct
        kpi_id,
        variant,
        scope_type
    from {{ ref('kpi_maturity_results') }}
    where value is not null

),

-- a KPI in money is judged per currency, one without money once per scope
judged as (

    select
        criteria.*,
        scored_scopes.scope_type,
        scored_scopes.scope_id,
        scored_scopes.currency,
        scored_scopes.effective_cost,
        results.period_start,
        results.status,
        results.denominator,
        case
            when criteria.judged_months = '3' and results.quarter_numerator is not null
                then {{ ratio('results.quarter_numerator', 'results.quarter_denominator') }}
            else results.value
        end as value,
        case
            when results.value is not null then 'measured'
            when results.status = 'undefined' or criteria.level_when_missing = 'none' then 'not_applicable'
            else 'not_measured'
        end as evidence_state
    from scored_scopes
    inner join criteria
        on
            criteria.scopes = 'any'
            or strpos(' ' || criteria.scopes || ' ', ' ' || scored_scopes.scope_type || ' ') > 0
    left join {{ ref('kpi_maturity_results') }} as results
        on
            criteria.kpi_id = results.kpi_id
            and criteria.variant = results.variant
            and scored_scopes.scope_type = results.scope_type
            and scored_scopes.scope_id = results.scope_id
            and coalesce(results.currency, scored_scopes.currency) = scored_scopes.currency
    left join measured_types
        on
            criteria.kpi_id = measured_types.kpi_id
            and criteria.variant = measured_types.variant
            and scored_scopes.scope_type = measured_types.scope_type
    -- what is measured for whatever scope it is delivered for is missed in the company alone
    where
        scored_scopes.scope_type = 'company'
        or results.kpi_id is not null
        or (criteria.scopes <> 'any' and measured_types.kpi_id is not null)
    qualify row_number() over (
        partition by
            criteria.capability, criteria.kpi_id, criteria.variant, scored_scopes.scope_type, scored_scopes.scope_id,
            scored_scopes.currency
        order by case when results.value is not null then 0 else 1 end asc, results.period_start desc
    ) = 1

),

leveled as (

    select
        *,
        case
            when evidence_state = 'not_applicable' then null
            when evidence_state = 'not_measured' then case level_when_missing when 'walk' then 2 else 1 end
            when target_run is null then case when level_when_measured = 'run' or status = 'met' then 3 else 2 end
            when direction = 'up' and value >= target_run then 3
            when direction = 'up' and value >= target_walk then 2
            when direction = 'down' and value <= target_run then 3
            when direction = 'down' and value <= target_walk then 2
            else 1
        end as level_number
    from judged

)

select
    capability,
    scope_type,
    scope_id,
    currency,
    kpi_id,
    variant,
    name,
    evidence_state,
    period_start,
    value,
    unit,
    cast(level_number as bigint) as level_number,
    {{ maturity_level('level_number') }} as maturity_level,
    case level_number when 1 then target_walk when 2 then target_run end as next_threshold,
    case
        when evidence_state = 'not_measured' then first_step
        when level_number = 1 then walk_step
        when level_number = 2 then run_step
    end as next_step,
    {{ money("case
        when level_number is null or level_number = 3 or stake_basis = 'none' then 0
        when evidence_state = 'not_measured' or stake_basis = 'scope' then effective_cost
        else round(denominator * case direction
            when 'up' then case level_number when 1 then target_walk else target_run end - value
            else value - case level_number when 1 then target_walk else target_run end
        end, 9)
    end") }} as stake_cost,
    {{ money('effective_cost') }} as effective_cost
from leveled
