"""The columns of a run's report: what each shows of a ModelSummary. A new column is one entry in COLUMNS."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from harness.core.plurals import counted
from harness.core.types import Verdict
from harness.pricing.gpu_time import mark_gpu_cost
from harness.report.findings.titles import FINDING_TITLES, finding_rank
from harness.report.render.number_format import (
    ERROR_MARKS,
    NONE,
    UNKNOWN,
    count,
    dollars,
    measured,
    of_planned,
    percent,
    percent_with_ci,
    seconds,
)
from harness.report.render.table import Column
from harness.report.run_data.answering import marked
from harness.report.run_data.charges import OURS_UNKNOWN
from harness.report.run_data.measured import MeasuredFigures, MeasuredQuantile
from harness.report.run_data.summary import ModelSummary, TokenSum


def _marked(text: str, summary: ModelSummary) -> str:
    """The figure, marked where another model gave some of the answers."""
    return marked(text, is_mixed=summary.answering.is_mixed)


def _accuracy(summary: ModelSummary) -> str:
    found = summary.accuracy
    if found is None:
        return NONE
    return _marked(percent_with_ci(found.estimate, found.low, found.high), summary)


def _tokens(part: TokenSum, summary: ModelSummary) -> str:
    return NONE if not summary.answered else count(part.known)


def _ttft(summary: ModelSummary) -> str:
    middle, high = summary.ttft_s.quantile(0.5), summary.ttft_s.quantile(0.95)
    if middle is None or high is None:
        return NONE
    return _marked(f"{_text(middle, seconds)} / {_text(high, seconds)}", summary)


def _timing(figures: MeasuredFigures, write: Callable[[float], str], summary: ModelSummary) -> str:
    middle = figures.quantile(0.5)
    return NONE if middle is None else _marked(_text(middle, write), summary)


def _text(found: MeasuredQuantile, write: Callable[[float], str]) -> str:
    return measured(found.value, found.error, write, is_usable=found.is_usable)


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _per_correct(summary: ModelSummary) -> str:
    if summary.spent_usd is None:
        return UNKNOWN
    return (
        NONE
        if not summary.correct
        else mark_gpu_cost(_marked(dollars(summary.usd_per_correct), summary), is_gpu_time=summary.has_gpu_cost)
    )


COLUMNS: tuple[Column[ModelSummary], ...] = (
    Column(
        key="n",
        title="n",
        meaning="answers that were graded (of those planned, where fewer)",
        text=lambda s: of_planned(s.graded, s.planned),
        value=lambda s: s.graded,
        rank=1,
    ),
    Column(
        key="accuracy",
        title="accuracy",
        meaning="share of graded answers that are correct, with 95% CI; errors are excluded",
        text=_accuracy,
        value=lambda s: None if s.accuracy is None else s.accuracy.estimate,
    ),
    Column(
        key="truncated",
        title="trunc.",
        meaning="truncated at the output limit; counted as incorrect",
        text=lambda s: str(s.verdicts[Verdict.TRUNCATED]),
        value=lambda s: s.verdicts[Verdict.TRUNCATED],
        rank=5,
        lowest_is_best=True,
    ),
    Column(
        key="refused",
        title="refused",
        meaning="refused by the model or its filter; counted as incorrect",
        text=lambda s: str(s.verdicts[Verdict.REFUSED]),
        value=lambda s: s.verdicts[Verdict.REFUSED],
        rank=6,
        lowest_is_best=True,
    ),
    Column(
        key="failed",
        title="errors",
        meaning="jobs without a response after all retries; never counted as incorrect",
        text=lambda s: str(s.failed),
        value=lambda s: s.failed,
        rank=1,
        lowest_is_best=True,
    ),
    Column(
        key="prompt_tokens",
        title="input tok",
        meaning="prompt tokens of the accepted answers, cached ones included",
        text=lambda s: _tokens(s.prompt, s),
        value=lambda s: s.prompt.known,
        rank=8,
        lowest_is_best=True,
    ),
    Column(
        key="completion_tokens",
        title="output tok",
        meaning="generated tokens of the accepted answers, reasoning included",
        text=lambda s: _tokens(s.completion, s),
        value=lambda s: s.completion.known,
        rank=7,
        lowest_is_best=True,
    ),
    Column(
        key="reasoning_tokens",
        title="reasoning",
        meaning="reasoning tokens among them; ? where the provider does not report them",
        text=lambda s: _tokens(s.reasoning, s),
        value=lambda s: s.reasoning.known,
        rank=9,
        lowest_is_best=True,
    ),
    Column(
        key="spent_usd",
        title="$ spent",
        meaning="billed dollars, retries included",
        text=lambda s: mark_gpu_cost(dollars(s.spent_usd), is_gpu_time=s.has_gpu_cost),
        value=lambda s: s.spent_usd,
        rank=2,
        lowest_is_best=True,
    ),
    Column(
        key="usd_per_correct",
        title="$/correct",
        meaning="billed dollars, retries included, per correct answer; - where none is correct",
        text=_per_correct,
        value=lambda s: s.usd_per_correct,
        lowest_is_best=True,
    ),
    Column(
        key="seconds_per_task",
        title="latency p50",
        meaning=f"median seconds from sending to the last byte of the accepted answer; {ERROR_MARKS}",
        text=lambda s: _timing(s.total_s, seconds, s),
        value=lambda s: s.total_s.usable_quantile(0.5),
        rank=2,
        lowest_is_best=True,
    ),
    Column(
        key="ttft_s",
        title="TTFT p50/p95",
        meaning="seconds from sending to the first generated text, reasoning too; excludes queueing and backoff",
        text=_ttft,
        value=lambda s: s.ttft_s.usable_quantile(0.5),
        rank=3,
        lowest_is_best=True,
    ),
    Column(
        key="first_answer_s",
        title="first answer",
        meaning="median seconds from sending to the first text of the answer, after any reasoning",
        text=lambda s: _timing(s.first_answer_s, seconds, s),
        value=lambda s: s.first_answer_s.usable_quantile(0.5),
        rank=6,
        lowest_is_best=True,
    ),
    Column(
        key="chars_per_s",
        title="chars/s",
        meaning="median characters of answer text per second after its first chunk; compares across tokenizers",
        text=lambda s: _timing(s.chars_per_s, _whole, s),
        value=lambda s: s.chars_per_s.usable_quantile(0.5),
        rank=4,
    ),
    Column(
        key="output_tokens_per_s",
        title="tok/s",
        meaning="median output tokens per second, in the provider's own tokens",
        text=lambda s: _timing(s.tokens_per_s, _whole, s),
        value=lambda s: s.tokens_per_s.usable_quantile(0.5),
        rank=5,
    ),
)


TIME_COLUMNS = frozenset({"seconds_per_task", "ttft_s", "first_answer_s", "chars_per_s", "output_tokens_per_s"})
"""Keys of the columns that a run by batches has no figures for."""


def _by_source(summary: ModelSummary) -> str:
    found = summary.source
    if not found.total:
        return NONE
    return f"{percent(found.correct_for_source / found.total)}% ({found.alike:,}/{found.total:,})"


SOURCE_COLUMNS: tuple[Column[ModelSummary], ...] = (
    Column(
        key="source_accuracy",
        title="by source (alike)",
        meaning="share correct by the source's own verdicts, and on how many of the regraded answers both agree",
        text=_by_source,
        value=lambda s: s.source.correct_for_source / s.source.total if s.source.total else None,
    ),
)
"""Shown where an imported run has been regraded."""


def _finding_column(name: str) -> Column[ModelSummary]:
    title, meaning = FINDING_TITLES[name]

    def text(summary: ModelSummary) -> str:
        found = summary.share_found(name)
        if found is None:
            return NONE
        return _marked(percent_with_ci(found.estimate, found.low, found.high), summary)

    def value(summary: ModelSummary) -> object:
        found = summary.share_found(name)
        return None if found is None else found.estimate

    said = f"share of {meaning}, with 95% CI"
    return Column(key=name, title=title, meaning=said, text=text, value=value, rank=finding_rank(name))


FINDING_COLUMNS: tuple[Column[ModelSummary], ...] = tuple(map(_finding_column, FINDING_TITLES))
"""Shown where the grader has several questions, as that of tool calls."""


def _ours_of_stated(summary: ModelSummary) -> str:
    if summary.charges.stated_usd is None:
        return NONE
    return dollars(summary.charges.ours_of_stated_usd)


def _stated(summary: ModelSummary) -> str:
    stated = summary.charges.stated_usd
    return NONE if stated is None else dollars(stated)


def _charge_differences(summary: ModelSummary) -> str:
    """`stated minus ours: -$0.0010 in 3 answers (a cheaper host, ...)`; a part for each cause."""
    found = summary.charges
    parts = [
        f"{_signed(one.usd)} in {counted(one.answers, 'answer')} ({cause})" for cause, one in found.by_cause.items()
    ]
    if found.unknown:
        parts.append(f"${dollars(found.unknown_usd)} stated in {counted(found.unknown, 'answer')} ({OURS_UNKNOWN})")
    return f"stated minus ours: {'; '.join(parts)}" if parts else ""


def _signed(usd: Decimal) -> str:
    return "$0" if not usd else f"{'-' if usd < 0 else '+'}${dollars(abs(usd))}"


def _charge_difference_records(summary: ModelSummary) -> object:
    found = summary.charges
    if found.stated_usd is None:
        return None
    known = [
        {"cause": cause, "answers": one.answers, "stated_minus_ours_usd": one.usd}
        for cause, one in found.by_cause.items()
    ]
    return known + (
        [{"cause": OURS_UNKNOWN, "answers": found.unknown, "stated_usd": found.unknown_usd}] if found.unknown else []
    )


CHARGE_COLUMNS: tuple[Column[ModelSummary], ...] = (
    Column(
        key="provider_charge_usd",
        title="$ stated",
        meaning="dollars that the responses themselves state as their charge",
        text=_stated,
        value=lambda s: s.charges.stated_usd,
        rank=3,
        lowest_is_best=True,
    ),
    Column(
        key="ours_of_stated_usd",
        title="$ ours",
        meaning="our dollars of the same answers, without a gateway's fee on credits",
        text=_ours_of_stated,
        value=lambda s: s.charges.ours_of_stated_usd,
        rank=3,
        lowest_is_best=True,
    ),
    Column(
        key="charge_differences",
        title="stated minus ours",
        meaning="the difference of the two, by likely cause",
        text=_charge_differences,
        value=_charge_difference_records,
        rank=3,
        is_prose=True,
        is_below=True,
    ),
)
"""Shown where any response stated its own charge."""
