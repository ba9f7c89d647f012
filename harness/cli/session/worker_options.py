"""The options of a run that several processes work on: how many, and where they live."""

from __future__ import annotations

import argparse

from harness.cli.options.context import positive
from harness.core.errors import UsageError
from harness.core.plurals import counted
from harness.run.distributed.worker_host import WorkerHost
from harness.store.codec import Manifest


def add_worker_options(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="N processes send the requests, with one budget and one set of limits (default: this process alone)",
    )


def worker_host(arguments: argparse.Namespace, manifest: Manifest) -> WorkerHost | None:
    """Where the workers live; None where this process does all by itself.

    Raises UsageError for options that do not go together.
    """
    if arguments.workers is None:
        return None
    if arguments.record is not None or manifest.replayed is not None:
        option = "--replay" if manifest.replayed is not None else "--record"
        raise UsageError(f"{option} goes with one process: leave out --workers")
    if any(endpoint.is_batch for endpoint in manifest.endpoints):
        raise UsageError("--batch sends whole files from one process: leave out --workers")
    if manifest.conversation is not None:
        raise UsageError("conversations (--feedback-rounds, agents) are held in one process: leave out --workers")
    few = min(manifest.endpoints, key=lambda one: one.limits.max_concurrency)
    if few.limits.max_concurrency < arguments.workers:
        allowed = counted(few.limits.max_concurrency, "request")
        raise UsageError(
            f"--workers {arguments.workers}: {few.label} allows {allowed} in flight, so at most as many workers have "
            "something to do; name fewer workers or a larger --concurrency"
        )
    from harness.run.distributed.local_host import LocalHost  # for such runs alone

    return LocalHost(arguments.workers)
