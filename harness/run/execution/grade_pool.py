"""Worker processes that grade answers while the event loop goes on sending.

A worker that dies loses one grade, its own, which becomes GRADER_ERROR; the pool is made anew. A worker ends with the
process that started it, however that ends. Grades are free to redo, so they are written without a sync.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import util

from harness.core.errors import LocalError
from harness.core.types import Completion, Grade, Sample, Verdict
from harness.grading.base import Grader, GraderOptions, grade_completion, make_grader

END_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRequest:
    """What a worker needs for one grade."""

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


def _grade_in_worker(request: GradeRequest) -> Grade:
    if request.grader not in _graders:
        _graders[request.grader] = make_grader(request.grader, _options)
    return grade_completion(_graders[request.grader], request.sample, request.completion)


class GradePool:
    """Worker processes for grading, with the named graders ready; `async with` starts and ends them."""

    def __init__(self, *, workers: int, options: GraderOptions, graders: tuple[str, ...]) -> None:
        self._workers = workers
        self._options = options
        self._names = graders
        self._pool = self._make(workers)
        self._alone: ProcessPoolExecutor | None = None
        self._one_alone = asyncio.Lock()
        # No more are handed over than are worked on: a worker's death takes all of them down, to be graded again.
        self._turns = asyncio.Semaphore(2 * workers)

    def _make(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            workers,
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
        for pool in (self._pool, self._alone):
            if pool is not None:
                await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def grade(self, request: GradeRequest) -> Grade:
        """The grade; GRADER_ERROR when grading breaks. Never raises.

        When a worker dies nobody knows over which answer, so each that was with the pool is graded again alone.
        """
        async with self._turns:
            pool = self._pool
            outcome = await _outcome_in(pool, request)
            if not isinstance(outcome, BrokenProcessPool):
                return _grade_or_error(outcome, request)
            if pool is self._pool:  # the first of many waiters to notice makes the new one
                self._pool = self._make(self._workers)
                await asyncio.to_thread(pool.shutdown, wait=False)
        return _grade_or_error(await self._grade_alone(request), request)

    async def _grade_alone(self, request: GradeRequest) -> Grade | BaseException:
        async with self._one_alone:
            if self._alone is None:
                self._alone = self._make(1)
            outcome = await _outcome_in(self._alone, request)
            if isinstance(outcome, BrokenProcessPool):
                await asyncio.to_thread(self._alone.shutdown, wait=False)
                self._alone = None
            return outcome


async def _outcome_in(pool: ProcessPoolExecutor, request: GradeRequest) -> Grade | BaseException:
    """The grade, or whatever the worker raised instead of one."""
    try:
        future = asyncio.get_running_loop().run_in_executor(pool, _grade_in_worker, request)
    except BrokenProcessPool as error:  # it broke over another answer before this one was handed over
        return error
    await asyncio.wait([future])
    return future.exception() or future.result()


def _grade_or_error(outcome: Grade | BaseException, request: GradeRequest) -> Grade:
    match outcome:
        case Grade():
            return outcome
        case BrokenProcessPool():
            return _grader_error(request, "the grading process died twice over this answer, the second time alone")
        case _:
            return _grader_error(request, f"the grader failed: {_place(outcome)}")


def _place(error: BaseException) -> str:
    """What kind of mistake it was, in the grader's own words; it came from another process, without its traceback."""
    return f"{type(error).__name__}: {error}"[:300]


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
