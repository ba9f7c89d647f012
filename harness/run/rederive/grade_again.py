"""Stored answers through graders once more, many at a time; sends nothing. What becomes of a grade is the caller's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from harness.core.types import Call, Grade, Sample
from harness.grading.base import GraderOptions
from harness.run.execution.grade_pool import GradePool, GradeRequest, grade_workers
from harness.run.execution.supervisor import TaskSupervisor

_AT_ONCE = 64


async def grade_again(
    answers: Iterable[tuple[Call, Sample, str]],
    *,
    graders: tuple[str, ...],
    options: GraderOptions,
    on_grade: Callable[[Call, Grade], None],
) -> None:
    """Grade each accepted answer of a call by the grader that is named with it, one of `graders`.

    `on_grade` is called in the event loop, in the order in which grades come. Raises what it raises, and
    LocalError where the graders' processes do not start.
    """
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(pool: GradePool, call: Call, sample: Sample, grader: str) -> None:
        try:
            assert call.accepted is not None
            grade = await pool.grade(GradeRequest(grader=grader, sample=sample, completion=call.accepted))
        finally:
            free.release()
        on_grade(call, grade)

    errors: list[BaseException] = []
    supervisor = TaskSupervisor(errors.append)
    async with GradePool(workers=grade_workers(), options=options, graders=graders) as pool:
        for call, sample, grader in answers:
            await free.acquire()
            if errors:
                break
            supervisor.start(one(pool, call, sample, grader))
        await supervisor.wait_all()
    if errors:
        raise errors[0]
