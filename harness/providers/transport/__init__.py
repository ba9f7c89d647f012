"""Bytes to and from a provider: backends, event streams, timing, network errors."""
