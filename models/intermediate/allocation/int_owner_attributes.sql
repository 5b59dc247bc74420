with owner_keys as (

    select * from {{ ref('int_owner_keys') }}

)

select
    source_name,
    sub_account_id,
    service_name,
    region_id,
    tag_set_id,
    period_start,
    'sub_account_id' as attribute,
    sub_account_id as attribute_value
from owner_keys
union all
select
    source_name,
    sub_account_id,
    service_name,
    region_id,
    tag_set_id,
    period_start,
    'service_name' as attribute,
    service_name as attribute_value
from owner_keys
union all
select
    source_name,
    sub_account_id,
    service_name,
    region_id,
    tag_set_id,
    period_start,
    'region_id' as attribute,
    region_id as attribute_value
from owner_keys
union all
select
    source_name,
    sub_account_id,
    service_name,
    region_id,
    tag_set_id,
    period_start,
    'source_name' as attribute,
    source_name as attribute_value
from owner_keys
union all
select
    owner_keys.source_name,
    owner_keys.sub_account_id,
    owner_keys.service_name,
    owner_keys.region_id,
    owner_keys.tag_set_id,
    owner_keys.period_start,
    'tag:' || tag_values.tag_key as attribute,
    tag_values.tag_value as attribute_value
from owner_keys
inner join {{ ref('int_tag_values') }} as tag_values on owner_keys.tag_set_id = tag_values.tag_set_id
