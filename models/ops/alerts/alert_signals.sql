{#- Every kind of alert is a model of its own; a new one is a model, a line here and a row in `alert_kinds.csv`
    (falls of prices stand in the model of their changes). -#}
{% set kinds = [
    'budget_over', 'budget_under', 'budget_streak', 'budget_check', 'landing', 'bill_shock', 'anomaly', 'freshness',
    'rejected_delivery', 'commitment_expiry', 'commitment_utilization', 'untagged_drift', 'price_change',
    'failed_check', 'failed_run'
] %}
with signals as (

    {% for kind in kinds %}
        select * from {{ ref('alert_' ~ kind) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

named as (

    select
        alert_kind || ':' || scope_type || ':' || scope_id || coalesce(':' || subject, '')
        || coalesce(':' || currency, '') as alert_id,
        *
    from signals
    where alert_value is not null

)

-- of two signals about one thing the one with more money in it
select * from named
qualify row_number() over (partition by alert_id order by abs(coalesce(impact_cost, 0)) desc, alert_value desc) = 1
