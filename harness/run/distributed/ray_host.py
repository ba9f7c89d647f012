"""Workers as actors of a Ray cluster, the coordinator as an actor beside the session, grading as tasks on their nodes.

Nodes share the run's folder, or each writes to its own disk and uploads to the run's store (node_disk). The one module
that imports ray.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from harness.core.errors import HarnessError, LocalError, UsageError
from harness.core.garbage_collection import collect_seldom
from harness.core.plurals import counted
from harness.grading.base import GraderOptions
from harness.providers.transport.http.paced_loop import run_paced
from harness.run.distributed.coordinator import Coordinator, CoordinatorSpec
from harness.run.distributed.messages import Commands, Hello, Instructions, News, Report, Welcome, WorkerSpec
from harness.run.distributed.node_disk import (
    PLAN_FILES,
    NodeUpload,
    place_on_disk,
    upload_left,
    uploading_segment,
    uses_own_disk,
)
from harness.run.distributed.probe import sees, unseen
from harness.run.distributed.ray_address import check_address, why_unreachable
from harness.run.distributed.worker import work
from harness.run.distributed.worker_host import LostSegment
from harness.run.distributed.worker_start import LinkLost, WorkerPlace
from harness.run.execution.grade_pool import GradePool, run_with_options
from harness.store.leases import is_worker, leased_segments, open_leases
from harness.store.remote.background import UPLOAD_EVERY_S
from harness.store.remote.link import read_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.worker_segments import bring_segments

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
except ImportError as error:  # the extra is not installed
    raise UsageError("--engine ray needs the extra ray: python -m pip install '.[ray]'") from error

T = TypeVar("T")
RECOVER_S = 180.0
"""How long the node of a lost worker may take to upload what it has."""
INSTALL = "install this version of it there: python -m pip install '.[ray]'"
MAX_CALLS = 2000
"""Calls that the coordinator's actor answers at a time: two of each worker, one of which waits for changes."""
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


class RayHost:
    """Connects to a cluster, or starts one on this machine where no address is given.

    `workers` None: one for each CPU of the cluster. `upload_every_s`: how often nodes with a disk of their own upload.
    Raises LocalError where the cluster does not answer.
    """

    def __init__(self, workers: int | None, *, address: str | None, upload_every_s: float = UPLOAD_EVERY_S) -> None:
        self._address = address
        self._upload_every_s = upload_every_s
        self._is_client = address is not None and address.startswith("ray://")
        _connect(address, workers)
        cpus = int(ray.cluster_resources().get("CPU", 0))
        self.workers = workers or max(1, cpus)
        if self.workers > cpus:
            less = f"the Ray cluster has {counted(cpus, 'CPU')}, and a worker takes one"
            print(f"harness: {less}: {self.workers - cpus} of {self.workers} workers wait for more", file=sys.stderr)
        self._coordinator: Any = None
        self._actors: dict[int, Any] = {}
        self._upload: NodeUpload | None = None
        self._plan: list[Any] = []
        self._on_disk: dict[int, _OnDisk] = {}

    def upload_left(self, run: Path) -> None:
        link = read_link(run)
        if link is None or not (leased_segments(run) or any(map(is_worker, link.base_nodes))):
            return
        for node in _nodes():
            try:
                ray.get(_on_node(upload_left, node).remote(link))
            except RayTaskError as error:
                if not isinstance(error.cause, HarnessError):
                    raise
                print(f"harness: node {_node_name(node)}: {error.cause}", file=sys.stderr)
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
            looked = ", ".join(map(_node_name, blind)) or "none: no node has a CPU"
            raise LocalError(
                f"with {self._address} the coordinator runs in the cluster, and no node there sees {spec.run} (looked "
                f"on {looked}). Accepted: start the command on a node, with --ray-address auto, or name with "
                "--results a folder that the nodes share with this machine"
            )
        if blind and read_link(spec.run) is None:
            raise LocalError(unseen(_node_name(blind[0]), spec.run))
        return seeing[0] if self._is_client else str(ray.get_runtime_context().get_node_id())

    async def start_coordinator(self, spec: CoordinatorSpec) -> RayCoordinator:
        link = read_link(spec.run)
        node = await asyncio.to_thread(self._coordinator_node, spec)
        if link is not None:
            self._upload = NodeUpload(link=link, every_s=self._upload_every_s)
            # In a list, so that a worker which needs no copy fetches none.
            self._plan = [ray.put({name: (spec.run / name).read_bytes() for name in PLAN_FILES})]
        there = NodeAffinitySchedulingStrategy(node, soft=False)
        actor = ray.remote(_CoordinatorActor).options(num_cpus=0, max_concurrency=MAX_CALLS, scheduling_strategy=there)
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
                await _on_node(upload_left, on_disk.node).remote(link)
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


def _connect(address: str | None, workers: int | None) -> None:
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


