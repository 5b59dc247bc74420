-- An invoice whose charges do not explain it stops the publication, above the tolerance that the rules set.
select *
from {{ ref('invoice_ties') }}
where is_blocking
