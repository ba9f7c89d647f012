"""Exchanges with providers in files, and a server that answers from them (harness run --record, --replay)."""
