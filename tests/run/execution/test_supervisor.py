"""One task that fails stops the run gently and cancels no sibling."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.types import Grade
from harness.run.execution.grade_pool import GradeRequest
from harness.store.resume import completed_jobs
from tests.run.execution.scenes import outcomes, scene
from tests.run.scripted_run import (
    Model,
    ScriptedGrader,
)
from tests.virtual_time import run_virtually


class BrokenGrader(ScriptedGrader):
    async def grade(self, request: GradeRequest) -> Grade:
        if request.sample.id == "s003":
            raise ZeroDivisionError("a bug in grading")
        return await super().grade(request)


def test_bug_beside_the_calls_stops_gently_and_is_raised_when_all_is_safe(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=8), prompts=100)
    with pytest.raises(ZeroDivisionError):
        run_virtually(one.session(grader=BrokenGrader()).go())
    assert completed_jobs(one.run).unknown == []  # nobody was cancelled over it
    assert one.provider.received.total() == len(outcomes(one.run)) < 100
