"""Ports of loopback. Not a test."""

from __future__ import annotations

import random
import socket
from functools import cache

BELOW_THE_KERNELS = range(20_000, 32_000)
"""Ports that no kernel gives to one who asks for any (Linux begins at 32768, others higher)."""


def closed_port() -> int:
    """A port of loopback on which nobody listens, nor can: it stays bound until this process ends."""
    port: int = _bound().getsockname()[1]
    return port


def free_port() -> int:
    """A port of loopback to listen on, which no other test is given."""
    while True:
        port = random.choice(BELOW_THE_KERNELS)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@cache
def _bound() -> socket.socket:
    """Bound and not listening: connections are refused."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound
