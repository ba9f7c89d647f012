"""The commands: `harness NAME` is the file NAME.py; folders hold what several commands share."""
