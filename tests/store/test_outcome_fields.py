"""The fields of a line are those of the whole value; what is not written as today is left to the codec."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from harness.core.types import Failure, Grade, Usage, Verdict
from harness.store.codec import GradeLine, encode
from harness.store.outcome_fields import decode_grade_fields, decode_outcome_fields, outcome_fields
from tests.cases import all_cases
from tests.store.lines import ANSWER, AT, BUSY, CUT, outcome

USAGE = Usage(prompt_tokens=10**30, completion_tokens=2**63, cached_tokens=0, own_key=True, surcharges=("eu",))
ODD = replace(ANSWER, text="\ud83d\u2028 'ü\"", usage=USAGE, reported_cost_usd=Decimal("1.50"), not_sent=("seed",))


@all_cases("attempt", [ANSWER, BUSY, CUT, ODD])
def test_fields_are_those_of_the_value(attempt: object) -> None:
    line = outcome("a", attempt)  # type: ignore[arg-type]
    found = outcome_fields(encode(line))
    assert (found.head.key, found.number, found.is_final, found.bound_usd) == (
        line.head.key,
        line.number,
        line.is_final,
        line.bound_usd,
    )
    assert found.attempt.is_failure is isinstance(attempt, Failure)
    for name in ("http_status", "served_model", "reported_cost_usd"):
        assert getattr(found.attempt, name) == getattr(attempt, name, None)
    for name in ("started_at", "total_s", "ttft_s", "text_chunks"):
        assert getattr(found.attempt.timing, name) == getattr(line.attempt.timing, name)
    usage = line.attempt.usage
    if usage is not None:
        assert found.attempt.usage is not None
        for name in ("prompt_tokens", "completion_tokens", "cached_tokens", "own_key"):
            assert getattr(found.attempt.usage, name) == getattr(usage, name)
        assert tuple(found.attempt.usage.surcharges) == usage.surcharges


@all_cases(
    ("old", "new"),
    [
        (b'"finish_reason":"stop"', b'"finish_reason":"halt"'),
        (b'"prompt_tokens":10,', b'"prompt_tokens":-10,'),
        (b'"split_by_documented_rule"', b'"by_rule"'),  # schema 1
        (b'"kind":"outcome"', b'"kind":"sent"'),
        (b'"number":0', b'"number":"0"'),
        (b'"text":"so', b'"text":"\xff'),
        (b'"bound_usd":"0.01"', b'"bound_usd":"0.01'),
    ],
)
def test_a_line_that_is_not_written_so_is_left_to_the_codec(old: bytes, new: bytes) -> None:
    line = encode(outcome("a"))
    assert old in line
    assert decode_outcome_fields(line.replace(old, new, 1)) is None


def test_a_charge_that_is_no_number_is_left_to_the_codec() -> None:
    line = encode(outcome("a", replace(ANSWER, reported_cost_usd=Decimal(1))))
    assert decode_outcome_fields(line.replace(b'"reported_cost_usd":"1"', b'"reported_cost_usd":"NaN"')) is None


def test_fields_of_a_grade() -> None:
    grade = Grade(verdict=Verdict.WRONG, answer="1", why="w", rule="r", grader="math", grader_version="3", seconds=0.1)
    line = encode(GradeLine(key="ab" * 16, at=AT, grade=grade))
    found = decode_grade_fields(line)
    assert found is not None
    assert (found.key, found.grade.verdict, found.grade.answer) == ("ab" * 16, "wrong", "1")
    assert decode_grade_fields(line.replace(b'"wrong"', b'"splendid"')) is None
    assert decode_grade_fields(line.replace(b'"sandbox_backend"', b'"wall"').replace(b'"spans"', b'"wall"')) is None
