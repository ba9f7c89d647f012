"""A published board recomputed from its own data: dollars by the price of the day, accuracy, intervals, tests."""
