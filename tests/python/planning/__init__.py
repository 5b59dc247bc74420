"""Plans: fiscal calendar, budgets, unit economics."""
