"""Applies the graders again to stored answers: reads files, sends nothing, appends new grades."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from harness.core.clock import Clock
from harness.core.types import Call, Grade, Verdict
from harness.run.planning.checks import check_graders
from harness.run.planning.manifest import grader_options
from harness.run.rederive.grade_again import grade_again
from harness.store.call_log import calls
from harness.store.codec import GradeLine, encode
from harness.store.log import LogWriter
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeChange:
    """A grade whose verdict differs from the one in force before; `before` None: there was none."""

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
    """Grade the accepted answers of a run again; call inside its lock.

    Raises LocalError when the grades cannot be written, SandboxUnavailable when the run's container is not to be had.
    """
    return asyncio.run(_regrade(run, clock, only_missing=only_missing))


async def _regrade(run: RunDir, clock: Clock, *, only_missing: bool) -> RegradeResult:
    manifest = run.manifest()
    samples = run.samples()
    before = {key: line.grade.verdict for key, line in run.grades().items()}
    done = RegradeResult()
    options = grader_options(manifest, sandbox_backend=None)
    graders = tuple(dict.fromkeys(entry.grader for entry in manifest.tasks if entry.grader))
    if manifest.sandbox is not None:
        check_graders(graders, options)  # a worker that finds no engine could not say so
    writer = LogWriter(run.grades_path)

    def on_grade(call: Call, grade: Grade) -> None:
        writer.append_soon(encode(GradeLine(key=call.key, at=clock.now(), grade=grade)))
        done.graded += 1
        if grade.verdict is Verdict.GRADER_ERROR:
            done.errors[grade.why] += 1
        if before.get(call.key) is not grade.verdict:
            done.changes.append(_change(call, before.get(call.key), grade))

    answers = (
        (call, samples[call.task, call.sample_id], call.grader)
        for call in calls(run)
        if call.accepted is not None and call.grader and not (only_missing and call.key in before)
    )
    try:
        await grade_again(answers, graders=graders, options=options, on_grade=on_grade)
    finally:
        await writer.close()
    done.changes.sort(key=lambda change: (change.label, change.task, change.sample_id, change.repeat))
    return done


def _change(call: Call, before: Verdict | None, grade: Grade) -> GradeChange:
    return GradeChange(
        label=call.label,
        task=call.task,
        sample_id=call.sample_id,
        repeat=call.repeat,
        before=before,
        after=grade.verdict,
        why=grade.why,
    )
