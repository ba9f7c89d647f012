"""The grader `contains`: the target stands in the answer."""
