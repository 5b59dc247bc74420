"""Real exports that nobody here wrote, from landing to publication."""
