"""The problem templates of core-math-fresh, one module per field; `harness.tasks.generate` draws from them."""
