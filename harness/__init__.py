"""Accuracy, latency and dollars per task for language models on math and coding tasks."""
