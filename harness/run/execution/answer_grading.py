"""Grades the answers of a session beside its calls, writes the grades, and asks the stopping rule after each job.

Grades are free to make again, so they are written without waiting for the disk. The graders themselves: grade_pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from harness.core.clock import Clock
from harness.core.types import Call, Grade, Sample
from harness.run.execution.grade_pool import GradeRequest
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.progress import Progress
from harness.run.execution.supervisor import TaskSupervisor
from harness.store.codec import GradeLine, WorkerStamp, encode

MAX_UNGRADED = 1000


class AnswerGrader(Protocol):
    """Grades answers, never raises."""

    def grade_at_sight(self, request: GradeRequest) -> Grade | None:
        """The grade of an answer that needs no look; None for any other."""
        ...

    async def grade(self, request: GradeRequest) -> Grade:
        """The grade of one answer."""
        ...


class GradeLines(Protocol):
    """Takes the lines of grades."""

    def append_soon(self, line: bytes) -> None:
        """Take one line. Raises LocalError when the disk refuses it."""
        ...


class StoppingRule(Protocol):
    """Observes finished jobs; decides whether the run can stop early (early_stopping)."""

    @property
    def reason(self) -> str:
        """Why the run could stop, in words."""
        ...

    def observe(self, key: str, grade: Grade | None) -> bool:
        """Whether the run may stop, now that this job has ended; no grade where it has no answer."""
        ...


@dataclass(slots=True, kw_only=True)
class AnswerGrading:
    """One session's grading. `stop` is set once the stopping rule is content. `stamp`: of the worker that grades."""

    pool: AnswerGrader
    grades: GradeLines
    progress: Progress
    clock: Clock
    supervisor: TaskSupervisor
    outcome: RunOutcome
    stop: asyncio.Event
    stopping_rule: StoppingRule | None = None
    stamp: WorkerStamp | None = None
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_UNGRADED))

    async def grade_backlog(self, backlog: Iterable[tuple[Call, Sample] | None]) -> None:
        """Grade stored answers that have no grade yet; None in the backlog is a chance for others to go on."""
        for item in backlog:
            if item is None or item[0].accepted is None:
                await asyncio.sleep(0)
                continue
            earlier, sample = item
            assert earlier.accepted is not None
            request = GradeRequest(grader=earlier.grader, sample=sample, completion=earlier.accepted)
            await self.schedule(earlier.key, earlier.label, request)

    async def schedule(self, key: str, label: str, request: GradeRequest) -> None:
        """Have an answer graded; waits while too many are waiting already, so that memory stays flat."""
        at_sight = self.pool.grade_at_sight(request)
        if at_sight is not None:
            self.record(key, label, at_sight)
            return
        await self._room.acquire()
        self.supervisor.start(self._grade(key, label, request))

    async def _grade(self, key: str, label: str, request: GradeRequest) -> None:
        try:
            self.record(key, label, await self.pool.grade(request))
        finally:
            self._room.release()

    def record(self, key: str, label: str, grade: Grade) -> None:
        """Write the grade of a finished job and count it."""
        self.grades.append_soon(encode(GradeLine(key=key, at=self.clock.now(), grade=grade, worker=self.stamp)))
        self.progress.models[label].on_grade(grade)
        self.on_job_end(key, grade)

    def on_job_end(self, key: str, grade: Grade | None) -> None:
        """Tell the stopping rule of a job's end; send nothing more once the run may stop."""
        rule = self.stopping_rule
        if rule is not None and rule.observe(key, grade) and not self.stop.is_set():
            self.outcome.stopped_early = rule.reason
            self.stop.set()
