"""`harness report`: the tables and notes of one run."""
