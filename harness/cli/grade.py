"""`harness grade`: rule on answers from elsewhere, JSONL in and JSONL out, in the order they came.

Pairs of math answers, whole responses to math problems, programs for the public code suites. A line that cannot be used
becomes an error object that names it, and the rest goes on. Not here: the graders (grading), the answers of a run
(regrade).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.input.jsonl import InvalidRow, JsonlLine, Row, lines_of, text_of, text_or_number_of, write_row
from harness.cli.options.context import add_sandbox_option, positive
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, DataError, HarnessError, UsageError
from harness.core.types import Completion, FinishReason, Sample, Timing, Verdict
from harness.grading.base import GraderOptions, grader_names, make_grader
from harness.grading.code.case_specs import UnitTests
from harness.grading.code.excluded import exclusion_reason
from harness.grading.code.public_suites import PublicSuites, prompt_of, tests_of
from harness.grading.math.comparison.compare import AnswerComparison, compare_answers
from harness.grading.math.extraction.extract import extract
from harness.run.execution.grade_pool import GradePool, GradeRequest, grade_workers

Result = dict[str, object]

BAD_LINE = "could not be read"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = f"graders: {', '.join(grader_names())}; harness grade list says what each rules on"
    actions = parser.add_subparsers(dest="action", required=True, metavar="math | code | list")
    math = actions.add_parser("math", help="whether answers denote the same mathematical object as the gold answers")
    given = math.add_mutually_exclusive_group(required=True)
    given.add_argument("--pairs", metavar="FILE", help="JSONL of gold, prediction, optional question and id")
    given.add_argument("--responses", metavar="FILE", help="JSONL of gold, response_text, optional question and id")
    math.epilog = "equal is true, false, or null where it could not be decided in time. Rules: docs/grading-math.md."
    code = actions.add_parser("code", help="whether programs pass the tests of a public suite, in the sandbox")
    code.add_argument("--samples", required=True, metavar="FILE", help="JSONL of id, suite, task_id, completion")
    code.add_argument("--data-dir", required=True, type=Path, metavar="DIR", help="where the suites' files are")
    code.add_argument("--jobs", type=positive, metavar="N", help="worker processes (default: cores - 1, at most 8)")
    add_sandbox_option(code, joined_by_unsafe="run the programs without isolation; stamped on every line")
    code.epilog = (
        "Suites: humaneval, humanevalplus, mbpp, mbpp-sanitized, mbppplus, bigcodebench-hard. passed is null where "
        "the sandbox or the tests failed. More: docs/sandbox.md."
    )
    for action in (math, code):
        action.description = (
            "FILE may be gzipped; - is standard input. One line out for each line in, in their order; a line that "
            "cannot be used gives an object with line and error. Ends with 1 if there was one, else with 0."
        )
    actions.add_parser("list", help="the graders and what each grades")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code. Raises UsageError or DataError for a file that cannot be read."""
    match arguments.action:
        case "list":
            return _list()
        case "code":
            return _code(arguments)
        case _:
            rule = _rule_on_pair if arguments.responses is None else _rule_on_response
            return _math(arguments.pairs if arguments.responses is None else arguments.responses, rule)


def _list() -> int:
    for name in grader_names():
        summary = (importlib.import_module(f"harness.grading.{name}.grader").__doc__ or "").partition("\n")[0]
        print(f"{name:<8} {summary.partition(': ')[2]}")
    return EXIT_OK


def _tell(counts: Counter[str], what: str) -> int:
    """Say on standard error how many there were of each; the exit code."""
    total = sum(counts.values())
    said = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    print(f"harness: {total} {what}{'' if total == 1 else 's'}: {said or 'none'}", file=sys.stderr)
    return EXIT_CHECK_FAILED if counts[BAD_LINE] else EXIT_OK


def _bad(line: JsonlLine, complaint: object) -> Result:
    return {**_id_of(line.row), "line": line.number, "error": f"line {line.number}: {complaint}"}


def _id_of(row: Row) -> Result:
    return {"id": row["id"]} if "id" in row else {}


# math


