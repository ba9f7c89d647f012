"""A worker as an actor of a Ray cluster: its way to the coordinator's actor, and grading as tasks of its node."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.core.garbage_collection import collect_seldom
from harness.grading.base import GraderOptions
from harness.providers.transport.http.paced_loop import run_paced
from harness.run.distributed.messages import Hello, Instructions, Report, Welcome, WorkerSpec
from harness.run.distributed.node_disk import NodeUpload, place_on_disk, uploading_segment, uses_own_disk
from harness.run.distributed.ray_cluster import RayError, RayTaskError, on_node, ray
from harness.run.distributed.worker import work
from harness.run.distributed.worker_start import LinkLost, WorkerPlace
from harness.run.execution.grade_pool import GradePool, run_with_options

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """A worker that writes to a disk of its own: the id of its node, the name of its segment."""

    node: str
    segment: str


class RayWorker:
    """A worker in an actor. Its loop is its own, not that of Ray: what Ray does there would be in latencies."""

    def prepare(self, spec: WorkerSpec, upload: NodeUpload | None, plan: Sequence[Any]) -> OnDisk | None:
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
        return OnDisk(node=self._node, segment=self._spec.segment.name)

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
        self._task = on_node(run_with_options, node)
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
