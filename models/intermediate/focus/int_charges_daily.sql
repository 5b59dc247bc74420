{{ config(
    materialized='incremental',
    partition_by=by_month('billing_month'),
    cluster_by=['source_name', 'service_provider_name']
) }}

-- What everything later reads. `posted_month` is where the books show a charge: its own month, unless it came after
-- that was closed.
select
    {{ all_but(['tag_hash', 'tags'], 'charges') }},
    charges.billing_month as posted_month,
    tag_hashes.tag_set_id,
    tag_hashes.is_tagged
from {{ ref('int_charges_grouped') }} as charges
left join {{ ref('int_tag_hashes') }} as tag_hashes on charges.tag_hash = tag_hashes.tag_hash
where {{ is_booked('charges.source_name') }}
union all
select * from {{ ref('int_late_differences') }}
