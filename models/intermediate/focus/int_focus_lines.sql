-- What came after a month was closed is no line of its bill; it enters as differences (see int_late_differences).
select * from {{ ref('int_focus_union') }}
where {{ is_booked('source_name') }}