def _math(path: str, rule: Callable[[Row], Result]) -> int:
    counts: Counter[str] = Counter()
    with lines_of(path) as lines:
        for line in lines:
            result = _bad(line, line.error) if line.error else _ruled(line, rule)
            counts[BAD_LINE if "error" in result else _word(result["equal"])] += 1
            write_row(result)
    return _tell(counts, "line")


def _word(equal: object) -> str:
    return "undecided" if equal is None else "equal" if equal else "not equal"


def _ruled(line: JsonlLine, rule: Callable[[Row], Result]) -> Result:
    started = time.perf_counter()
    try:
        ruled = rule(line.row)
    except InvalidRow as error:
        return _bad(line, error)
    return {**_id_of(line.row), **ruled, "ms": _ms(time.perf_counter() - started)}


def _rule_on_pair(row: Row) -> Result:
    gold, prediction = text_or_number_of(row, "gold"), text_or_number_of(row, "prediction")
    return _fields(compare_answers(gold, prediction, _question_of(row)))


def _rule_on_response(row: Row) -> Result:
    gold, question = text_or_number_of(row, "gold"), _question_of(row)
    found = extract(text_of(row, "response_text"), is_truncated=False)
    if found is None:
        said = "no answer was found in the text"
        return {"equal": False, "rule": "no extraction rule matched", "why": said, "answer": None}
    fields = _fields(compare_answers(gold, found.answer, question))
    return {**fields, "rule": f"{found.rule}; {fields['rule']}", "answer": found.answer}


def _question_of(row: Row) -> str | None:
    return None if row.get("question") is None else text_of(row, "question")


def _fields(comparison: AnswerComparison) -> Result:
    return {"equal": comparison.equal, "rule": comparison.rule, "why": comparison.why}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


# code


def _code(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.data_dir
    if not folder.is_dir():
        raise UsageError(f"--data-dir {folder} is no folder; it is to hold the suites' published files")
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
    return _tell(counts, "line")


class _CodeGrading:
    """Turns lines into rulings, in the workers of a pool."""

    def __init__(self, pool: GradePool, suites: PublicSuites) -> None:
        self.pool = pool
        self._suites = suites

    async def rule(self, line: JsonlLine) -> Result:
        try:
            if line.error is not None:
                raise InvalidRow(line.error)
            request = self._request(line)
            why = exclusion_reason(text_of(line.row, "suite"), line.row["task_id"])
        except (InvalidRow, DataError) as error:
            return _bad(line, error)
        if why is not None:
            verdict = Verdict.GRADER_ERROR.value
            unruled = {"verdict": verdict, "passed": None, "why": why, "ended_by": None, "wall": None, "ms": 0.0}
            return {"id": line.row.get("id"), **unruled}
        grade = await self.pool.grade(request)
        is_ruled = grade.verdict is not Verdict.GRADER_ERROR
        return {
            "id": line.row.get("id"),
            "verdict": grade.verdict.value,
            "passed": grade.verdict is Verdict.CORRECT if is_ruled else None,
            "why": grade.why,
            "ended_by": grade.ended_by,
            "wall": grade.sandbox_backend,
            "ms": _ms(grade.seconds),
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
    lines: Iterator[JsonlLine], ruler: _CodeGrading, *, ahead: int, write: Callable[[Result], None]
) -> None:
    """Write the ruling on each line in order, with up to `ahead` under way. Raises what reading the lines raises."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[asyncio.Task[Result] | HarnessError | None] = asyncio.Queue(ahead)
    under_way: set[asyncio.Task[Result]] = set()
    is_over = False

    async def admit(line: JsonlLine) -> None:
        if is_over:
            raise asyncio.CancelledError
        task = loop.create_task(ruler.rule(line))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        await queue.put(task)

    async with ruler.pool:
        # A thread of its own: the next line of a pipe may be long in coming, while rulings are ready to be written.
        threading.Thread(target=_feed, args=(lines, loop, admit, queue.put), daemon=True).start()
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, HarnessError):
                    raise item
                write(await item)
        finally:
            is_over = True
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)


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
