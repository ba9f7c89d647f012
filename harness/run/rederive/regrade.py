"""Grading again what is already paid: reads answers from the files, sends nothing, appends new rulings.

Not here: re-reading usage with a mended dialect, and re-pricing (report derives dollars anew each time).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from harness.core.clock import Clock
from harness.core.types import Call, Sample, Verdict
from harness.run.execution.grade_pool import GradePool, GradeRequest, grade_workers
from harness.run.execution.supervisor import TaskSupervisor
from harness.run.planning.checks import check_graders
from harness.run.planning.manifest import grader_options
from harness.store.codec import GradeLine, encode
from harness.store.log import LogWriter
from harness.store.resume import calls
from harness.store.run_dir import RunDir

AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeChange:
    """A ruling that differs from the one in force before; `before` None: there was none."""

    label: str
    task: str
    sample_id: str
    repeat: int
    before: Verdict | None
    after: Verdict
    why: str


@dataclass(slots=True, kw_only=True)
class RegradeResult:
    """What a regrading did. `errors`: answers that could not be graded, by why."""

    graded: int = 0
    changes: list[GradeChange] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


def regrade(run: RunDir, *, clock: Clock, only_missing: bool) -> RegradeResult:
    """Rule anew on the accepted answers of a run; call inside its lock.

    Raises LocalError when the rulings cannot be written, SandboxUnavailable when the run's container is not to be had.
    """
    return asyncio.run(_regrade(run, clock, only_missing=only_missing))


async def _regrade(run: RunDir, clock: Clock, *, only_missing: bool) -> RegradeResult:
    manifest = run.manifest()
    samples = run.samples()
    before = {key: line.grade.verdict for key, line in run.grades().items()}
    done = RegradeResult()
    room = asyncio.Semaphore(AT_ONCE)
    options = grader_options(manifest, sandbox_backend=None)
    graders = tuple(dict.fromkeys(entry.grader for entry in manifest.tasks if entry.grader))
    if manifest.sandbox is not None:
        check_graders(graders, options)  # a worker that finds no engine could not say so
    writer = LogWriter(run.grades_path)

    async def one(pool: GradePool, call: Call, sample: Sample) -> None:
        try:
            assert call.accepted is not None
            request = GradeRequest(grader=call.grader, sample=sample, completion=call.accepted)
            grade = await pool.grade(request)
            writer.append_soon(encode(GradeLine(key=call.key, at=clock.now(), grade=grade)))
        finally:
            room.release()
        done.graded += 1
        if grade.verdict is Verdict.GRADER_ERROR:
            done.errors[grade.why] += 1
        if before.get(call.key) is not grade.verdict:
            done.changes.append(
                GradeChange(
                    label=call.label,
                    task=call.task,
                    sample_id=call.sample_id,
                    repeat=call.repeat,
                    before=before.get(call.key),
                    after=grade.verdict,
                    why=grade.why,
                )
            )

    errors: list[BaseException] = []
    crew = TaskSupervisor(errors.append)
    try:
        async with GradePool(workers=grade_workers(), options=options, graders=graders) as pool:
            for call in calls(run):
                if call.accepted is None or not call.grader or (only_missing and call.key in before):
                    continue
                await room.acquire()
                if errors:
                    break
                crew.start(one(pool, call, samples[call.task, call.sample_id]))
            await crew.wait_all()
    finally:
        await writer.close()
    if errors:
        raise errors[0]
    done.changes.sort(key=lambda change: (change.label, change.task, change.sample_id, change.repeat))
    return done
