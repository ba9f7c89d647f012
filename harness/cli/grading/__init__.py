"""The parts of `harness grade`, `harness review` and `harness regrade`."""
