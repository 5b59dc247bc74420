"""Analyses: the frame that they run in, and each of them."""
