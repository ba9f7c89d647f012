"""`harness compare` and `harness plan`: models on shared samples, and how many samples show a difference."""
