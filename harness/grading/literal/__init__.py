"""The grader `literal`: a Python value, as in output-prediction tasks."""
