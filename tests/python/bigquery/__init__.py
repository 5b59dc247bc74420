"""The proof that the models which build on DuckDB also build on BigQuery, and give the same rows; without Google.

Three legs, from quick to slow: types (GoogleSQL's own analyzer reads every compiled node), values (GoogleSQL's
reference evaluator runs every model), and the stand-in (dbt-bigquery builds everything, twice, on a server that acts as
BigQuery).
"""
