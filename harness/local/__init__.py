"""A real small language model on this machine: `harness local up`."""

from pathlib import Path


def serve_file() -> Path:
    """The program that runs the server; started by path, never imported, for its imports exist only in the cache."""
    return Path(__file__).with_name("serve.py")
