-- How often bills come, how long they take to be seen, and whether all of them are here.
with deliveries as (

    select
        source_name,
        billing_month,
        cast({{ dbt.date_trunc('hour', 'loaded_at') }} as timestamp) as loaded_at,
        provider_stamp
    from {{ ref('delivery_ledger') }}
    where is_bill and state in ('current', 'added', 'superseded')

),

moments as (

    -- the months of one arrival are one moment
    select distinct
        'loads' as variant,
        source_name,
        loaded_at as moment
    from deliveries
    union distinct
    select distinct
        'exports' as variant,
        source_name,
        provider_stamp as moment
    from deliveries
    where provider_stamp is not null

),

spans as (

    select
        variant,
        source_name,
        {{ month_of('moment') }} as period_start,
        {{ hours_between('min(moment)', 'max(moment)') }} as hours,
        count(*) - 1 as intervals
    from moments
    group by variant, source_name, {{ month_of('moment') }}

),

frequencies as (

    select
        variant,
        'source' as scope_type,
        source_name as scope_id,
        period_start,
        cast(null as string) as currency,
        hours,
        intervals
    from spans
    union all
    select
        variant,
        'company' as scope_type,
        'all' as scope_id,
        period_start,
        cast(null as string) as currency,
        sum(hours) as hours,
        sum(intervals) as intervals
    from spans
    group by variant, period_start

),

months as (

    select distinct billing_month as period_start
    from deliveries

),

begun as (

    select
        source_name,
        min(billing_month) as first_month
    from deliveries
    group by source_name

),

arrived as (

    select distinct
        source_name,
        billing_month
    from deliveries

),

visibility as (

    select
        'company' as scope_type,
        'all' as scope_id,
        months.period_start,
        cast(null as string) as currency,
        countif(arrived.source_name is not null) as delivered_sources,
        count(*) as begun_sources
    from months
    inner join begun on months.period_start >= begun.first_month
    left join arrived
        on begun.source_name = arrived.source_name and months.period_start = arrived.billing_month
    group by months.period_start

),

runs as (

    select
        'company' as scope_type,
        'all' as scope_id,
        {{ month_of('ended_at') }} as period_start,
        cast(null as string) as currency,
        {{ ratio('sum(run_minutes)', '60') }} as run_hours,
        count(*) as run_count
    from {{ ref('published_runs') }}
    group by {{ month_of('ended_at') }}

)

{{ kpi_rows('frequencies', [['update_frequency', 'loads', 'hours', 'intervals']], "variant = 'loads'") }}
union all
{{ kpi_rows('frequencies', [['update_frequency', 'exports', 'hours', 'intervals']], "variant = 'exports'") }}
union all
{{ kpi_rows('visibility', [['unified_visibility', 'sources', 'delivered_sources', 'begun_sources']]) }}
union all
{{ kpi_rows('runs', [['etl_processing_time', 'publication', 'run_hours', 'run_count']]) }}
