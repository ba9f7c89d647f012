"""A run's jobs and attempts in other formats, one module per format."""
