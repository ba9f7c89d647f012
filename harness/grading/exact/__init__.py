"""The grader `exact`: the answer is the target's text."""
