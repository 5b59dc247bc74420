-- The tags of this build's tag sets under normalized keys; of two spellings of one key the first by alphabet counts.
with pairs as (

    select
        tag_hashes.tag_set_id,
        pair.key as delivered_key,
        {{ tag_key_normalized('pair.key') }} as tag_key,
        trim(pair.value) as tag_value
    from {{ ref('int_tag_hashes') }} as tag_hashes, unnest({{ tag_pairs('tag_hashes.tags') }}) as pair
    where pair.value is not null and lower(trim(pair.value)) not in ('', 'null', 'none', 'n/a')

)

select
    tag_set_id,
    tag_key,
    tag_value
from pairs
qualify row_number() over (partition by tag_set_id, tag_key order by delivered_key, tag_value) = 1
