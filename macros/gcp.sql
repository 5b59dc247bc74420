{#- What Google's texts say; the same text on every engine. -#}

{#- The first word of a text, in lower case. -#}
{% macro first_word(text) -%}
    lower(substr(ltrim({{ text }}) || ' ', 1, strpos(ltrim({{ text }}) || ' ', ' ') - 1))
{%- endmacro %}

{#- What kind of resource a resource-based commitment covers, from the SKU's description. -#}
{% macro gcp_resource_unit(description) -%}
    case
        when strpos(lower({{ description }}), 'ssd') > 0 or strpos(lower({{ description }}), 'local storage') > 0
            then 'ssd'
        when strpos(lower({{ description }}), 'gpu') > 0 then 'gpu'
        when strpos(lower({{ description }}), ' ram') > 0 or starts_with(lower({{ description }}), 'ram') then 'ram'
        else 'cpu'
    end
{%- endmacro %}

{#- The product of a spend-based commitment: `GCE`, `Cloud SQL`, `Memorystore`, after the colon of a description. -#}
{% macro gcp_spend_product(description) -%}
    case
        when {{ first_word('substr(' ~ description ~ ', strpos(' ~ description ~ ", ':') + 1)") }} in ('cloud', 'google')
            then 'cloud ' || {{ first_word('substr(' ~ description ~ ", strpos(lower(" ~ description ~ "), ': cloud ') + 8)") }}
        else {{ first_word('substr(' ~ description ~ ', strpos(' ~ description ~ ", ':') + 1)") }}
    end
{%- endmacro %}

{#- The commitment of a line of the new model; the standard export does not name it, so that an account has one pool. -#}
{% macro gcp_spend_pool_id() -%}
    coalesce(subscription_id, coalesce(billing_account_id, '') || '/commitments/spend')
{%- endmacro %}

{#- The machine family of a resource-based commitment, after what comes before it in the SKU's description. -#}
{% macro gcp_machine_family(description) -%}
    case
        when {{ gcp_resource_unit(description) }} = 'ssd' then 'any'
        -- the first family has no name of its own
        when {{ first_word(description) }} in ('cpu', 'ram', 'custom') then 'n1'
        else {{ first_word(description) }}
    end
{%- endmacro %}

{#- The maps of a line that make its tags, the one that counts first; the nearest to the resource knows best. -#}
{% macro gcp_tag_maps() -%}
    {{ return(['labels', 'resource_tags', 'project_labels', 'system_labels']) }}
{%- endmacro %}
