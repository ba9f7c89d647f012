"""Estimates, intervals and tests. No I/O; each formula names its source."""
