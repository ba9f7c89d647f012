"""Grades changes to the repositories of SWE-bench: named tests that must pass, in a fresh sandbox."""
