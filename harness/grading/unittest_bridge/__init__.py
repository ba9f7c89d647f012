"""Runs unit tests in one process and the program they test in another, over plain data."""
