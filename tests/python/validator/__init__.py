"""The FinOps Foundation's validator, held against what we publish."""
