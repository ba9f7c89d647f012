"""Grading beside the calls: worker processes that grade answers in batches while the event loop goes on sending.

A batch holds answers that take some 20 ms together, so that a quick grader costs no round trip an answer and a slow one
is spread over all workers. A worker that dies takes nothing with it but time: each answer of its batch is graded again
alone, and only the one that kills its worker twice becomes a GRADER_ERROR. A worker ends with the process that started
it, however that ends.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields
from multiprocessing import util
from typing import Any, TypeAlias, TypeVar

from harness.core.errors import LocalError
from harness.core.fast_init import fast_init
from harness.core.types import Completion, FinishReason, Grade, Sample, Timing, ToolCall, Verdict
from harness.grading.base import Grader, GraderOptions, grade_completion, make_grader, quick_grade

T = TypeVar("T")
END_S = 5.0
BATCH_S = 0.02
"""How long the answers of one batch take together, about, and how long the first of them may wait for the others."""
MAX_BATCH = 64
FIRST_SECONDS = 0.005
"""What an answer is taken to need while nothing is known of its grader."""


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRequest:
    """An answer to be graded."""

    grader: str
    sample: Sample
    completion: Completion


def grade_workers() -> int:
    """Worker processes for grading: one core is left to the event loop."""
    return max(1, min(8, (os.cpu_count() or 2) - 1))


_graders: dict[str, Grader] = {}  # one of each kind per worker process
_options = GraderOptions()


def _start_worker(options: GraderOptions, names: tuple[str, ...]) -> None:
    global _options  # a pool hands its workers nothing but this call
    _options = options
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the runner's to handle: answers in flight get graded
    util.Finalize(None, _close_graders, exitpriority=10)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for name in names:
        _graders[name] = make_grader(name, options)


def run_with_options(options: GraderOptions, work: Callable[..., T], *args: Any) -> T:
    """Run a function of a pool in a process that no pool started, with graders of these options."""
    global _options  # as in _start_worker
    if options != _options:
        _close_graders()
        _options = options
    return work(*args)


def _end_with_parent() -> None:
    """A killed runner cannot end its workers, and they would wait for work for ever: their queue never closes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        threading.Timer(END_S, os._exit, (1,)).start()  # closing may hang on a grader that is at work
        try:
            _close_graders()
        finally:
            os._exit(1)


def _close_graders() -> None:
    for grader in _graders.values():
        grader.close()
    _graders.clear()


_Sent: TypeAlias = tuple[str, Sample, str, FinishReason, str | None, tuple[ToolCall, ...] | None]
"""What a worker needs of a request: grader, sample, text, finish reason, the provider's own word for it, tool calls."""
_Returned: TypeAlias = tuple[Any, ...] | str
"""The fields of a grade, or why the grader failed. Plain tuples: pickling them costs a tenth of what the values do."""
_FIELDS = tuple(one.name for one in fields(Grade))
_NO_TIMING = Timing()


def _grade_batch(batch: Sequence[_Sent]) -> list[_Returned]:
    """In a worker: what came of each answer."""
    return [_graded(sent) for sent in batch]


def _graded(sent: _Sent) -> _Returned:
    name, sample, text, reason, native, calls = sent
    completion = Completion(
        text=text,
        reasoning="",
        finish_reason=reason,
        native_finish_reason=native,
        timing=_NO_TIMING,
        tool_calls=calls,
    )
    try:
        if name not in _graders:
            _graders[name] = make_grader(name, _options)
        grade = grade_completion(_graders[name], sample, completion)
    except Exception as error:  # noqa: BLE001 - a bug in one grader must not cost the others of its batch their grades
        return f"{type(error).__name__}: {error}"[:300]
    return tuple(getattr(grade, name) for name in _FIELDS)


def _sent(request: GradeRequest) -> _Sent:
    given = request.completion
    return request.grader, request.sample, given.text, given.finish_reason, given.native_finish_reason, given.tool_calls


@dataclass(slots=True)
class _Waiting:
    """A request and the future of its grade."""

    request: GradeRequest
    done: asyncio.Future[Grade]

    def finish(self, returned: _Returned | BaseException) -> None:
        """Hand over what came of it."""
        if not self.done.done():  # whoever asked may have been cancelled
            self.done.set_result(_grade_of(returned, self.request))


