"""Answers that wait for a worker whose node grades them: of earlier sessions, of other nodes, of lost workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from harness.core.types import Sample
from harness.run.distributed.lost_worker import EndedLostJob
from harness.run.distributed.messages import EndedJob, GradeJob
from harness.run.execution.grade_pool import GradeRequest
from harness.store.key_table import KeyTable

MAX_GRADING = 64
"""Answers of the backlog that a worker is given to grade at a time."""


@dataclass(slots=True, kw_only=True)
class GradeBacklog:
    """`samples`: by task and id. `grading` of its methods: what one worker has been given, by key."""

    samples: Mapping[tuple[str, str], Sample]
    jobs: deque[GradeJob] = field(default_factory=deque)
    _graded: KeyTable = field(default_factory=KeyTable)

    def note_ended(self, ended: Iterable[EndedJob], grading: dict[str, GradeJob]) -> None:
        """Note which jobs a worker has graded."""
        for job in ended:
            if job.grade_line is not None:
                self._graded.put(job.key, 1)
            grading.pop(job.key, None)

    def put_back(self, jobs: Iterable[GradeJob], grading: dict[str, GradeJob]) -> None:
        """Take back answers that a worker could not grade."""
        for job in jobs:
            grading.pop(job.key, None)
            self.jobs.append(job)

    def lease(
        self, worker: int, ungraded: Collection[str], grading: dict[str, GradeJob], *, is_alone: bool
    ) -> tuple[GradeJob, ...]:
        """Answers for a worker to grade. `ungraded`: graders that its node does not run; `is_alone`: no other works."""
        found: list[GradeJob] = []
        for _ in range(min(len(self.jobs), MAX_GRADING - len(grading))):
            job = self.jobs.popleft()
            if job.request.grader in ungraded or (worker in job.tried and not is_alone):
                self.jobs.append(job)
            else:
                found.append(job)
        grading.update((job.key, job) for job in found)
        return tuple(found)

    def has_any_for(self, ungraded: Collection[str]) -> bool:
        """Whether a node without these graders can grade any of them."""
        return any(job.request.grader not in ungraded for job in self.jobs)

    def return_lost(self, ended: Iterable[EndedLostJob], grading: dict[str, GradeJob]) -> None:
        """Take back what a lost worker was given, and the answers of its own without a grade."""
        self.jobs.extend(grading.values())
        known = {job.key for job in self.jobs}
        grading.clear()
        for head, answer in ((job.head, job.answer) for job in ended):
            is_graded = not head.grader or head.key in known or self._graded.get(head.key)
            if answer is not None and not is_graded:
                sample = self.samples[head.task, head.sample_id]
                request = GradeRequest(grader=head.grader, sample=sample, completion=answer)
                self.jobs.append(GradeJob(key=head.key, label=head.label, request=request))
