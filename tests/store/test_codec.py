"""Every value of a run comes back from its line as it was, whatever a provider sent."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harness.core.prices import Price, Rates, Tier, Window
from harness.core.types import (
    Completion,
    Endpoint,
    EndpointLimits,
    Failure,
    FailureKind,
    FinishReason,
    Grade,
    Sample,
    SamplingParams,
    Timing,
    Usage,
    Verdict,
)
from harness.store.codec import (
    GradeLine,
    JobHead,
    Manifest,
    OutcomeLine,
    PartialLine,
    SampleLine,
    SentLine,
    TaskEntry,
    UsageLine,
    WorkerStamp,
    decode,
    decode_call_line,
    encode,
    encode_head,
)
from tests.cases import all_cases
from tests.store.lines import ANSWER, AT, BUSY, TIMING, head, outcome

WRITTEN = (
    JobHead,
    SentLine,
    OutcomeLine,
    GradeLine,
    UsageLine,
    SampleLine,
    TaskEntry,
    Manifest,
    Completion,
    Failure,
    Usage,
    Timing,
    Grade,
    Sample,
    SamplingParams,
    Endpoint,
    EndpointLimits,
    Price,
    Rates,
    Tier,
    Window,
)
REQUIRED_NULLS = {(Manifest, name) for name in ("limit", "max_usd", "sandbox_backend")} | {(Price, "effective_to")}
"""Fields of the manifest and of a price, which are written with their nulls."""
OUTCOMES, SENT = TypeAdapter(OutcomeLine), TypeAdapter(SentLine)


@all_cases("kind", WRITTEN)
def test_field_that_may_be_none_defaults_to_none(kind: type) -> None:
    """Lines are written without what is None, so a missing field must read as None again."""
    hints = typing.get_type_hints(kind)
    for one in dataclasses.fields(kind):
        may_be_none = type(None) in typing.get_args(hints[one.name])
        if may_be_none and (kind, one.name) not in REQUIRED_NULLS:
            assert one.default is None, f"{kind.__name__}.{one.name}"


anything = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["\ud83d\ude00", "\udfff", "a\ud800", "\0", "\u2028"]
)
well_formed = st.text()
counts = st.none() | st.integers(0, 2**70)
usages = st.builds(
    Usage,
    prompt_tokens=counts,
    completion_tokens=counts,
    cached_tokens=counts,
    reasoning_tokens=counts,
    problems=st.lists(well_formed, max_size=2).map(tuple),
)
seconds = st.floats(0, 1e6)
timings = st.builds(
    Timing,
    started_at=st.datetimes(timezones=st.just(UTC)),
    waited_s=seconds,
    total_s=seconds,
    ttft_s=st.none() | seconds,
    itl_s=st.none() | st.tuples(seconds, seconds, seconds),
    waits=st.dictionaries(well_formed, seconds, max_size=2),
)


def json_of(texts: st.SearchStrategy[str], numbers: st.SearchStrategy[float]) -> st.SearchStrategy[object]:
    scalars = st.none() | st.booleans() | st.integers(-(2**80), 2**80) | numbers | texts
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
    )


def completions(texts: st.SearchStrategy[str], raw: st.SearchStrategy[object]) -> st.SearchStrategy[Completion]:
    return st.builds(
        Completion,
        text=texts,
        reasoning=texts,
        finish_reason=st.sampled_from(FinishReason),
        native_finish_reason=st.none() | texts,
        timing=timings,
        usage=st.none() | usages,
        raw_usage=raw,
        reported_cost_usd=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        effective=st.dictionaries(texts, raw, max_size=2),
    )


def failures(texts: st.SearchStrategy[str], raw: st.SearchStrategy[object]) -> st.SearchStrategy[Failure]:
    return st.builds(
        Failure,
        kind=st.sampled_from(FailureKind),
        message=texts,
        is_retryable=st.booleans(),
        timing=timings,
        http_status=st.none() | st.integers(100, 599),
        retry_after_s=st.none() | seconds,
        raw_usage=raw,
        partial_text=texts,
    )


clean_json = json_of(well_formed, st.floats(allow_nan=False, allow_infinity=False))
wild_json = json_of(anything, st.floats() | st.just(float("nan")))


@given(completions(well_formed, clean_json) | failures(well_formed, clean_json))
def test_attempt_comes_back_as_it_was(attempt: Completion | Failure) -> None:
    line = outcome("a", attempt)
    assert decode_call_line(encode(line)) == line


@given(
    st.builds(
        OutcomeLine,
        head=st.just(head("a")) | well_formed.map(lambda text: replace(head("a"), sample_id=text)),
        number=st.integers(0, 9),
        is_final=st.booleans(),
        attempt=completions(well_formed, clean_json) | failures(well_formed, clean_json),
        bound_usd=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
        reused_from=st.none() | well_formed,
        worker=st.none() | st.builds(WorkerStamp, node=well_formed, version=well_formed, clock_offset_s=seconds),
        reply=st.none() | well_formed,
    )
)
def test_outcome_is_written_as_pydantic_writes_it(line: OutcomeLine) -> None:
    """Outcomes are written in parts, which saves time; a reader of the schema finds one and the same line."""
    written = OUTCOMES.dump_json(line, exclude_none=True) + b"\n"
    assert encode(line) == encode(line, head=encode_head(line.head)) == written


@given(
    st.builds(
        SentLine,
        head=st.just(head("a")) | well_formed.map(lambda text: replace(head("a"), sample_id=text)),
        number=st.integers(0, 9),
        at=st.datetimes(timezones=st.just(UTC)) | st.datetimes(timezones=st.timezones()),
        bound_usd=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    )
)
@example(SentLine(head=head("a"), number=0, at=AT.replace(microsecond=0)))
@example(SentLine(head=head("a"), number=0, at=AT, worker=WorkerStamp(node="h/1", version="1", clock_offset_s=-0.25)))
def test_sent_line_is_written_as_pydantic_writes_it(line: SentLine) -> None:
    written = SENT.dump_json(line, exclude_none=True) + b"\n"
    assert encode(line) == encode(line, head=encode_head(line.head)) == written


def test_head_with_half_a_character_is_written_repaired() -> None:
    line = SentLine(head=replace(head("a"), sample_id="a\ud83d"), number=0, at=AT)
    assert encode(line) == encode(line, head=encode_head(line.head))
    assert b"a\xef\xbf\xbd" in encode(line)


@given(completions(anything, wild_json) | failures(anything, wild_json))
def test_whatever_a_provider_sends_is_one_line_that_can_be_read_back(attempt: Completion | Failure) -> None:
    written = encode(outcome("a", attempt))
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1
    back = decode_call_line(written)
    assert isinstance(back, OutcomeLine)
    assert type(back.attempt) is type(attempt)
    assert back.attempt.usage == attempt.usage
    assert back.attempt.timing == attempt.timing


@given(
    st.builds(
        Grade,
        verdict=st.sampled_from(Verdict),
        answer=st.none() | well_formed,
        why=well_formed,
        rule=well_formed,
        grader=well_formed,
        grader_version=well_formed,
        seconds=seconds,
    )
)
def test_grade_comes_back_as_it_was(grade: Grade) -> None:
    line = GradeLine(key="k", at=AT, grade=grade)
    assert decode(GradeLine, encode(line)) == line


def nested(levels: int) -> object:
    value: object = "core"
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


@all_cases("levels", [59, 61, 199, 5000])
def test_deep_nesting_is_cut_and_never_refused(levels: int) -> None:
    written = encode(outcome("a", replace(ANSWER, raw_usage=nested(levels), effective={"x": nested(levels)})))
    back = decode_call_line(written)
    assert isinstance(back, OutcomeLine)
    assert back.attempt.raw_usage is not None
    assert ("nested too deep" in str(back.attempt.raw_usage)) == (levels > 60)


@all_cases("charge", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_charge_that_is_no_number_is_left_out(charge: str) -> None:
    line = decode_call_line(encode(outcome("a", replace(ANSWER, reported_cost_usd=Decimal(charge)))))
    assert isinstance(line, OutcomeLine)
    assert line.attempt.reported_cost_usd is None


def test_wait_that_is_no_number_does_not_spoil_the_line() -> None:
    line = decode_call_line(encode(outcome("a", replace(BUSY, retry_after_s=float("inf")))))
    assert isinstance(line, OutcomeLine)
    assert isinstance(line.attempt, Failure)
    assert line.attempt.retry_after_s is None


def test_halves_of_a_sign_are_joined_and_lone_halves_replaced() -> None:
    line = decode_call_line(encode(outcome("a", replace(ANSWER, text="\ud83d\ude00 \ud800"))))
    assert isinstance(line, OutcomeLine)
    assert isinstance(line.attempt, Completion)
    assert line.attempt.text == "\U0001f600 \ufffd"


def test_null_inside_a_raw_usage_stays_a_null() -> None:
    """None is "not reported" in our fields; in the provider's own object it is what the provider said."""
    line = decode_call_line(encode(outcome("a", replace(ANSWER, raw_usage={"cached": None}))))
    assert isinstance(line, OutcomeLine)
    assert line.attempt.raw_usage == {"cached": None}


def test_sample_with_odd_text_comes_back() -> None:
    line = SampleLine(task="t", sample=Sample(id="1", prompt="a\u2028b\r\n", target="\0", tags={"x": "y"}))
    assert decode(SampleLine, encode(line)) == line


@all_cases(
    ("line", "error", "words"),
    [
        (b'{"kind":"sent"', PartialLine, "not whole JSON"),
        (b"", PartialLine, "not whole JSON"),
        (b'{"kind":"sent"}', ValueError, "head: Field required"),
        (b"[]", ValueError, "the line: Input should be an object"),
    ],
)
def test_line_of_another_shape_says_what_is_wrong(line: bytes, error: type[ValueError], words: str) -> None:
    with pytest.raises(error, match=words):
        decode_call_line(line)


def test_times_and_money_are_exact() -> None:
    line = SentLine(head=head("a"), number=3, at=AT, bound_usd=Decimal("0.10000000000000000000000000001"))
    assert decode_call_line(encode(line)) == line
    assert TIMING.started_at is not None
    assert TIMING.started_at.tzinfo is not None
