"""Workers as actors of a Ray cluster, the coordinator as an actor beside the session, grading as tasks on their nodes.

Nodes share the run's folder, or each writes to its own disk and uploads to the run's store (node_disk).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError, LocalError
from harness.core.garbage_collection import collect_seldom
from harness.core.plurals import counted
from harness.run.distributed.coordinator import Coordinator, CoordinatorSpec
from harness.run.distributed.messages import Commands, News, WorkerSpec
from harness.run.distributed.node_disk import (
    PLAN_FILES,
    NodeUpload,
    upload_left,
)
from harness.run.distributed.probe import sees, unseen
from harness.run.distributed.ray_cluster import RayError, RayTaskError, connect, node_name, nodes, on, on_node, ray
from harness.run.distributed.ray_worker import OnDisk, RayWorker
from harness.run.distributed.worker_host import LostSegment
from harness.store.leases import is_worker, leased_segments, open_leases
from harness.store.remote.background import UPLOAD_EVERY_S
from harness.store.remote.link import read_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.worker_segments import bring_segments

RECOVER_S = 180.0
"""How long the node of a lost worker may take to upload what it has."""
INSTALL = "install this version of it there: python -m pip install '.[ray]'"
MAX_CALLS = 2000
"""Calls that the coordinator's actor answers at a time: two of each worker, one of which waits for changes."""


class RayHost:
    """Connects to a cluster, or starts one on this machine where no address is given.

    `workers` None: one for each CPU of the cluster. `upload_every_s`: how often nodes with a disk of their own upload.
    Raises LocalError where the cluster does not answer.
    """

    def __init__(self, workers: int | None, *, address: str | None, upload_every_s: float = UPLOAD_EVERY_S) -> None:
        self._address = address
        self._upload_every_s = upload_every_s
        self._is_client = address is not None and address.startswith("ray://")
        connect(address, workers)
        cpus = int(ray.cluster_resources().get("CPU", 0))
        self.workers = workers or max(1, cpus)
        if self.workers > cpus:
            less = f"the Ray cluster has {counted(cpus, 'CPU')}, and a worker takes one"
            print(f"harness: {less}: {self.workers - cpus} of {self.workers} workers wait for more", file=sys.stderr)
        self._coordinator: Any = None
        self._actors: dict[int, Any] = {}
        self._upload: NodeUpload | None = None
        self._plan: list[Any] = []
        self._on_disk: dict[int, OnDisk] = {}

    def upload_left(self, run: Path) -> None:
        link = read_link(run)
        if link is None or not (leased_segments(run) or any(map(is_worker, link.base_nodes))):
            return
        for node in nodes():
            try:
                ray.get(on_node(upload_left, node).remote(link))
            except RayTaskError as error:
                if not isinstance(error.cause, HarnessError):
                    raise
                print(f"harness: node {node_name(node)}: {error.cause}", file=sys.stderr)
            except RayError:  # the node is going down: what it holds stays open
                continue

    def _coordinator_node(self, spec: CoordinatorSpec) -> str:
        """The node for the coordinator, which reads the run's folder: this one, or one that sees it for a client.

        Raises LocalError where there is none, or where a node does not see the folder of a run that goes to no store.
        """
        is_alone = self._address is None  # the cluster of this run: one node, this one
        if is_alone or (read_link(spec.run) is not None and not self._is_client):
            return str(ray.get_runtime_context().get_node_id())
        seeing, blind = _split_by_sight(spec)
        if self._is_client and not seeing:
            looked = ", ".join(map(node_name, blind)) or "none: no node has a CPU"
            raise LocalError(
                f"with {self._address} the coordinator runs in the cluster, and no node there sees {spec.run} (looked "
                f"on {looked}). Accepted: start the command on a node, with --ray-address auto, or name with "
                "--results a folder that the nodes share with this machine"
            )
        if blind and read_link(spec.run) is None:
            raise LocalError(unseen(node_name(blind[0]), spec.run))
        return seeing[0] if self._is_client else str(ray.get_runtime_context().get_node_id())

    async def start_coordinator(self, spec: CoordinatorSpec) -> RayCoordinator:
        link = read_link(spec.run)
        node = await asyncio.to_thread(self._coordinator_node, spec)
        if link is not None:
            self._upload = NodeUpload(link=link, every_s=self._upload_every_s)
            # In a list, so that a worker which needs no copy fetches none.
            self._plan = [ray.put({name: (spec.run / name).read_bytes() for name in PLAN_FILES})]
        actor = ray.remote(_CoordinatorActor).options(
            num_cpus=0, max_concurrency=MAX_CALLS, scheduling_strategy=on(node)
        )
        self._coordinator = actor.remote(spec)
        return RayCoordinator(self._coordinator)

    async def run_worker(self, spec: WorkerSpec, keys: Mapping[str, str]) -> str:
        # max_restarts stays 0: a worker that came back by itself would send again what it had in flight
        actor = ray.remote(RayWorker).options(num_cpus=1, scheduling_strategy="SPREAD").remote()
        self._actors[spec.number] = actor
        try:
            on_disk = await actor.prepare.remote(spec, self._upload, self._plan)
            if on_disk is not None:
                self._on_disk[spec.number] = on_disk
            # As an argument of a call, which Ray keeps in memory: a runtime environment would be written to its logs.
            await actor.work.remote(dict(keys), self._coordinator)
        except RayTaskError as error:
            return str(error.cause)
        except RayError as error:
            return str(error).strip().splitlines()[0]
        finally:
            ray.kill(self._actors.pop(spec.number))  # its CPU is free for the worker that replaces it
        return "it ended"

    async def recover(self, spec: WorkerSpec) -> LostSegment:
        on_disk = self._on_disk.pop(spec.number, None)
        if on_disk is None or self._upload is None:
            return LostSegment(path=spec.segment)
        path, link = spec.run / on_disk.segment, self._upload.link
        with contextlib.suppress(RayError, LocalError, TimeoutError):  # the node is lost, or the store does not answer
            async with asyncio.timeout(RECOVER_S):
                await on_node(upload_left, on_disk.node).remote(link)
        with contextlib.suppress(LocalError):
            await asyncio.to_thread(bring_segments, ObjectStore(link.address), link, spec.run)
        return LostSegment(path=path, is_whole=on_disk.segment not in open_leases(spec.run))

    def kill(self, worker: int) -> None:
        if worker in self._actors:
            ray.kill(self._actors[worker])

    async def close(self) -> None:
        for actor in self._actors.values():
            ray.kill(actor)
        if self._coordinator is not None:
            ray.kill(self._coordinator)
        await asyncio.to_thread(ray.shutdown)


