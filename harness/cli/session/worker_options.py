"""The options of a run that several processes work on: how many, and where they live."""

from __future__ import annotations

import argparse

from harness.cli.options.context import positive
from harness.core.errors import UsageError
from harness.core.plurals import counted
from harness.core.types import CacheMode
from harness.run.distributed.worker_host import WorkerHost
from harness.store.codec import Manifest

ENGINES = ("local", "ray")


def add_worker_options(parser: argparse._ActionsContainer) -> None:
    """Declare them."""
    parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes that share budget and limits (default: 1)",
    )
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default=ENGINES[0],
        help="ray: one worker per CPU of a cluster (default: local)",
    )
    parser.add_argument(
        "--ray-address", metavar="ADDRESS", help="auto, HOST:PORT, ray://HOST:PORT (default: a new one)"
    )


def worker_host(arguments: argparse.Namespace, manifest: Manifest) -> WorkerHost | None:
    """Where the workers live; None where this process does all by itself.

    Raises UsageError for options that do not go together, LocalError where a cluster does not answer.
    """
    is_ray = arguments.engine == "ray"
    if arguments.ray_address is not None and not is_ray:
        raise UsageError("--ray-address needs --engine ray")
    if arguments.workers is None and not is_ray:
        return None
    _check(arguments, manifest, option="--engine ray" if is_ray else "--workers")
    if is_ray:
        from harness.run.distributed.ray_host import RayHost  # an extra, and a second to import

        return RayHost(arguments.workers, address=arguments.ray_address, upload_every_s=arguments.upload_every)
    from harness.run.distributed.local_host import LocalHost  # for such runs alone

    return LocalHost(arguments.workers)


def _check(arguments: argparse.Namespace, manifest: Manifest, *, option: str) -> None:
    if arguments.record is not None or manifest.replayed is not None:
        recorded = "--replay" if manifest.replayed is not None else "--record"
        raise UsageError(f"{recorded} works in one process only; leave out {option}")
    if any(endpoint.is_batch for endpoint in manifest.endpoints):
        raise UsageError(f"--batch sends whole files from one process: leave out {option}")
    if manifest.cache is CacheMode.WARM:
        raise UsageError(f"--cache warm sends the first of each beginning from one process: leave out {option}")
    few = min(manifest.endpoints, key=lambda one: one.limits.max_concurrency)
    if arguments.workers is not None and few.limits.max_concurrency < arguments.workers:
        allowed = counted(few.limits.max_concurrency, "request")
        raise UsageError(
            f"--workers {arguments.workers}: {few.label} allows {allowed} in flight, so at most as many workers have "
            "something to do; name fewer workers or a larger --concurrency"
        )
