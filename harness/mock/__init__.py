"""Simulated models behind OpenAI-compatible endpoints, with a ledger of what they billed: itself a product."""
