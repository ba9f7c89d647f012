"""The grader `regex`: a pattern finds the answer."""
