"""Grades and usage derived again from stored responses; free."""
