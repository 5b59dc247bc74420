"""PyPI's `focus-converter`, with an environment of its own, for a race on the same file."""
