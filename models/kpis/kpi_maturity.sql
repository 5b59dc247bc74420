-- A capability is as mature as the weakest of its evidence, and the whole as the weakest capability, whose step is the
-- next one; the average stands beside it as its score. Gaps are ranked by the cost that is at stake.
with weakest as (

    select *
    from {{ ref('kpi_maturity_evidence') }}
    where level_number is not null
    qualify row_number() over (
        partition by capability, scope_type, scope_id, currency
        order by level_number asc, stake_cost desc, kpi_id asc, variant asc
    ) = 1

),

stakes as (

    -- the evidence of one capability often speaks of the same cost: the largest counts, not the sum
    select
        capability,
        scope_type,
        scope_id,
        currency,
        max(stake_cost) as stake_cost,
        count(*) as evidence_count,
        countif(evidence_state = 'measured') as measured_count
    from {{ ref('kpi_maturity_evidence') }}
    group by capability, scope_type, scope_id, currency

),

capabilities as (

    select
        stakes.capability,
        stakes.scope_type,
        stakes.scope_id,
        stakes.currency,
        weakest.level_number,
        {{ money('weakest.level_number') }} as maturity_score,
        weakest.kpi_id,
        weakest.variant,
        weakest.evidence_state,
        weakest.period_start,
        weakest.value,
        weakest.next_threshold,
        weakest.next_step,
        stakes.stake_cost,
        stakes.evidence_count,
        stakes.measured_count
    from stakes
    left join weakest
        on
            stakes.capability = weakest.capability
            and stakes.scope_type = weakest.scope_type
            and stakes.scope_id = weakest.scope_id
            and stakes.currency = weakest.currency

),

ranked as (

    select
        *,
        case
            when level_number < 3
                then
                    row_number() over (
                        partition by scope_type, scope_id, currency
                        order by
                            case when level_number < 3 then 0 else 1 end asc, stake_cost desc, level_number asc,
                            capability asc
                    )
        end as gap_rank,
        -- of those that hold the whole back the one with most at stake
        level_number < 3 and row_number() over (
            partition by scope_type, scope_id, currency
            order by coalesce(level_number, 9) asc, stake_cost desc, capability asc
        ) = 1 as is_holding
    from capabilities

),

overall as (

    select
        'Overall' as capability,
        scope_type,
        scope_id,
        currency,
        min(level_number) as level_number,
        {{ ratio('sum(maturity_score)', 'count(maturity_score)') }} as maturity_score,
        max(case when is_holding then kpi_id end) as kpi_id,
        max(case when is_holding then variant end) as variant,
        max(case when is_holding then evidence_state end) as evidence_state,
        max(case when is_holding then period_start end) as period_start,
        max(case when is_holding then value end) as value,
        max(case when is_holding then next_threshold end) as next_threshold,
        max(case when is_holding then next_step end) as next_step,
        coalesce(max(case when is_holding then stake_cost end), 0) as stake_cost,
        sum(evidence_count) as evidence_count,
        sum(measured_count) as measured_count,
        cast(null as bigint) as gap_rank,
        cast(null as boolean) as is_holding
    from ranked
    group by scope_type, scope_id, currency

),

scores as (

    select * from ranked
    union all
    select * from overall

)

select
    scores.capability,
    scores.scope_type,
    scores.scope_id,
    scores.currency,
    coalesce({{ maturity_level('scores.level_number') }}, 'not_applicable') as maturity_level,
    scores.maturity_score,
    scores.kpi_id,
    scores.variant,
    scores.evidence_state,
    scores.period_start,
    scores.value,
    scores.next_threshold,
    scores.next_step,
    {{ money('scores.stake_cost') }} as stake_cost,
    cast(scores.gap_rank as bigint) as gap_rank,
    cast(scores.evidence_count as bigint) as evidence_count,
    cast(scores.measured_count as bigint) as measured_count
from scores
