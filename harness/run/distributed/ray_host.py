"""Workers as actors of a Ray cluster, the coordinator as an actor beside the session, grading as tasks on their nodes.

The run's folder must be on a file system that all nodes share. The one module that imports ray.
"""

from __future__ import annotations

import asyncio
import os
import platform
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from harness.core.errors import HarnessError, LocalError, UsageError
from harness.grading.base import GraderOptions
from harness.run.distributed.coordinator import Coordinator, CoordinatorSpec
from harness.run.distributed.messages import Commands, Hello, Instructions, News, Report, Welcome, WorkerSpec
from harness.run.distributed.worker import LinkLost, WorkerPlace, work
from harness.run.execution.grade_pool import GradePool, run_with_options

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
except ImportError as error:  # the extra is not installed
    raise UsageError("--engine ray needs the extra ray: python -m pip install '.[ray]'") from error

T = TypeVar("T")
CONNECT_S = 5.0
MAX_CALLS = 1000
"""Calls that the coordinator's actor answers at a time: one or two of each worker."""


class RayHost:
    """Connects to a cluster, or starts one on this machine where no address is given.

    `workers` None: one for each CPU of the cluster. Raises LocalError where the cluster does not answer.
    """

    def __init__(self, workers: int | None, *, address: str | None) -> None:
        self._address = address
        self._is_client = address is not None and address.startswith("ray://")
        _connect(address)
        self.workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._coordinator: Any = None
        self._actors: dict[int, Any] = {}

    async def start_coordinator(self, spec: CoordinatorSpec) -> RayCoordinator:
        options: dict[str, Any] = {"num_cpus": 0, "max_concurrency": MAX_CALLS}
        if not self._is_client:  # it reads the run's folder, which is here in any case
            here = ray.get_runtime_context().get_node_id()
            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(here, soft=False)
        self._coordinator = ray.remote(Coordinator).options(**options).remote(spec)
        return RayCoordinator(self._coordinator)

    async def run_worker(self, spec: WorkerSpec, keys: Mapping[str, str]) -> str:
        # max_restarts stays 0: a worker that came back by itself would send again what it had in flight
        actor = ray.remote(RayWorker).options(num_cpus=1, scheduling_strategy="SPREAD").remote()
        self._actors[spec.number] = actor
        try:
            # As an argument of a call, which Ray keeps in memory: a runtime environment would be written to its logs.
            await actor.work.remote(spec, dict(keys), self._coordinator)
        except RayTaskError as error:
            return str(error.cause)
        except RayError as error:
            return str(error).strip().splitlines()[0]
        finally:
            ray.kill(self._actors.pop(spec.number))  # its CPU is free for the worker that replaces it
        return "it ended"

    def kill(self, worker: int) -> None:
        if worker in self._actors:
            ray.kill(self._actors[worker])

    async def close(self) -> None:
        for actor in self._actors.values():
            ray.kill(actor)
        if self._coordinator is not None:
            ray.kill(self._coordinator)
        await asyncio.to_thread(ray.shutdown)


def _connect(address: str | None) -> None:
    """Raises UsageError for an address of another form, LocalError where no cluster answers there."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster started here tells nobody that it was
    quiet = {"configure_logging": False, "log_to_driver": False}
    if address is not None and address != "auto":
        _check_listens(address)
    try:
        if address is None:
            ray.init(include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, ValueError, RuntimeError, ImportError, RayError) as error:
        where = "start a Ray cluster on this machine" if address is None else f"reach the Ray cluster at {address}"
        said = str(error).strip().splitlines()
        raise LocalError(f"cannot {where}: {said[0] if said else type(error).__name__}") from error


def _check_listens(address: str) -> None:
    """Ray itself waits two minutes for an address where nothing listens."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"--ray-address takes auto, HOST:PORT or ray://HOST:PORT, not {address!r}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise LocalError(f"no Ray cluster answers at {address}: {error}") from error


class RayCoordinator:
    """The coordinator's actor as the session and workers call it."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    async def steer(self, commands: Commands) -> News:
        news: News = await _told(self._actor.steer.remote(commands))
        return news

    async def has_ended(self, worker: int) -> bool:
        return bool(await _told(self._actor.has_ended.remote(worker)))

    async def on_lost(self, worker: int, segment: Path) -> bool:
        return bool(await _told(self._actor.on_lost.remote(worker, segment)))


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


class RayWorker:
    """A worker in an actor. Its loop is its own, not that of Ray: what Ray does there would be in latencies."""

    def work(self, spec: WorkerSpec, keys: Mapping[str, str], coordinator: Any) -> None:
        """As worker.work."""
        node = ray.get_runtime_context().get_node_id()

        def make_pool(workers: int, options: GraderOptions, graders: tuple[str, ...]) -> GradePool:
            return _NodePool(node, workers=workers, options=options, graders=graders)

        place = WorkerPlace(node=f"{platform.node()}/{node[:8]}", make_pool=make_pool)
        asyncio.run(work(spec, keys, RayLink(coordinator), place))


class RayLink:
    """A worker's way to the coordinator's actor."""

    def __init__(self, coordinator: Any) -> None:
        self._coordinator = coordinator

    async def greet(self, hello: Hello) -> Welcome:
        welcome: Welcome = await _reached(self._coordinator.greet.remote(hello))
        return welcome

    async def exchange(self, report: Report) -> Instructions:
        told: Instructions = await _reached(self._coordinator.exchange.remote(report))
        return told


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
