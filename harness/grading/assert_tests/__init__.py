"""Tests written as assert lines, run in a sandbox of their own beside the candidate's."""
