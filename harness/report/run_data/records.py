"""One job in a few plain values: what every table, comparison and check is computed from.

A `JobRecord` is a `JobResult` without prompt, completion text and bill lines, small enough to be cached in columns
(run_data.cache) and streamed to accumulators by the million.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from harness.core.prices import Cost, CostUnknown
from harness.core.turns import whole_answer
from harness.core.types import Call, Failure, FailureKind, Grade, Json, Usage, Verdict
from harness.pricing.attempts import PUBLISHED
from harness.pricing.bill import usd_without_fees
from harness.pricing.provider_charge import charge_discrepancy
from harness.report.run_data.measured import MeasuredTimes, is_usable, speed_error_share, timing_errors

TIMINGS = ("total_s", "ttft_s", "first_answer_s", "tokens_per_s", "chars_per_s")


class ChargeComparison(NamedTuple):
    """Our bill of an answer, without a gateway's fee on credits, and the provider's own charge.

    `is_bound`: ours is an upper bound, for the reasons in `notes`. `cause`: why they differ by more than 1%, if so.
    """

    ours_usd: Decimal
    reported_usd: Decimal
    is_bound: bool
    notes: tuple[str, ...]
    cause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """One job as the tables see it.

    `spent` sums all attempts; `accepted` is the cost of the answer that counts, None where there is none.
    `attempt_costs`: of each attempt of the call, in their order. `other_model`: the model that gave the answer that
    counts, where it is not the requested one.
    """

    call: Call
    grade: Grade | None
    spent: Cost | CostUnknown
    accepted: Cost | CostUnknown | None
    attempt_costs: tuple[Cost | CostUnknown, ...] = ()
    other_model: str | None = None


class JobRecord(NamedTuple):
    """One job with at least one outcome. Seconds, tokens, US dollars; None: not reported, unknown, or no such thing.

    Tokens, times and `finish_reason` are those of the accepted completion; `spent_*` covers all attempts, `accepted_*`
    the accepted completion alone. Of a conversation they are those of all its `turns` (core.turns.whole_answer), and
    `tool_calls` and `tool_s` are those of an agent. `findings`: of a grader with several questions (`findings_text`).
    `failures`: kinds of the failed attempts in order; `failure_message`: of the last one, where the job ended without
    an answer. `settings_sent`: settings of the request as JSON; `not_sent`: those the
    provider does not take, joined by commas. `other_model`: the model that gave the answer, where it is not the
    requested one (pricing.served). Times are as measured; `*_error_s` says by how much one may be too large, because
    the event loop of this host ran late (run_data.measured). `charge`: the provider's own charge beside ours, where
    both are known.
    """

    key: str
    label: str
    task: str
    sample_id: str
    repeat: int
    grader: str
    is_finished: bool
    is_answered: bool
    attempts: int
    reused_from: str | None
    failures: tuple[FailureKind, ...]
    failure_message: str | None
    finish_reason: str | None
    served_model: str | None
    other_model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    started_at: datetime | None
    waited_s: float | None
    total_s: float | None
    ttft_s: float | None
    first_answer_s: float | None
    tokens_per_s: float | None
    chars_per_s: float | None
    ttft_error_s: float
    first_answer_error_s: float
    total_error_s: float
    speed_error_share: float
    spent_usd: Decimal | None
    spent_known_usd: Decimal
    spent_unknown: str | None
    spent_is_bound: bool
    spent_price_id: str | None
    accepted_usd: Decimal | None
    accepted_unknown: str | None
    accepted_price_id: str | None
    provider_charge_usd: Decimal | None
    charge: ChargeComparison | None
    verdict: Verdict | None
    answer: str | None
    why: str | None
    rule: str | None
    grader_version: str | None
    sandbox: str | None
    settings_sent: str | None
    not_sent: str | None
    turns: int
    tool_calls: int | None
    tool_s: float | None
    findings: str | None

    @property
    def timings(self) -> tuple[tuple[float | None, float], ...]:
        """The figures of TIMINGS, each with its measurement error in its own unit."""
        return (
            (self.total_s, self.total_error_s),
            (self.ttft_s, self.ttft_error_s),
            (self.first_answer_s, self.first_answer_error_s),
            (self.tokens_per_s, (self.tokens_per_s or 0.0) * self.speed_error_share),
            (self.chars_per_s, (self.chars_per_s or 0.0) * self.speed_error_share),
        )

    @property
    def usable_timings(self) -> tuple[float | None, ...]:
        """The figures of TIMINGS; None where unknown or where the error is too large for the figure to count."""
        return tuple(value if value is not None and is_usable(value, error) else None for value, error in self.timings)

    @property
    def is_timing_discarded(self) -> bool:
        """Whether the error of `ttft_s` or of `total_s` is so large that the figure counts nowhere."""
        return any(value is not None and not is_usable(value, error) for value, error in self.timings[:2])


class DollarColumns(NamedTuple):
    """The columns of a record on dollars, in its order."""

    spent_usd: Decimal | None
    spent_known_usd: Decimal
    spent_unknown: str | None
    spent_is_bound: bool
    spent_price_id: str | None
    accepted_usd: Decimal | None
    accepted_unknown: str | None
    accepted_price_id: str | None
    provider_charge_usd: Decimal | None
    charge: ChargeComparison | None


class MeasuredAnswer(Protocol):
    """Of an answer what its speed is computed from: core.types.Completion, or its fields of a log line."""

    @property
    def text(self) -> str: ...

    @property
    def reasoning(self) -> str: ...

    @property
    def timing(self) -> MeasuredTimes: ...

    @property
    def usage(self) -> OutputTokens | None: ...


class OutputTokens(Protocol):
    """Of core.types.Usage."""

    @property
    def completion_tokens(self) -> int | None: ...

    @property
    def reasoning_tokens(self) -> int | None: ...


class RecordConsumer(Protocol):
    """Whatever takes in the jobs of a run one by one: sums, arrays, totals by sample."""

    def add(self, record: JobRecord, /) -> None:
        """Take in one job."""
        ...


def record_of(result: JobResult) -> JobRecord:
    """The plain values of one job."""
    call, answer, whole = result.call, result.call.accepted, whole_answer(result.call)
    usage = _NO_USAGE if whole is None or whole.usage is None else whole.usage
    timing = None if whole is None else whole.timing
    ttft_error_s, first_answer_error_s, total_error_s = (0.0, 0.0, 0.0) if timing is None else timing_errors(timing)
    tokens_per_s, chars_per_s = (None, None) if answer is None else answer_speeds(call.turns[-1])
    grade, spent, accepted = result.grade, result.spent, result.accepted
    return JobRecord(
        key=call.key,
        label=call.label,
        task=call.task,
        sample_id=call.sample_id,
        repeat=call.repeat,
        grader=call.grader,
        is_finished=call.is_finished,
        is_answered=answer is not None,
        attempts=len(call.attempts),
        reused_from=call.reused_from,
        failures=tuple(one.kind for one in call.attempts if isinstance(one, Failure)),
        failure_message=_failure_message(call),
        finish_reason=None if answer is None else answer.finish_reason.value,
        served_model=None if answer is None else answer.served_model,
        other_model=result.other_model,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        started_at=None if timing is None else timing.started_at,
        waited_s=None if timing is None else timing.waited_s,
        total_s=None if timing is None else timing.total_s,
        ttft_s=None if timing is None else timing.ttft_s,
        first_answer_s=None if timing is None else timing.first_answer_s,
        tokens_per_s=tokens_per_s,
        chars_per_s=chars_per_s,
        ttft_error_s=ttft_error_s,
        first_answer_error_s=first_answer_error_s,
        total_error_s=total_error_s,
        speed_error_share=0.0 if timing is None else speed_error_share(timing),
        **dollar_columns(spent, accepted, None if whole is None else whole.reported_cost_usd)._asdict(),
        verdict=None if grade is None else grade.verdict,
        answer=None if grade is None else grade.answer,
        why=None if grade is None else grade.why,
        rule=None if grade is None else grade.rule,
        grader_version=None if grade is None else grade.grader_version,
        sandbox=None if grade is None else grade.sandbox_backend,
        settings_sent=None if answer is None else settings_text(answer.effective),
        not_sent=None if answer is None or not answer.not_sent else ",".join(answer.not_sent),
        turns=len(call.turns),
        tool_calls=None if call.end is None else call.end.tool_calls,
        tool_s=None if call.end is None else call.end.tool_s,
        findings=None if grade is None else findings_text(grade.findings),
    )


_NO_USAGE = Usage()


def findings_text(findings: Mapping[str, bool] | None) -> str | None:
    """The findings of a grade as `name:1 other:0`; None for none."""
    return " ".join(f"{name}:{held:d}" for name, held in findings.items()) if findings else None


def read_findings(text: str) -> dict[str, bool]:
    """The findings of a `findings_text`."""
    return {name: held == "1" for name, _, held in (part.partition(":") for part in text.split())}


def settings_text(effective: Mapping[str, Json]) -> str | None:
    """The settings of a request as JSON; None for none."""
    return json.dumps(effective, sort_keys=True, default=str) if effective else None


def _failure_message(call: Call) -> str | None:
    last = call.attempts[-1] if call.is_finished and call.attempts and call.end is None else None
    return last.message if isinstance(last, Failure) else None


def dollar_columns(
    spent: Cost | CostUnknown, accepted: Cost | CostUnknown | None, charged: Decimal | None
) -> DollarColumns:
    """The dollars of a job; `charged`: the provider's own charge for the accepted answer."""
    # Stated dollars themselves have no bill of ours beside them.
    has_both = charged is not None and isinstance(accepted, Cost) and accepted.price_id != PUBLISHED
    return DollarColumns(
        spent_usd=spent.usd if isinstance(spent, Cost) else None,
        spent_known_usd=spent.usd if isinstance(spent, Cost) else spent.known_usd,
        spent_unknown=spent.reason if isinstance(spent, CostUnknown) else None,
        spent_is_bound=isinstance(spent, Cost) and spent.is_upper_bound,
        spent_price_id=spent.price_id if isinstance(spent, Cost) else None,
        accepted_usd=accepted.usd if isinstance(accepted, Cost) else None,
        accepted_unknown=accepted.reason if isinstance(accepted, CostUnknown) else None,
        accepted_price_id=accepted.price_id if isinstance(accepted, Cost) else None,
        provider_charge_usd=charged,
        charge=compare_charge(accepted, charged) if has_both else None,  # type: ignore[arg-type]  # both are there
    )


