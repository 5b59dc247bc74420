-- Explicit rules and tag keys as one list: a tag key is a rule that takes the tag's value, of weaker evidence.
select
    rule_id,
    dimension,
    1 as evidence_rank,
    priority,
    case
        when starts_with(attribute, 'tag:') then 'tag:' || {{ tag_key_normalized('substr(attribute, 5)') }}
        else attribute
    end as attribute,
    operator,
    operand,
    value,
    valid_from,
    valid_to
from {{ source('raw', 'rule_allocation') }}
union all
select
    'tag ' || tag_key as rule_id,
    dimension,
    2 as evidence_rank,
    priority,
    'tag:' || {{ tag_key_normalized('tag_key') }} as attribute,
    'exists' as operator,
    cast(null as string) as operand,
    '{value}' as value,
    valid_from,
    valid_to
from {{ source('raw', 'rule_tag_keys') }}
