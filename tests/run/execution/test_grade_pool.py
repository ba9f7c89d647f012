"""Grading in worker processes that break, die and are orphaned."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions
from harness.run.execution.grade_pool import GradePool, GradeRequest
from tests.store.lines import ANSWER
from tests.waiting import wait_until

RIGHT = Sample(id="right", prompt="?", target="42")
WRONG = Sample(id="wrong", prompt="?", target="7")


class Deadly:
    """Stands where a sample stands; the process that unpacks it is gone."""

    id = "deadly"

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (3,)


def request(sample: object, grader: str = "math") -> GradeRequest:
    return GradeRequest(grader=grader, sample=sample, completion=ANSWER)  # type: ignore[arg-type]


def test_answer_that_kills_its_worker_or_breaks_its_grader_costs_no_other_its_grade() -> None:
    async def work() -> list[Verdict]:
        async with GradePool(workers=1, options=GraderOptions(), graders=("math",)) as pool:
            samples: list[object] = [RIGHT, RIGHT, Deadly(), RIGHT, WRONG, RIGHT]
            grades = await asyncio.gather(*(pool.grade(request(sample)) for sample in samples))
            grades.append(await pool.grade(request(RIGHT)))
            broken = await pool.grade(request(RIGHT, grader="nonsense"))
            assert broken.verdict is Verdict.GRADER_ERROR
            assert "UsageError: grader 'nonsense' is unknown" in broken.why
            assert grades[2].why == "the grading process died twice over this answer, the second time alone"
            return [grade.verdict for grade in grades]

    right, wrong = Verdict.CORRECT, Verdict.WRONG
    assert asyncio.run(work()) == [right, right, Verdict.GRADER_ERROR, right, wrong, right, right]


def test_workers_that_do_not_start_are_an_error_before_anything_is_sent() -> None:
    async def work() -> None:
        async with GradePool(workers=1, options=GraderOptions(), graders=("nonsense",)):
            pass

    with pytest.raises(LocalError, match="the grading processes do not start"):
        asyncio.run(work())


ORPHAN = """
import asyncio, os, sys
from harness.grading.base import GraderOptions
from harness.run.execution.grade_pool import GradePool

async def work():
    async with GradePool(workers=2, options=GraderOptions(), graders=("math",)):
        print("ready", flush=True)
        await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(work())
"""


@pytest.mark.slow
def test_workers_end_when_their_runner_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environ) as runner:
        assert runner.stdout is not None
        assert runner.stdout.readline() == b"ready\n"
        workers = children_of(runner.pid)
        assert len(workers) >= 2
        os.kill(runner.pid, signal.SIGKILL)
    wait_until(lambda: not any(is_alive(worker) for worker in workers), "the end of all workers")


def children_of(pid: int) -> list[int]:
    text = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True).stdout
    return [int(word) for word in text.split()]


def is_alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")