def compare_charge(cost: Cost, reported_usd: Decimal) -> ChargeComparison:
    """Our bill of one answer beside the provider's own charge."""
    gap = charge_discrepancy(cost, reported_usd)
    return ChargeComparison(
        ours_usd=usd_without_fees(cost),
        reported_usd=reported_usd,
        is_bound=cost.is_upper_bound,
        notes=cost.notes if cost.is_upper_bound else (),
        cause=None if gap is None else gap.likely_cause,
    )


def answer_speeds(answer: MeasuredAnswer) -> tuple[float | None, float | None]:
    """Output tokens, counted by the provider's own tokenizer, and characters of answer text per second; or None.

    Characters are comparable across tokenizers: those after the first chunk, in the time after it, so neither hidden
    reasoning nor the size of the chunks counts. An answer whose text came in one chunk has no speed. The tokens of the
    answer's text are shared out over its characters at that rate. Records made before 2026-12 lack what that needs:
    there all visible tokens are divided by the seconds after the first text.
    """
    timing, usage = answer.timing, answer.usage
    first, last, later = timing.first_answer_s, timing.last_answer_s, timing.later_answer_chars
    chars_per_s = None
    if later and first is not None and last is not None and last > first:
        chars_per_s = min(later, len(answer.text)) / (last - first)  # some servers repeat the text in every chunk
    if usage is None or usage.completion_tokens is None:
        return None, chars_per_s
    if last is None:
        return _visible_tokens_per_s(answer, usage.completion_tokens, usage.reasoning_tokens or 0), chars_per_s
    if chars_per_s is None or not answer.text:
        return None, chars_per_s
    return chars_per_s * _answer_tokens(answer, usage) / len(answer.text), chars_per_s


def _visible_tokens_per_s(answer: MeasuredAnswer, tokens: int, reasoning_tokens: int) -> float | None:
    timing = answer.timing
    if timing.ttft_s is None or timing.total_s is None or timing.text_chunks < 2:
        return None
    if not answer.reasoning:
        tokens -= reasoning_tokens
    seconds = timing.total_s - timing.ttft_s
    # The first token came at the TTFT, so the others share the seconds after it, as vLLM's time per output token does.
    return (tokens - 1) / seconds if tokens >= 2 and seconds > 0 else None


def _answer_tokens(answer: MeasuredAnswer, usage: OutputTokens) -> float:
    """Tokens of the answer text, without reasoning; its part goes by characters where it is not counted."""
    tokens = usage.completion_tokens or 0
    if usage.reasoning_tokens is not None:
        return max(0, tokens - usage.reasoning_tokens)
    return tokens * len(answer.text) / (len(answer.text) + len(answer.reasoning))
