-- What became of a KPI since a baseline of it was frozen. An amount that grows with a business metric is also held
-- against what it would be at today's volume, so that growth is not read as waste.
with known as (

    select
        metric_id,
        scope_type,
        scope_id,
        metric_month,
        currency,
        metric_currency,
        case when coalesce(reason, 'no_cost') = 'no_cost' then metric_value end as metric_value
    from {{ ref('fct_unit_economics_monthly') }}
    where scope_type = metric_scope_type and scope_id = metric_scope_id

),

metrics as (

    select
        metric_id,
        scope_type,
        scope_id,
        metric_month,
        currency,
        case when count(metric_value) = count(*) then {{ money('sum(metric_value)') }} end as metric_value
    from known
    where currency is not null
    group by metric_id, scope_type, scope_id, metric_month, currency
    union all
    -- what has no currency grows with a volume, not with money
    select
        metric_id,
        scope_type,
        scope_id,
        metric_month,
        cast(null as string) as currency,
        {{ money('max(metric_value)') }} as metric_value
    from known
    where metric_currency is null
    group by metric_id, scope_type, scope_id, metric_month

),

beside as (

    select
        baselines.*,
        registry.unit,
        registry.direction,
        registry.definition_version as present_definition_version,
        case
            when registry.unit = 'currency' then baselines.numerator
            else {{ ratio('baselines.numerator', 'baselines.denominator') }}
        end as baseline_value,
        results.period_start as present_period_start,
        results.value,
        -- an amount of a month that is not over is no improvement on a whole one
        case when registry.unit not in ('currency', 'count') or clock.open_month is null then results.value end
            as whole_value,
        metrics.metric_value as present_metric_value
    from {{ source('raw', 'frozen_baselines') }} as baselines
    left join {{ ref('kpi_registry') }} as registry
        on baselines.kpi_id = registry.kpi_id and baselines.variant = registry.variant
    left join {{ ref('kpi_results') }} as results
        on
            baselines.kpi_id = results.kpi_id
            and baselines.variant = results.variant
            and baselines.scope_type = results.scope_type
            and baselines.scope_id = results.scope_id
            and {{ same('baselines.currency', 'results.currency') }}
            and results.period_grain = 'month'
            and baselines.period_start <= results.period_start
    left join {{ ref('dim_cost_clock') }} as clock on results.period_start >= clock.open_month
    left join metrics
        on
            baselines.metric_id = metrics.metric_id
            and baselines.metric_scope_type = metrics.scope_type
            and baselines.metric_scope_id = metrics.scope_id
            and results.period_start = metrics.metric_month
            and {{ same('baselines.currency', 'metrics.currency') }}

),

expected as (

    select
        *,
        -- shares and prices do not grow with volume, amounts, hours and counts do
        case
            when unit in ('currency', 'hours', 'count')
                then {{ money('round(baseline_value * ' ~ ratio('present_metric_value', 'metric_value') ~ ', 9)') }}
        end as expected_value
    from beside

)

select
    baseline_id,
    kpi_id,
    variant,
    definition_version,
    present_definition_version = definition_version as is_comparable,
    scope_type,
    scope_id,
    currency,
    period_start as baseline_month,
    baseline_method,
    baseline_value,
    metric_id,
    case when metric_id is not null then metric_scope_type end as metric_scope_type,
    case when metric_id is not null then metric_scope_id end as metric_scope_id,
    metric_value as baseline_metric_value,
    present_period_start as period_start,
    value,
    present_metric_value as metric_value,
    expected_value,
    case when direction = 'up' then whole_value - baseline_value else baseline_value - whole_value end
        as improvement_value,
    {{ ratio('case when direction = \'up\' then whole_value - baseline_value else baseline_value - whole_value end',
        'abs(baseline_value)') }} as improvement_share,
    case when direction = 'up' then whole_value - expected_value else expected_value - whole_value end
        as normalized_improvement_value,
    frozen_at,
    frozen_by,
    freeze_reason,
    frozen_publication_id
from expected
