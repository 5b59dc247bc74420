"""Everything that is not SQL: loading exports, running dbt, guarding the doors, publishing, scheduling, simulating."""
