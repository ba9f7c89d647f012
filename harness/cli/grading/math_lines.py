"""`harness grade math`: whether answers denote the same mathematical object as the gold answers, JSONL in and out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from harness.cli.grading.line_results import BAD_LINE, Result, bad_line, id_of, milliseconds, print_counts
from harness.cli.input.jsonl import InvalidRow, JsonlLine, Row, lines_of, text_of, text_or_number_of, write_row
from harness.grading.math.comparison.compare import AnswerComparison, compare_answers
from harness.grading.math.extraction.extract import extract


def grade_math_lines(path: str, *, are_responses: bool) -> int:
    """Grade a file of pairs, or of whole responses; the exit code. Raises DataError for a file that cannot be read."""
    grade = _grade_response if are_responses else _grade_pair
    counts: Counter[str] = Counter()
    with lines_of(path) as lines:
        for line in lines:
            result = bad_line(line, line.error) if line.error else _graded(line, grade)
            counts[BAD_LINE if "error" in result else _word(result["equal"])] += 1
            write_row(result)
    return print_counts(counts)


def _word(equal: object) -> str:
    return "undecided" if equal is None else "equal" if equal else "not equal"


def _graded(line: JsonlLine, grade: Callable[[Row], Result]) -> Result:
    started = time.perf_counter()
    try:
        found = grade(line.row)
    except InvalidRow as error:
        return bad_line(line, error)
    return {**id_of(line.row), **found, "ms": milliseconds(time.perf_counter() - started)}


def _grade_pair(row: Row) -> Result:
    gold, prediction = text_or_number_of(row, "gold"), text_or_number_of(row, "prediction")
    return _fields(compare_answers(gold, prediction, _question_of(row)))


def _grade_response(row: Row) -> Result:
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
