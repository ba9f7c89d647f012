"""Batch APIs of the providers: many requests sent at once, answered within a day, at batch rates."""
