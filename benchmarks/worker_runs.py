"""Where runs of several workers work: their processes, and the Ray cluster that they run on."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

WORKERS = 4
"""Without a cluster."""


def workers_of(run: Path) -> list[int]:
    """The processes that write segments of a run, by their ids."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            opened = [str(link.readlink()) for link in (process / "fd").iterdir()]
            if any(name.startswith(f"{run.resolve()}/calls-") for name in opened):
                found.append(int(process.name))
    return found


class Cluster:
    """A Ray cluster of several nodes on this machine, or none. The first node, with the session, is never killed."""

    def __init__(self, nodes: int) -> None:
        self.nodes_killed = 0
        self._nodes = nodes
        self._cluster: Any = None
        self._others: list[Any] = []
        if nodes:
            from ray.cluster_utils import Cluster as RayCluster

            self._cluster = RayCluster(initialize_head=True, head_node_args=_NODE)
            self._others = [self._cluster.add_node(**_NODE) for _ in range(nodes - 1)]
            self._cluster.wait_for_nodes()

    def options(self, workers: int) -> Sequence[str]:
        """What has a run use it, with a worker on each node; without a cluster, that many local workers."""
        if not self._nodes:
            return ("--workers", str(workers))
        return ("--engine", "ray", "--ray-address", self._cluster.address, "--workers", str(self._nodes))

    @property
    def can_kill_node(self) -> bool:
        """Whether there is a node beside the first."""
        return bool(self._others)

    def kill_node(self) -> None:
        """Kill a node's raylet, with which its workers end, and start another node."""
        self._cluster.remove_node(self._others.pop(0), allow_graceful=False)
        self.nodes_killed += 1
        try:
            self._others.append(self._cluster.add_node(**_NODE))
        except Exception as error:  # noqa: BLE001 - Ray raises no narrower one
            print(f"no node in the place of the killed one: {error}", file=sys.stderr)

    def close(self) -> None:
        """End all nodes."""
        if self._cluster is not None:
            self._cluster.shutdown()


_NODE = {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024, "include_dashboard": False}


def cluster_environment() -> dict[str, str]:
    """The environment of a cluster on a busy machine: nodes start slowly, and memory that others use is no reason."""
    return {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "180",
        "RAY_memory_monitor_refresh_ms": "0",
    }


@contextlib.contextmanager
def cluster_of(nodes: int) -> Iterator[Cluster]:
    """A cluster of that many nodes; none for 0."""
    for name, value in cluster_environment().items():
        os.environ.setdefault(name, value)
    cluster = Cluster(nodes)
    try:
        yield cluster
    finally:
        cluster.close()
