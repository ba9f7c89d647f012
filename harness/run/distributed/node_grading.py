"""Grading at a worker: grades go to the session with the ends of jobs, what cannot be graded here to other nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.types import Grade, Verdict
from harness.run.distributed.messages import EndedJob, GradeJob
from harness.run.execution.answer_grading import AnswerGrading
from harness.run.execution.grade_pool import GradeRequest

GRADING_TRIES = 2
"""Workers that try to grade an answer before a GRADER_ERROR is recorded."""


@dataclass(slots=True, kw_only=True)
class EndedJobs:
    """Jobs that the coordinator has not been told of, with the lines of their grades, which the session writes."""

    jobs: list[EndedJob] = field(default_factory=list)
    reason: str = ""
    _line: bytes | None = None

    def append_soon(self, line: bytes) -> None:
        """Keep the line of the grade of the job whose end follows."""
        self._line = line

    def observe(self, key: str, grade: Grade | None) -> bool:
        """Note the end of a job; never stops the run, which the session decides."""
        self.jobs.append(EndedJob(key, None if grade is None else self._line))
        return False


@dataclass(slots=True, kw_only=True)
class NodeGrading(AnswerGrading):
    """Grading on this node; answers that cannot be graded here go to the coordinator, for another node.

    Those are answers whose grader does not run here, and those over which grading processes died: a node that is going
    down ends them too. `tried`: by key, the workers where that happened.
    """

    worker: int
    ungraded: Mapping[str, str]
    elsewhere: list[GradeJob] = field(default_factory=list)
    tried: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _requests: dict[str, GradeRequest] = field(default_factory=dict)

    async def schedule(self, key: str, label: str, request: GradeRequest) -> None:
        if request.grader in self.ungraded:
            self.elsewhere.append(GradeJob(key=key, label=label, request=request))
            return
        self._requests[key] = request
        # not super(): a dataclass with slots is made anew, and its methods would still mean the class before
        await AnswerGrading.schedule(self, key, label, request)

    def record(self, key: str, label: str, grade: Grade) -> None:
        request, tried = self._requests.pop(key, None), self.tried.pop(key, ())  # none: graded within a conversation
        if request is not None and grade.verdict is Verdict.GRADER_ERROR and len(tried) < GRADING_TRIES - 1:
            job = GradeJob(key=key, label=label, request=request, tried=(*tried, self.worker))
            self.elsewhere.append(job)
            return
        AnswerGrading.record(self, key, label, grade)
