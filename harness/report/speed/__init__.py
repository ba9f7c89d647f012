"""`harness speed`: medians of latency and of output speed, with intervals."""
