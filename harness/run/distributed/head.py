"""One session of a run whose jobs several workers do: starts them, replaces lost ones, writes the grades.

The other way beside `run.execute`, with the same plan, records and reports. The session's process sends nothing
itself; it decides when the run stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import sys
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from harness.core.errors import LocalError
from harness.core.plurals import counted
from harness.core.types import Call, Endpoint, Sample
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.run.distributed.coordinator import CoordinatorSpec
from harness.run.distributed.merged_totals import MirroredLimiter, merge_outcomes, show_totals
from harness.run.distributed.messages import Commands, EndedJob, GradeJob, News, WorkerSpec
from harness.run.distributed.probe import write_probe
from harness.run.distributed.worker_host import CoordinatorHandle, WorkerHost
from harness.run.execute import (
    budget_excesses,
    mark_simulated,
    note_early_stop,
    running_simulator,
    stopping_rule,
    writer,
)
from harness.run.execution.answer_grading import StoppingRule
from harness.run.execution.control import following_control
from harness.run.execution.grade_pool import GradeRequest, grade_workers
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.progress import ModelProgress
from harness.run.session import Session
from harness.store.codec import GradeLine, decode
from harness.store.log import LogWriter
from harness.store.segment_lock import is_held

STEER_EVERY_S = 0.5
"""How soon workers are told of what was asked by hand; of a stop at once."""
NEWS_EVERY_S = 1.0
"""How often the coordinator is asked for news where there is nothing to tell."""
MAX_BACKLOG = 256
"""Answers of earlier sessions that wait at the coordinator to be graded; the others are not read yet."""
READ_AT_ONCE = 1000
"""Jobs of earlier sessions that are looked at between two turns of the event loop."""
FUTILE_WORKERS = 3
"""So many workers lost in a row, none of which had brought an answer, end the session."""


async def execute_on_workers(session: Session, host: WorkerHost) -> RunOutcome:
    """As `run.execute.execute`, by the workers of a host.

    Raises LocalError when the session cannot start at all.
    """
    if session.is_complete:
        return session.outcome
    async with contextlib.AsyncExitStack() as stack:
        endpoints = stack.enter_context(running_simulator(session))
        limiters: dict[str, RateLimiter] = {one.label: MirroredLimiter(one, session.clock) for one in endpoints}
        await stack.enter_async_context(following_control(session.run, session.control, limiters, session.clock))
        session.progress.rate_limiters.update(limiters)
        grades = await stack.enter_async_context(writer(session, LogWriter(session.run.grades_path)))
        rule = stopping_rule(session)
        stack.push_async_callback(host.close)
        probe = write_probe(session.run.path)
        spec = CoordinatorSpec(
            run=session.run.path.resolve(),
            endpoints=endpoints,
            completed=session.restored.completed,
            budget=session.budget,
            probe=probe,
        )
        head = _Head(
            session=session,
            host=host,
            endpoints=endpoints,
            coordinator=await host.start_coordinator(spec),
            grades=grades,
            rule=rule,
            backlog=session.restored.backlog(session.run, session.samples),
            base=deepcopy(session.progress.models),
            first_segment=session.run.next_segment(),
            probe=probe,
        )
        await head.run()
    session.outcome.exceeded = budget_excesses(session, lambda name: head.news.spent[name])
    note_early_stop(session)
    return session.outcome


@dataclass(slots=True, kw_only=True)
class _Head:
    """A session at work. `base`: the counters of earlier sessions. `working`: workers by their tasks."""

    session: Session
    host: WorkerHost
    endpoints: tuple[Endpoint, ...]
    coordinator: CoordinatorHandle
    grades: LogWriter
    rule: StoppingRule | None
    backlog: Iterator[tuple[Call, Sample] | None]
    base: dict[str, ModelProgress]
    first_segment: int
    probe: str
    working: dict[asyncio.Task[str], WorkerSpec] = field(default_factory=dict)
    news: News = field(init=False)
    _has_whole_backlog: bool = False
    _started: int = 0
    _futile: int = 0
    _commands: Commands | None = None
    _steered_s: float = 0.0

    async def run(self) -> None:
        """Start the workers and attend to them until all have ended."""
        await self._steer(backlog=0, is_due=True)
        for _ in range(self.host.workers):
            self._start_worker()
        try:
            await self._attend_all()
        except LocalError as error:  # the coordinator is gone: what is in flight is finished all the same
            self._note_trouble(str(error))
            if self.working:
                await asyncio.wait(self.working)
        merge_outcomes(self.session.outcome, self.news)
        if self.news.backlog and not self.session.stop.is_set():
            left = counted(self.news.backlog, "answer")
            self._note_trouble(f"{left} not graded: no worker's node runs the grader; --resume grades them elsewhere")

    async def _attend_all(self) -> None:
        stop = asyncio.create_task(self.session.stop.wait(), name="stop")
        try:
            while self.working:
                watched: set[asyncio.Task[Any]] = {*self.working} if stop.done() else {*self.working, stop}
                done, _ = await asyncio.wait(watched, timeout=STEER_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
                for task in done - {stop}:
                    await self._on_end(self.working.pop(task), task.result())
                await self._steer(backlog=self.news.backlog, is_due=bool(done))
        finally:
            stop.cancel()

    def _start_worker(self) -> None:
        session, number = self.session, self._started
        self._started += 1
        spec = WorkerSpec(
            number=number,
            run=session.run.path.resolve(),
            segment=session.run.call_file(self.first_segment + number).resolve(),
            endpoints=self.endpoints,
            options=session.options,
            host=platform.node(),
            created_at=session.manifest.created_at,
            version=version("price-performance-harness"),
            probe=self.probe,
            grade_processes=max(1, grade_workers() // self.host.workers),
        )
        self.working[asyncio.create_task(self._attend(spec), name=f"worker {number}")] = spec

    async def _attend(self, spec: WorkerSpec) -> str:
        """How a worker ended, once it is sure that it sends nothing more."""
        how = await self.host.run_worker(spec, self.session.keys)
        while is_held(spec.segment):  # noqa: ASYNC110 - nobody here is told: its node may run it on, out of reach
            await asyncio.sleep(STEER_EVERY_S)
        return how

    async def _on_end(self, spec: WorkerSpec, how: str) -> None:
        """Replace a worker that was lost: what it had goes to others, by what its segment says."""
        if await self.coordinator.has_ended(spec.number):
            return
        lost = await self.host.recover(spec)
        had_answers = await self.coordinator.on_lost(spec.number, lost.path, is_whole=lost.is_whole)
        if self.session.stop.is_set() or self._futile >= FUTILE_WORKERS:
            return
        self._futile = 0 if had_answers else self._futile + 1
        if self._futile < FUTILE_WORKERS:
            self._say(f"worker {spec.number} was lost ({how}); another one takes its work")
            self._start_worker()
        elif self.working:
            self._say(
                f"worker {spec.number} was lost ({how}) and is not replaced: the last {self._futile} had no answer"
            )
        else:
            self._note_trouble(f"the last {self._futile} workers were lost before they had an answer: {how}")

    def _say(self, what: str) -> None:
        print(f"harness: {what}", file=sys.stderr)

    async def _steer(self, *, backlog: int, is_due: bool) -> None:
        session = self.session
        limiters = session.progress.rate_limiters
        commands = Commands(
            stop=session.stop.is_set(),
            grade=self._more_grading(MAX_BACKLOG - backlog),
            has_whole_backlog=self._has_whole_backlog,
            has_more_workers=self._futile < FUTILE_WORKERS,
            paused=frozenset(label for label, one in limiters.items() if one.is_paused_by_hand),
            limits={label: one.manual_limit for label, one in limiters.items() if one.manual_limit is not None},
        )
        every_s = NEWS_EVERY_S if self.rule is None else STEER_EVERY_S
        now = session.clock.monotonic()
        if commands == self._commands and not is_due and now < self._steered_s + every_s:
            return
        self._commands, self._steered_s = replace(commands, grade=()), now
        self.news = await self.coordinator.steer(commands)
        self._take_in(self.news)

    def _take_in(self, news: News) -> None:
        session = self.session
        for hello in news.hellos:
            for grader, why in hello.ungraded.items():
                self._say(f"node {hello.node} grades no {grader}: {why}; other nodes do")
        for label in dict.fromkeys(news.simulated):
            mark_simulated(session, label)
        if lines := [ended.grade_line for ended in news.ended if ended.grade_line is not None]:
            self.grades.append_soon(b"".join(lines))
        self._observe(news.ended)
        for worker in news.silent:
            self.host.kill(worker)
        show_totals(session.progress.models, self.base, news)
        for label, limiter in session.progress.rate_limiters.items():
            assert isinstance(limiter, MirroredLimiter)
            limiter.mirror(news.in_flight[label], news.states[label])
        for totals in news.totals.values():
            if totals.outcome.trouble is not None:
                self._note_trouble(totals.outcome.trouble)

    def _observe(self, jobs: Iterable[EndedJob]) -> None:
        rule, session = self.rule, self.session
        if rule is None:
            return
        for key, line in jobs:
            is_enough = rule.observe(key, None if line is None else decode(GradeLine, line).grade)
            if is_enough and not session.stop.is_set():
                session.outcome.stopped_early = rule.reason
                session.stop.set()

    def _note_trouble(self, what: str) -> None:
        self.session.outcome.trouble = self.session.outcome.trouble or what
        self.session.stop.set()

    def _more_grading(self, count: int) -> tuple[GradeJob, ...]:
        """The next answers of earlier sessions that have no grade."""
        found: list[GradeJob] = []
        for _ in range(READ_AT_ONCE):
            if len(found) >= count or self._has_whole_backlog:
                break
            item = next(self.backlog, _END)
            if isinstance(item, _End):
                self._has_whole_backlog = True
            elif item is not None and item[0].accepted is not None:
                call, sample = item
                assert call.accepted is not None
                request = GradeRequest(grader=call.grader, sample=sample, completion=call.accepted)
                found.append(GradeJob(key=call.key, label=call.label, request=request))
        return tuple(found)


class _End:
    """No further answer."""


_END = _End()