class GradePool:
    """Worker processes for grading, with the named graders ready; `async with` starts and ends them."""

    def __init__(self, *, workers: int, options: GraderOptions, graders: tuple[str, ...]) -> None:
        self._workers = workers
        self._options = options
        self._names = graders
        self._pool = self._make(workers)
        self._alone: Executor | None = None
        self._one_alone = asyncio.Lock()
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._seconds: dict[str, float] = {}
        self._batches: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def _make(self, workers: int) -> Executor:
        """So many processes. Another kind of executor ends a call whose process dies in BrokenProcessPool too."""
        return ProcessPoolExecutor(
            workers,
            # Not fork: a child would inherit the loop's sockets and the threads' locks, one of which may be held just
            # then.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(self._options, self._names),
        )

    async def __aenter__(self) -> GradePool:
        """Start the workers now: importing their libraries during the first answers would disturb latencies.

        Raises LocalError when they do not start.
        """
        loop = asyncio.get_running_loop()
        ready = (loop.run_in_executor(self._pool, time.sleep, 0.01) for _ in range(self._workers))
        try:
            await asyncio.gather(*ready)
        except BrokenProcessPool as error:
            raise LocalError(f"the grading processes do not start: {error}; nothing was sent") from error
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for pool in (self._pool, self._alone):
            if pool is not None:
                await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
        await asyncio.gather(*self._batches, return_exceptions=True)

    def grade_at_sight(self, request: GradeRequest) -> Grade | None:
        """The grade of an answer that is nothing but what was asked for; None where a worker has to look."""
        return quick_grade(request.grader, request.sample, request.completion)

    async def grade(self, request: GradeRequest) -> Grade:
        """The grade; GRADER_ERROR when grading breaks. Never raises."""
        at_sight = self.grade_at_sight(request)
        if at_sight is not None:
            return at_sight
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        queue = self._waiting.setdefault(request.grader, deque())
        queue.append(waiting)
        if len(queue) >= self._batch_size(request.grader):
            self._send(request.grader)
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_S, self._send_all)
        return await waiting.done

    def _batch_size(self, grader: str) -> int:
        """How many answers a grader is given at once, by what it took for the last ones."""
        seconds = self._seconds.get(grader, FIRST_SECONDS)
        return max(1, min(MAX_BATCH, int(BATCH_S / seconds) if seconds > 0 else MAX_BATCH))

    def _send_all(self) -> None:
        self._timer = None
        for grader in self._waiting:
            self._send(grader)

    def _send(self, grader: str) -> None:
        """Hand batches over while workers have room: what dies with a worker is graded again, one by one."""
        queue = self._waiting[grader]
        # Twice as many as workers: each finds the next batch ready, and few answers are lost with one that dies.
        while queue and len(self._batches) < 2 * self._workers:
            batch = [queue.popleft() for _ in range(min(len(queue), self._batch_size(grader)))]
            task = asyncio.get_running_loop().create_task(self._grade_in_pool(grader, batch))
            self._batches.add(task)
            task.add_done_callback(self._on_batch_end)

    def _on_batch_end(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        if not task.cancelled():
            self._send_next()

    def _send_next(self) -> None:
        """Go on where requests had to wait for room; those that wait for company keep their timer."""
        for grader, queue in self._waiting.items():
            if queue and (self._timer is None or len(queue) >= self._batch_size(grader)):
                self._send(grader)

    async def _grade_in_pool(self, grader: str, batch: list[_Waiting]) -> None:
        pool = self._pool
        returned = await _outcome_in(pool, [_sent(one.request) for one in batch])
        if not isinstance(returned, BaseException):
            for one, found in zip(batch, returned, strict=True):
                one.finish(found)
            self._note_seconds(grader, batch)
            return
        if isinstance(returned, BrokenProcessPool) and pool is self._pool:  # the first of many to notice makes it anew
            self._pool = self._make(self._workers)
            await asyncio.to_thread(pool.shutdown, wait=False)
        # nobody knows over which answer the worker died, or which could not be handed over
        for one in batch:
            one.finish(await self._grade_alone(one.request))

    def _note_seconds(self, grader: str, batch: list[_Waiting]) -> None:
        mean = sum(one.done.result().seconds for one in batch if not one.done.cancelled()) / len(batch)
        before = self._seconds.get(grader, mean)
        # A moving mean: graders are slower for long answers, which come in clusters.
        self._seconds[grader] = 0.8 * before + 0.2 * mean

    async def _grade_alone(self, request: GradeRequest) -> _Returned | BaseException:
        async with self._one_alone:
            if self._alone is None:
                self._alone = self._make(1)
            returned = await _outcome_in(self._alone, [_sent(request)])
            if isinstance(returned, BrokenProcessPool):
                await asyncio.to_thread(self._alone.shutdown, wait=False)
                self._alone = None
            return returned if isinstance(returned, BaseException) else returned[0]


async def _outcome_in(pool: Executor, batch: list[_Sent]) -> list[_Returned] | BaseException:
    """What a worker returns for a batch, or whatever kept it from that."""
    try:
        future = asyncio.get_running_loop().run_in_executor(pool, _grade_batch, batch)
    except BrokenProcessPool as error:  # it broke over another answer before this one was handed over
        return error
    await asyncio.wait([future])
    return future.exception() or future.result()


def _grade_of(returned: _Returned | BaseException, request: GradeRequest) -> Grade:
    match returned:
        case tuple():
            return Grade(**dict(zip(_FIELDS, returned, strict=True)))
        case BrokenProcessPool():
            return _grader_error(request, "the grading process died twice over this answer, the second time alone")
        case str():
            return _grader_error(request, f"the grader failed: {returned}")
        case _:
            return _grader_error(request, f"the grader failed: {type(returned).__name__}: {returned}"[:317])


def _grader_error(request: GradeRequest, why: str) -> Grade:
    return Grade(
        verdict=Verdict.GRADER_ERROR,
        answer=None,
        why=why,
        rule="worker",
        grader=request.grader,
        grader_version="?",
        seconds=0.0,
    )