class _CoordinatorActor(Coordinator):
    """The coordinator in a process of its own."""

    def __init__(self, spec: CoordinatorSpec) -> None:
        collect_seldom()
        super().__init__(spec)


class RayCoordinator:
    """The coordinator's actor as the session and workers call it."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    async def steer(self, commands: Commands) -> News:
        news: News = await _told(self._actor.steer.remote(commands))
        return news

    async def has_ended(self, worker: int) -> bool:
        return bool(await _told(self._actor.has_ended.remote(worker)))

    async def on_lost(self, worker: int, segment: Path, *, is_whole: bool) -> bool:
        return bool(await _told(self._actor.on_lost.remote(worker, segment, is_whole=is_whole)))


async def _told(reference: Any) -> Any:
    """What a call of the coordinator returned. Raises LocalError where it raised one, or is gone."""
    try:
        return await reference
    except RayTaskError as error:
        if isinstance(error.cause, HarnessError):
            raise error.cause from error
        raise
    except RayError as error:
        raise LocalError(f"the coordinator's Ray actor is gone: {str(error).strip().splitlines()[0]}") from error


def _split_by_sight(spec: CoordinatorSpec) -> tuple[list[str], list[str]]:
    """The nodes that see the run's folder and those that do not; one that is going down takes no worker."""
    looks = {node: on_node(sees, node).remote(spec.run, spec.probe) for node in nodes()}
    seeing: list[str] = []
    blind: list[str] = []
    for node, look in looks.items():
        try:
            (seeing if ray.get(look) else blind).append(node)
        except RayTaskError as error:  # as where Python there does not find the harness
            said = (str(error).strip().splitlines() or ["?"])[-1]
            raise LocalError(f"node {node_name(node)} cannot run the harness: {said}; {INSTALL}") from error
        except RayError:
            continue
    return seeing, blind
