"""Calls to models: requests, transport, parsing, pacing; the differences of providers are dialect values."""
