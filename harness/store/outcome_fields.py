"""The fields of an outcome and of a grade that sums are made of, decoded without the rest of the line.

A run of a million answers is read several times; checking and building every field of a line (store.codec) takes ten
times as long. A line that is not as the harness writes it now is left to the codec, which knows earlier schemas and
says what is wrong.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

import msgspec

from harness.core.types import FailureKind, FinishReason, Verdict
from harness.store.schema_1 import GRADE_MARK

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class HeadFields(msgspec.Struct, gc=False):
    """Which job a line belongs to; `params` is JSON."""

    key: str
    label: str
    task: str
    sample_id: str
    repeat: int
    grader: str
    params: msgspec.Raw


class TimingFields(msgspec.Struct, gc=False):
    """As core.types.Timing."""

    started_at: datetime | None = None
    waited_s: float | None = None
    total_s: float | None = None
    ttft_s: float | None = None
    first_answer_s: float | None = None
    text_chunks: int = 0
    last_answer_s: float | None = None
    later_answer_chars: int | None = None
    loop_lag_s: float | None = None
    ttft_lag_s: float | None = None
    total_lag_s: float | None = None


class UsageFields(msgspec.Struct, gc=False):
    """As core.types.Usage; `by_rule` is in lines of schema 1 alone."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    cache_write_1h_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    stated_reasoning_tokens: Count | None = None
    explicit_cached_tokens: Count | None = None
    split_by_documented_rule: bool = False
    own_key: bool = False
    problems: list[str] = []
    non_token_charges: list[str] = []
    tokens_at_other_rates: list[str] = []
    surcharges: list[str] = []
    by_rule: bool | None = None


class AttemptFields(msgspec.Struct, gc=False):
    """As core.types.Completion, or Failure where `is_retryable` is there; `effective` is JSON."""

    timing: TimingFields
    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    usage: UsageFields | None = None
    reported_cost_usd: Decimal | None = None
    served_model: str | None = None
    served_by: str | None = None
    service_tier: str | None = None
    request_id: str | None = None
    effective: msgspec.Raw = msgspec.Raw(b"{}")
    not_sent: list[str] = []
    kind: str | None = None
    message: str | None = None
    is_retryable: bool | None = None
    http_status: int | None = None
    partial_text: str = ""
    was_sent: bool = True

    @property
    def is_failure(self) -> bool:
        return self.is_retryable is not None


class OutcomeFields(msgspec.Struct, gc=False):
    """As store.codec.OutcomeLine."""

    kind: Literal["outcome"]
    head: HeadFields
    number: int
    is_final: bool
    attempt: AttemptFields
    bound_usd: Decimal | None = None
    reused_from: str | None = None


class SentHeadFields(msgspec.Struct, gc=False):
    """The key of a job alone."""

    key: str


class SentFields(msgspec.Struct, gc=False):
    """Of store.codec.SentLine which attempt it is; `bound_usd` as it is written."""

    kind: Literal["sent"]
    head: SentHeadFields
    number: int
    bound_usd: str | None = None


class GradeFields(msgspec.Struct, gc=False):
    """As core.types.Grade."""

    verdict: str
    why: str
    rule: str
    grader: str
    grader_version: str
    answer: str | None = None
    sandbox_backend: str | None = None
    findings: dict[str, bool] | None = None


class GradeLineFields(msgspec.Struct, gc=False):
    """As store.codec.GradeLine."""

    key: str
    grade: GradeFields


_OUTCOME = msgspec.json.Decoder(OutcomeFields)
_SENT = msgspec.json.Decoder(SentFields)
_GRADE = msgspec.json.Decoder(GradeLineFields)
_KINDS = frozenset(kind.value for kind in FailureKind)
_REASONS = frozenset(reason.value for reason in FinishReason)
_VERDICTS = frozenset(verdict.value for verdict in Verdict)


def decode_outcome_fields(line: bytes) -> OutcomeFields | None:
    """None for a line that the codec has to look at: of another kind or schema, or damaged."""
    try:
        found = _OUTCOME.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return None
    attempt = found.attempt
    usage = attempt.usage
    if usage is not None and usage.by_rule is not None:
        return None
    charge = attempt.reported_cost_usd
    if charge is not None and not charge.is_finite():
        return None
    is_known = attempt.kind in _KINDS if attempt.is_failure else attempt.finish_reason in _REASONS
    return found if is_known else None


def decode_sent_fields(line: bytes) -> SentFields | None:
    """None for a line that the codec has to look at."""
    try:
        return _SENT.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return None


def outcome_fields(line: bytes) -> OutcomeFields:
    """Of a line that the codec wrote just now."""
    found = decode_outcome_fields(line)
    assert found is not None, f"an outcome that is not read as it is written: {line[:200]!r}"
    return found


def decode_grade_fields(line: bytes) -> GradeLineFields | None:
    """None for a line that the codec has to look at."""
    if GRADE_MARK in line:
        return None
    try:
        found = _GRADE.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return found if found.grade.verdict in _VERDICTS else None


def grade_fields(line: bytes) -> GradeLineFields:
    """Of a line that the codec wrote just now."""
    found = decode_grade_fields(line)
    assert found is not None, f"a grade that is not read as it is written: {line[:200]!r}"
    return found
