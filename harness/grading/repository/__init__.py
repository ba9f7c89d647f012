"""Grades the changes of an agent: visible and hidden tests of the repository, in a fresh sandbox."""
