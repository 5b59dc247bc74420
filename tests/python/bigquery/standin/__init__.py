"""A server that acts as BigQuery, with an environment of its own."""
