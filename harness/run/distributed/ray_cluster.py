"""A Ray cluster: how to reach or start one, its nodes, and functions as tasks of one node.

No other module imports ray.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from harness.core.errors import LocalError, UsageError
from harness.run.distributed.ray_address import check_address, why_unreachable

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
except ImportError as error:  # the extra is not installed
    raise UsageError("--engine ray needs the extra ray: python -m pip install '.[ray]'") from error

__all__ = ["RayError", "RayTaskError", "ray"]

IDLE_PROCESS_MS = 20_000
START_CONFIG = {
    "enable_worker_prestart": False,
    "prestart_worker_first_driver": False,
    "num_workers_soft_limit": 0,
    "idle_worker_killing_time_threshold_ms": IDLE_PROCESS_MS,
    "task_events_report_interval_ms": 0,
}
"""Of a cluster that is started here. An idle process of Ray takes 4 ms of CPU a second: none is started before there
is work for it, one that grades nothing for 20 s ends, and tasks are not reported to Ray's own lists of them.
"""


def connect(address: str | None, workers: int | None) -> None:
    """A cluster that is started here has a CPU for each worker.

    Raises UsageError for an address of another form, LocalError where no cluster answers there.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster started here tells nobody that it was
    # a cluster started here takes only what bears its token, and Ray says so on standard error whatever it is told
    logging.getLogger("ray._private.authentication").setLevel(logging.ERROR)
    quiet = {"configure_logging": False, "log_to_driver": False}
    if address is not None and address != "auto":
        check_address(address)
    try:
        if address is None:  # "local": without it Ray takes a cluster of somebody else's where one runs here
            cpus = None if workers is None else max(workers, os.cpu_count() or 1)
            ray.init(address="local", num_cpus=cpus, include_dashboard=False, _system_config=START_CONFIG, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, ValueError, RuntimeError, ImportError, RayError) as error:
        raise LocalError(why_unreachable(address, error)) from error


def nodes() -> list[str]:
    """The ids of the nodes that are up and take workers."""
    return [one["NodeID"] for one in ray.nodes() if one["Alive"] and one["Resources"].get("CPU")]


def node_name(node: str) -> str:
    names = {one["NodeID"]: one["NodeManagerHostname"] for one in ray.nodes()}
    return f"{names.get(node, '?')}/{node[:8]}"


def on_node(function: Callable[..., object], node: str) -> Any:
    """A function as a task of one node, which takes none of its CPUs."""
    return ray.remote(function).options(num_cpus=0, max_retries=0, scheduling_strategy=on(node))


def on(node: str) -> Any:
    """Where to run: on that node and no other."""
    return NodeAffinitySchedulingStrategy(node, soft=False)
