"""Graders: a folder per grader with grader.py, the sandbox for model-written code, and what they share."""
