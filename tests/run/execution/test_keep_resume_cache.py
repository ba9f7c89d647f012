"""The resume cache that a run keeps while it goes on: never wrong, whatever was being written when it was made."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from harness.core.types import Verdict
from harness.run.execution import keep_resume_cache
from harness.run.execution.keep_resume_cache import count_log, keeping_resume_cache
from harness.run.execution.resume_cache import FILE
from harness.store.run_dir import RunDir
from tests.run.execution.test_resume_cache import (
    BEGINNING,
    END,
    GRADES,
    LATER_GRADES,
    answered,
    append,
    grade,
    is_used,
    known,
    known_from_the_log,
    line,
)
from tests.run.execution.test_resume_cache import run as run  # the fixture
from tests.store.lines import sent


def test_what_was_counted_while_the_run_went_on_serves_the_next_start(run: RunDir) -> None:
    count_log(run, retry_failed=False)
    append(run.path / "calls-0.jsonl", [*END, line(sent("torn"))[:-9]])  # killed while it wrote
    append(run.grades_path, [*LATER_GRADES, GRADES[0][:-9]])
    assert is_used(run)
    found = known(run)
    assert found == known_from_the_log(run)


@pytest.mark.parametrize("name", ["calls-0.jsonl", "grades.jsonl"])
def test_a_line_that_is_being_written_leaves_the_cache_as_it_was(run: RunDir, name: str) -> None:
    count_log(run, retry_failed=False)
    held = (run.path / FILE).read_bytes()
    append(run.path / "calls-0.jsonl", END[:2])
    append(run.path / name, [b'{"kind":'])
    count_log(run, retry_failed=False)
    assert (run.path / FILE).read_bytes() == held
    assert is_used(run)


@pytest.mark.slow
def test_counting_processes_end_or_are_killed_while_lines_come_in_pieces(run: RunDir) -> None:
    random = Random(0)
    log = run.path / "calls-0.jsonl"
    words = [sys.executable, "-m", keep_resume_cache.__name__, str(run.path), "0", str(os.getpid())]
    used = jobs = 0
    for turn in range(6):
        child = subprocess.Popen(words)
        kill_at = jobs + random.randint(1, 3000) if turn % 2 else 0
        while child.poll() is None and jobs < 12_000:
            jobs += 1
            job, cut = f"job {jobs}", random.randint(1, 400) if random.random() < 0.01 else None
            for path, text in [(log, line(sent(job)) + answered(job)), (run.grades_path, grade(job, Verdict.CORRECT))]:
                append(path, [text[:cut]])
                append(path, [text[cut:]] if cut else [])
            if jobs == kill_at:
                child.kill()
        assert child.wait() in (0, -signal.SIGKILL)
        append(log, [line(sent("torn"))[:-9]] if turn == 5 else [])
        kept = (run.path / FILE).read_bytes() if (run.path / FILE).exists() else None
        used += is_used(run)
        found = known(run)
        assert found == known_from_the_log(run), turn
        (run.path / FILE).unlink(missing_ok=True)
        if kept is not None:  # as it would be without this comparison
            (run.path / FILE).write_bytes(kept)
    assert used


@pytest.mark.slow
def test_a_run_starts_a_count_once_enough_jobs_have_ended(run: RunDir) -> None:
    done = 0

    async def run_until_counted() -> None:
        nonlocal done
        async with keeping_resume_cache(run, lambda: done, retry_failed=False, min_new_jobs=len(BEGINNING)):
            await asyncio.sleep(0)
            done = len(BEGINNING)
            while not (run.path / FILE).exists():  # noqa: ASYNC110  # another process makes it
                await asyncio.sleep(0.05)

    asyncio.run(run_until_counted())
    assert is_used(run)


@pytest.mark.slow
def test_a_count_of_a_folder_that_is_no_run_keeps_nothing_and_says_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-m", keep_resume_cache.__name__, str(tmp_path), "0", str(os.getpid())]
    ended = subprocess.run(words, capture_output=True, check=True)
    assert (ended.stdout, ended.stderr, list(tmp_path.iterdir())) == (b"", b"", [])
