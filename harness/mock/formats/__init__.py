"""How each provider writes an answer, a stream, a usage object and an error: the mock's own writing, one value each."""
