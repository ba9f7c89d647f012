"""`harness gate` and `harness baseline`: a run against the stored figures of an earlier one."""
