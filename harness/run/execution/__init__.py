"""Sends the jobs of a plan, grades the answers and records both."""
