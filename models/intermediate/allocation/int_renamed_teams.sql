-- Teams that the rules let end on the day on which one other begins: the same team, which has another name by now; of
-- several names the last, up to the eighth. Where two end or begin on one day it is a reorganization, no new name.
with teams as (

    select
        team,
        min(coalesce(valid_from, date '0001-01-01')) as first_day,
        max(coalesce(valid_to, date '9999-12-31')) as end_day
    from {{ source('raw', 'rule_teams') }}
    group by team

),

ends as (

    select
        end_day as renamed_date,
        min(team) as team
    from teams
    group by end_day
    having count(*) = 1

),

begins as (

    select
        first_day as renamed_date,
        min(team) as team
    from teams
    group by first_day
    having count(*) = 1

),

names_0 as (

    select
        ends.team,
        begins.team as renamed_team,
        ends.renamed_date
    from ends
    inner join begins on ends.renamed_date = begins.renamed_date

),

-- each step doubles how many names are followed
{% for step in range(3) %}
    names_{{ step + 1 }} as (

        select
            earlier.team,
            coalesce(later.renamed_team, earlier.renamed_team) as renamed_team,
            coalesce(later.renamed_date, earlier.renamed_date) as renamed_date
        from names_{{ step }} as earlier
        left join names_{{ step }} as later on earlier.renamed_team = later.team

    ){{ ',' if not loop.last }}
{% endfor %}

select * from names_3
