select * from {{ ref('int_aws_to_focus') }}
union all
select * from {{ ref('int_azure_to_focus') }}
union all
select * from {{ ref('int_focus_export_to_focus') }}
union all
select * from {{ ref('int_oci_to_focus') }}
union all
select * from {{ ref('int_gcp_to_focus') }}
