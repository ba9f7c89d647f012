"""Grades programs and functions: finds the code, runs it in the sandbox, compares its results outside."""
