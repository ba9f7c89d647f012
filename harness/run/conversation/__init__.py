"""Jobs of several turns: one conversation with a model, its feedback rounds, its end."""
