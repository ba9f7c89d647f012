"""Options of jobs that take several requests: feedback rounds, and the limits of an agent."""

from __future__ import annotations

import argparse

from harness.cli.options.context import dollars, positive


def add_conversation_options(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument(
        "--feedback-rounds",
        type=positive,
        metavar="N",
        help="send a failed answer back up to N times: code with the output of its tests, math to be checked",
    )
    parser.add_argument("--max-steps", type=positive, metavar="N", help="requests of an agent per sample (default 30)")
    parser.add_argument(
        "--max-usd-per-task", type=dollars, metavar="USD", help="per sample of an agent, never exceeded"
    )
