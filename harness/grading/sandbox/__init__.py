"""Runs model-written code isolated from this machine: start-up, limits, results as plain data."""
