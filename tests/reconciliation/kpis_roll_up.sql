-- The parts of a KPI's ratio add up: what the scopes of a type have together is what the company has, per currency.
-- A denominator that is not known leaves out the same scopes on both sides.
with parts as (

    select
        kpi_id,
        variant,
        scope_type,
        period_start,
        currency,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        max(unit) as unit
    from {{ ref('kpi_results') }}
    where
        kpi_id in (
            'cost', 'unallocated_share', 'untagged_share', 'allocation_accuracy', 'tag_compliance',
            'commitment_coverage', 'spot_share', 'commitment_utilization', 'commitment_waste',
            'effective_savings_rate', 'price_known_share', 'cache_hit_rate'
        )
        and variant not in ('resource_count', 'after_cost_to_achieve')
        and scope_type in ('company', 'business_unit', 'cost_center', 'team', 'product', 'provider', 'service')
    group by kpi_id, variant, scope_type, period_start, currency

)

select
    parts.*,
    company.numerator as company_numerator,
    company.denominator as company_denominator
from parts
inner join parts as company
    on
        company.scope_type = 'company'
        and parts.kpi_id = company.kpi_id
        and parts.variant = company.variant
        and parts.period_start = company.period_start
        and {{ same('parts.currency', 'company.currency') }}
where
    coalesce(parts.numerator, 0) <> coalesce(company.numerator, 0)
    or (parts.unit <> 'currency' and coalesce(parts.denominator, 0) <> coalesce(company.denominator, 0))
