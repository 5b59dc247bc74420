{#- How models are stored on DuckDB. Nobody reads the build database while it is being built, so that a relation is
    replaced where it is, in one transaction; dbt's own way builds it aside, renames twice and drops the former one,
    which takes longer than the query of most models. -#}
{% materialization table, adapter='duckdb' %}
    {{ return(replaced(this.incorporate(type='table'), create_table_as)) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(replaced(this.incorporate(type='view'), create_view)) }}
{% endmaterialization %}

{% macro create_view(temporary, relation, sql) -%} {{ get_create_view_as_sql(relation, sql) }} {%- endmacro %}

{% macro replaced(relation, create) %}
    {{ run_hooks(pre_hooks) }}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {%- call statement('main') -%} {{ create(False, relation, compiled_code) }} {%- endcall -%}
    {% do persist_docs(relation, model) %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmacro %}
