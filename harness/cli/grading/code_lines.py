"""`harness grade code`: whether programs pass the tests of a public suite, JSONL in and out, in the order they came."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.grading.line_results import BAD_LINE, Result, bad_line, milliseconds, print_counts
from harness.cli.input.jsonl import InvalidRow, JsonlLine, lines_of, text_of, text_or_number_of, write_row
from harness.core.errors import DataError, HarnessError, UsageError
from harness.core.types import Completion, FinishReason, Sample, Timing, Verdict
from harness.grading.base import GraderOptions, make_grader
from harness.grading.code.case_specs import UnitTests
from harness.grading.code.excluded import exclusion_reason
from harness.grading.code.public_suites import PublicSuites, prompt_of, tests_of
from harness.run.execution.grade_pool import GradePool, GradeRequest, grade_workers


def grade_code_lines(arguments: argparse.Namespace) -> int:
    """Grade a file of programs; the exit code. Raises UsageError or DataError for files that cannot be read."""
    folder: Path = arguments.data_dir
    if not folder.is_dir():
        raise UsageError(f"--data-dir {folder} is not a folder; it is to hold the suites' published files")
    options = GraderOptions(unsafe_no_sandbox=arguments.unsafe_no_sandbox, sandbox=arguments.sandbox)
    counts: Counter[str] = Counter()

    def write(result: Result) -> None:
        counts[BAD_LINE if "error" in result else str(result["verdict"])] += 1
        write_row(result)

    with lines_of(arguments.samples) as lines:
        trial = make_grader("code", options)  # where no sandbox backend works this refuses, before any line
        trial.close()
        jobs = arguments.jobs or grade_workers()
        pool = GradePool(workers=jobs, options=options, graders=("code",))
        asyncio.run(_grade_all(lines, _CodeGrading(pool, PublicSuites(folder)), ahead=4 * jobs, write=write))
    return print_counts(counts)


class _CodeGrading:
    """Turns lines into results, in the workers of a pool."""

    def __init__(self, pool: GradePool, suites: PublicSuites) -> None:
        self.pool = pool
        self._suites = suites

    async def grade(self, line: JsonlLine) -> Result:
        try:
            if line.error is not None:
                raise InvalidRow(line.error)
            request = self._request(line)
            why = exclusion_reason(text_of(line.row, "suite"), line.row["task_id"])
        except (InvalidRow, DataError) as error:
            return bad_line(line, error)
        if why is not None:
            verdict = Verdict.GRADER_ERROR.value
            ungraded = {"verdict": verdict, "passed": None, "why": why, "ended_by": None, "wall": None, "ms": 0.0}
            return {"id": line.row.get("id"), **ungraded}
        grade = await self.pool.grade(request)
        is_graded = grade.verdict is not Verdict.GRADER_ERROR
        return {
            "id": line.row.get("id"),
            "verdict": grade.verdict.value,
            "passed": grade.verdict is Verdict.CORRECT if is_graded else None,
            "why": grade.why,
            "ended_by": grade.ended_by,
            "wall": grade.sandbox_backend,
            "ms": milliseconds(grade.seconds),
        }

    def _request(self, line: JsonlLine) -> GradeRequest:
        suite, task_id = text_of(line.row, "suite"), text_or_number_of(line.row, "task_id")
        completion = text_of(line.row, "completion")
        row = self._suites.row(suite, task_id)
        try:
            tests, prompt = tests_of(suite, row), prompt_of(suite, row)
        except (KeyError, ValueError, StopIteration) as error:
            raise DataError(
                f"the row of {suite} {task_id} in --data-dir is not the published one: {error!r}"
            ) from error
        kind = "unittests" if isinstance(tests, UnitTests) else "asserts"
        target = json.dumps({"kind": kind, **asdict(tests)})
        sample = Sample(id=f"line {line.number}", prompt=prompt, target=target)
        return GradeRequest(grader="code", sample=sample, completion=_as_completion(completion))


def _as_completion(text: str) -> Completion:
    """A text from elsewhere in the form that graders take; nothing is known of its call, and nothing here reads it."""
    timing = Timing(started_at=datetime.now(UTC), waited_s=0.0, total_s=0.0)
    return Completion(text=text, reasoning="", finish_reason=FinishReason.STOP, timing=timing)


async def _grade_all(
    lines: Iterator[JsonlLine], grading: _CodeGrading, *, ahead: int, write: Callable[[Result], None]
) -> None:
    """Write the result of each line in order, with up to `ahead` in flight. Raises what reading the lines raises."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[asyncio.Task[Result] | HarnessError | None] = asyncio.Queue(ahead)
    in_flight: set[asyncio.Task[Result]] = set()
    is_over = False

    async def admit(line: JsonlLine) -> None:
        if is_over:
            raise asyncio.CancelledError
        task = loop.create_task(grading.grade(line))
        in_flight.add(task)
        task.add_done_callback(in_flight.discard)
        await queue.put(task)

    async with grading.pool:
        # A thread of its own: the next line of a pipe may be long in coming, while results are ready to be written.
        threading.Thread(target=_feed, args=(lines, loop, admit, queue.put), daemon=True).start()
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, HarnessError):
                    raise item
                write(await item)
        finally:
            is_over = True
            for task in in_flight:
                task.cancel()
            await asyncio.gather(*in_flight, return_exceptions=True)


def _feed(
    lines: Iterator[JsonlLine],
    loop: asyncio.AbstractEventLoop,
    admit: Callable[[JsonlLine], Coroutine[None, None, None]],
    end: Callable[[HarnessError | None], Coroutine[None, None, None]],
) -> None:
    """Hand each line over once there is room, then the end: None, or why the lines could not be read."""
    trouble: HarnessError | None = None
    with contextlib.suppress(RuntimeError, CancelledError):  # the loop is closed or closing: nobody reads on
        try:
            for line in lines:
                asyncio.run_coroutine_threadsafe(admit(line), loop).result()
        except HarnessError as error:
            trouble = error
        asyncio.run_coroutine_threadsafe(end(trouble), loop).result()
