"""The landing: what is taken, what is refused, what is current."""
