"""The job: definitions, what is rebuilt, a run from end to end, failures, a killed run."""
