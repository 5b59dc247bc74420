-- An invoice whose charges do not explain it stops the publication, above the tolerance that the rules set.
select
    *,
    'invoice ' || invoice_id || ' of ' || invoice_issuer_name || ' for ' || substr(cast(billing_month as string), 1, 7)
    || ' says ' || {{ amount_words('invoiced_cost', 'billing_currency') }}
    || case state
        when 'missing' then ' and has no charges: a bill is not here, or its charges name another number'
        when 'other_currency' then ' and has charges in another currency alone'
        else ', its charges ' || {{ amount_words('billed_cost', 'billing_currency') }}
    end
    || case state
        when 'unexplained'
            then ', and nothing explains ' || {{ amount_words('unexplained_cost', 'billing_currency') }}
        when 'disputed' then ', and they differ in tax or credits'
        else ''
    end
    || ' (deliver the bill or the invoice anew, or allow the difference in invoice_tolerances.csv)' as finding
from {{ ref('invoice_ties') }}
where is_blocking
