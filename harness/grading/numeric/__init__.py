"""The grader `numeric`: a number within a tolerance."""
