"""The columns of a speed measurement: medians with their intervals, and medians by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from harness.pricing.gpu_time import mark_gpu_cost
from harness.report.render.mode import mark_origin
from harness.report.render.number_format import (
    ERROR_MARKS,
    NONE,
    UNKNOWN,
    count,
    dollars,
    measured,
    of_planned,
    percents,
    thousandths,
)
from harness.report.render.table import Column, prose_column
from harness.report.run_data.answering import marked
from harness.report.speed.build import DayMedians, MedianWithInterval, SpeedRow
from harness.stats.intervals import ConfidenceInterval, Undefined


def _middle(found: MedianWithInterval) -> str:
    if found.median is None:
        return UNKNOWN
    median = measured(found.median, found.error, thousandths, is_usable=found.is_usable)
    if isinstance(found.bounds, Undefined):
        return f"{median} [{UNKNOWN}]"
    return f"{median} [{thousandths(found.bounds.low)}, {thousandths(found.bounds.high)}]"


def _ratio(found: ConfidenceInterval | Undefined | None) -> str:
    match found:
        case None:
            return NONE
        case Undefined():
            return UNKNOWN
        case ConfidenceInterval():
            return f"{thousandths(found.estimate)} [{thousandths(found.low)}, {thousandths(found.high)}]"


def estimate_of(found: ConfidenceInterval | Undefined | None) -> float | None:
    """The estimate, None where there is none."""
    return found.estimate if isinstance(found, ConfidenceInterval) else None


def _share(row: SpeedRow) -> str:
    return UNKNOWN if row.cached_share is None else f"{percents(row.cached_share)[0]}%"


def _tokens(value: float | None) -> str:
    return count(None if value is None else round(value))


MODEL: Column[SpeedRow] = Column(
    key="model",
    title="model",
    meaning="",
    text=lambda row: mark_origin(row.label, row.origin),
    value=lambda row: row.label,
    is_prose=True,
)
COLUMNS: tuple[Column[SpeedRow], ...] = (
    Column(
        key="n",
        title="n",
        meaning="answers whose times are in the columns (of those planned, where fewer)",
        text=lambda row: of_planned(row.measured, row.planned),
        value=lambda row: row.measured,
        rank=1,
    ),
    Column(
        key="disturbed",
        title="discarded",
        meaning="answers with a timing left out: its error is above 10%, because this host was overloaded",
        text=lambda row: str(row.discarded),
        value=lambda row: row.discarded,
        rank=5,
        lowest_is_best=True,
    ),
    Column(
        key="failed",
        title="errors",
        meaning="requests without a response after all retries",
        text=lambda row: str(row.failed),
        value=lambda row: row.failed,
        rank=2,
        lowest_is_best=True,
    ),
    Column(
        key="total_s",
        title="latency p50",
        meaning=f"median seconds from sending to the last byte, with 95% CI; {ERROR_MARKS}",
        text=lambda row: marked(_middle(row.total_s), is_mixed=row.answering.is_mixed),
        value=lambda row: row.total_s.usable_median,
        lowest_is_best=True,
    ),
    Column(
        key="total_s_ratio",
        title="latency ratio to first",
        meaning="median seconds over those of the first model, with 95% CI; below 1 is faster",
        text=lambda row: marked(
            _ratio(row.total_s_ratio), is_mixed=row.is_ratio_mixed and row.total_s_ratio is not None
        ),
        value=lambda row: estimate_of(row.total_s_ratio),
        rank=3,
        lowest_is_best=True,
    ),
    Column(
        key="ttft_s",
        title="TTFT p50",
        meaning="median seconds from sending to the first generated text, reasoning too, with 95% CI",
        text=lambda row: marked(_middle(row.ttft_s), is_mixed=row.answering.is_mixed),
        value=lambda row: row.ttft_s.usable_median,
        lowest_is_best=True,
    ),
    Column(
        key="ttft_p95_s",
        title="TTFT p95",
        meaning="the same seconds that 95% of the answers stayed below; no bounds: too few answers lie beyond",
        text=lambda row: marked(thousandths(row.ttft_p95_s), is_mixed=row.answering.is_mixed),
        value=lambda row: row.ttft_p95_s,
        rank=5,
        lowest_is_best=True,
    ),
    Column(
        key="first_answer_s",
        title="first answer p50",
        meaning="median seconds from sending to the first text of the answer, after any reasoning, with 95% CI",
        text=lambda row: marked(_middle(row.first_answer_s), is_mixed=row.answering.is_mixed),
        value=lambda row: row.first_answer_s.usable_median,
        rank=2,
        lowest_is_best=True,
    ),
    Column(
        key="chars_per_s",
        title="chars/s p50",
        meaning="median characters of answer text per second after its first chunk, with 95% CI; comparable",
        text=lambda row: marked(_middle(row.chars_per_s), is_mixed=row.answering.is_mixed),
        value=lambda row: row.chars_per_s.usable_median,
        rank=1,
    ),
    Column(
        key="chars_per_s_ratio",
        title="chars/s ratio to first",
        meaning="median characters per second over that of the first model, with 95% CI; above 1 is faster",
        text=lambda row: marked(
            _ratio(row.chars_per_s_ratio), is_mixed=row.is_ratio_mixed and row.chars_per_s_ratio is not None
        ),
        value=lambda row: estimate_of(row.chars_per_s_ratio),
        rank=3,
    ),
    Column(
        key="output_tokens_per_s",
        title="own tok/s p50",
        meaning="the same in the provider's own tokens, which differ in length between providers, with 95% CI",
        text=lambda row: marked(_middle(row.tokens_per_s), is_mixed=row.answering.is_mixed),
        value=lambda row: row.tokens_per_s.usable_median,
        rank=4,
    ),
    Column(
        key="cached_share",
        title="cached",
        meaning="share of the prompt tokens that the provider read from a cache; ? where it does not report it",
        text=_share,
        value=lambda row: row.cached_share,
        rank=6,
        lowest_is_best=True,
    ),
    Column(
        key="prompt_tokens",
        title="input tok",
        meaning="median prompt tokens",
        text=lambda row: _tokens(row.prompt_tokens),
        value=lambda row: row.prompt_tokens,
        rank=8,
        lowest_is_best=True,
    ),
    Column(
        key="completion_tokens",
        title="output tok",
        meaning="median generated tokens, reasoning included",
        text=lambda row: _tokens(row.completion_tokens),
        value=lambda row: row.completion_tokens,
        rank=7,
        lowest_is_best=True,
    ),
    Column(
        key="spent_usd",
        title="$ spent",
        meaning="billed dollars, retries included",
        text=lambda row: mark_gpu_cost(dollars(row.spent_usd), is_gpu_time=row.has_gpu_cost),
        value=lambda row: row.spent_usd,
        rank=2,
        lowest_is_best=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One model's medians on one UTC day."""

    row: SpeedRow
    day: date
    medians: DayMedians


DAY_COLUMNS: tuple[Column[DayRow], ...] = (
    prose_column("day", "day (UTC)", lambda one: one.day.isoformat()),
    prose_column("model", "model", lambda one: mark_origin(one.row.label, one.row.origin)),
    prose_column("n", "n", lambda one: str(one.medians.n)),
    prose_column(
        "total_s",
        "latency p50",
        lambda one: marked(thousandths(one.medians.total_s), is_mixed=one.row.answering.is_mixed),
    ),
    prose_column(
        "ttft_s", "TTFT p50", lambda one: marked(thousandths(one.medians.ttft_s), is_mixed=one.row.answering.is_mixed)
    ),
    prose_column(
        "chars_per_s",
        "chars/s p50",
        lambda one: marked(thousandths(one.medians.chars_per_s), is_mixed=one.row.answering.is_mixed),
    ),
)
