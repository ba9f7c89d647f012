"""Whether a node sees the run's folder: the session writes a token there, and the node looks for it.

A folder of the same path and content, such as a copy on the node's own disk, does not hold the token.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from harness.store.log import write_whole

FILE = ".session"


def write_probe(run: Path) -> str:
    """Put a new token into the run's folder. Raises LocalError where the disk refuses."""
    token = secrets.token_hex(16)
    write_whole(run / FILE, token.encode())
    return token


def sees(run: Path, token: str) -> bool:
    """Whether this node has the folder with the token."""
    try:
        return (run / FILE).read_bytes() == token.encode()
    except OSError:
        return False


def unseen(node: str, run: Path) -> str:
    """What is said of a node that does not see the folder."""
    return (
        f"node {node} does not see the run folder {run}: name with --results a folder that all nodes share, or a "
        "store, such as s3://bucket/path, to which each node uploads what it records"
    )