def _nodes() -> list[str]:
    """The ids of the nodes that are up and take workers."""
    return [one["NodeID"] for one in ray.nodes() if one["Alive"] and one["Resources"].get("CPU")]


def _split_by_sight(spec: CoordinatorSpec) -> tuple[list[str], list[str]]:
    """The nodes that see the run's folder and those that do not; one that is going down takes no worker."""
    looks = {node: _on_node(sees, node).remote(spec.run, spec.probe) for node in _nodes()}
    seeing: list[str] = []
    blind: list[str] = []
    for node, look in looks.items():
        try:
            (seeing if ray.get(look) else blind).append(node)
        except RayTaskError as error:  # as where Python there does not find the harness
            said = (str(error).strip().splitlines() or ["?"])[-1]
            raise LocalError(f"node {_node_name(node)} cannot run the harness: {said}; {INSTALL}") from error
        except RayError:
            continue
    return seeing, blind


def _node_name(node: str) -> str:
    names = {one["NodeID"]: one["NodeManagerHostname"] for one in ray.nodes()}
    return f"{names.get(node, '?')}/{node[:8]}"


def _on_node(function: Callable[..., object], node: str) -> Any:
    """A function as a task of one node, which takes none of its CPUs."""
    there = NodeAffinitySchedulingStrategy(node, soft=False)
    return ray.remote(function).options(num_cpus=0, max_retries=0, scheduling_strategy=there)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnDisk:
    """A worker that writes to a disk of its own: the id of its node, the name of its segment."""

    node: str
    segment: str


class RayWorker:
    """A worker in an actor. Its loop is its own, not that of Ray: what Ray does there would be in latencies."""

    def prepare(self, spec: WorkerSpec, upload: NodeUpload | None, plan: Sequence[Any]) -> _OnDisk | None:
        """Find out where to write; None where that is the run's folder. `plan`: a reference to PLAN_FILES.

        Raises LocalError where the node does not see the folder and the run goes to no store.
        """
        self._node = ray.get_runtime_context().get_node_id()
        self._name = f"{platform.node()}/{self._node[:8]}"
        self._upload = upload if uses_own_disk(spec, upload, self._name) else None
        self._spec = spec
        if self._upload is None:
            return None
        self._spec = place_on_disk(spec, self._upload, self._name, ray.get(plan[0]))
        return _OnDisk(node=self._node, segment=self._spec.segment.name)

    def work(self, keys: Mapping[str, str], coordinator: Any) -> None:
        """As worker.work."""
        collect_seldom()

        def make_pool(workers: int, options: GraderOptions, graders: tuple[str, ...]) -> GradePool:
            return _NodePool(self._node, workers=workers, options=options, graders=graders)

        place = WorkerPlace(node=self._name, has_own_disk=self._upload is not None, make_pool=make_pool)
        with contextlib.ExitStack() as stack:
            if self._upload is not None:
                stack.enter_context(uploading_segment(self._spec, self._upload, self._name))
            run_paced(work(self._spec, keys, RayLink(coordinator, self._spec.number), place))


class RayLink:
    """A worker's way to the coordinator's actor."""

    def __init__(self, coordinator: Any, worker: int) -> None:
        self._coordinator = coordinator
        self._worker = worker

    async def greet(self, hello: Hello) -> Welcome:
        welcome: Welcome = await _reached(self._coordinator.greet.remote(hello))
        return welcome

    async def exchange(self, report: Report) -> Instructions:
        told: Instructions = await _reached(self._coordinator.exchange.remote(report))
        return told

    async def wait_for_change(self) -> bool:
        return bool(await _reached(self._coordinator.wait_for_change.remote(self._worker)))


async def _reached(reference: Any) -> Any:
    try:
        return await reference
    except RayTaskError:
        raise
    except RayError as error:
        raise LinkLost(str(error)) from error


class _NodePool(GradePool):
    """Grading by Ray tasks on one node, in batches."""

    def __init__(self, node: str, *, workers: int, options: GraderOptions, graders: tuple[str, ...]) -> None:
        self._node = node
        super().__init__(workers=workers, options=options, graders=graders)

    def _make(self, workers: int) -> Executor:
        return _NodeTasks(self._node, self._options)


class _NodeTasks(Executor):
    """Runs functions as Ray tasks on one node. They need no CPU of their own: the workers have them all."""

    def __init__(self, node: str, options: GraderOptions) -> None:
        here = NodeAffinitySchedulingStrategy(node, soft=False)
        self._task = ray.remote(run_with_options).options(num_cpus=0, scheduling_strategy=here, max_retries=0)
        self._options = options

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()

        def hand_on(task: Future[T]) -> None:
            error = task.exception()
            if error is None:
                done.set_result(task.result())
            elif isinstance(error, RayTaskError):
                done.set_exception(error.cause)
            else:
                done.set_exception(BrokenProcessPool(str(error)))

        self._task.remote(self._options, fn, *args).future().add_done_callback(hand_on)
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing to end: tasks end by themselves, and their processes with the session."""
