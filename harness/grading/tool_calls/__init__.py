"""Grades tool calls: the tool, its arguments against their schema, and the expected values."""
