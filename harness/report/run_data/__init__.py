"""What a run holds: one pass over its call log feeds records, summaries and series."""
