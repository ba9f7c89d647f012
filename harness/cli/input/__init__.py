"""Files given to a command: rows of JSON, a stored response."""
