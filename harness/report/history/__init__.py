"""`harness runs` and `harness trend`: many runs in one list, or over time."""
