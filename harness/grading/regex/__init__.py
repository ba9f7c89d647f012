"""The grader `regex`: the target is a pattern, found in the response."""
