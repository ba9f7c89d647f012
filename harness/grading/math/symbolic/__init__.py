"""The process that asks sympy and mpmath, with limits on its time and memory."""
