"""One dialect per file: what an API does differently from OpenAI's, as a value."""
