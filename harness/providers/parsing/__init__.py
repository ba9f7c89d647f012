"""Responses of each API: text, usage, finish reason, errors, rate-limit headers."""
