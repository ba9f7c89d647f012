"""Tests written as assert lines, run beside the candidate: the sandbox's side and ours."""
