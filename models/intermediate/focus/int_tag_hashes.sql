{{ config(materialized='table') }}

-- The build's cheap hash of a tag map, translated once per distinct map into the portable identity that is stored:
-- md5 of the sorted, escaped key/value text.
with maps as (

    select
        tag_hash,
        {{ carried_map('tags') }} as tags
    from {{ ref('int_charges_grouped') }}
    group by tag_hash

),

pairs as (

    select
        maps.tag_hash,
        pair.key as tag_key,
        -- the provider's own tags and empty values are nobody's tagging
        trim(pair.value) <> '' and not {{ is_provider_tag('pair.key') }} as is_customer_tag,
        '"' || {{ json_escaped('pair.key') }} || '":"' || {{ json_escaped('pair.value') }} || '"' as pair_text
    from maps, unnest({{ tag_pairs('maps.tags') }}) as pair
    where pair.value is not null

),

texts as (

    select
        tag_hash,
        '{' || string_agg(pair_text, ',' order by pair_text) || '}' as tags_json,
        {{ any_true('is_customer_tag') }} as is_tagged
    from pairs
    group by tag_hash

)

select
    maps.tag_hash,
    maps.tags,
    coalesce(texts.tags_json, '{}') as tags_json,
    coalesce(texts.is_tagged, false) as is_tagged,
    {{ dbt.hash("coalesce(texts.tags_json, '{}')") }} as tag_set_id
from maps
left join texts on maps.tag_hash = texts.tag_hash
