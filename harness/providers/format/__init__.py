"""Requests in each API's format, and the types that a dialect is made of."""
