"""From usage and dated prices to dollars: rates, bills, bounds before a call, budgets."""
