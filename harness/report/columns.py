"""The columns of the comparison: what each shows of a Summary, and how it is written.

An unknown is `?`, what does not exist for a group is `-`; neither is ever 0. Adding a column is one entry in COLUMNS.
Not here: laying out a table (tables).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from harness.core.types import Verdict
from harness.report.summary import Summary, TokenSum

UNKNOWN = "?"
NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: `key` names it in files, `title` heads it, `meaning` explains it under the table.

    `text` writes it for people, `value` is the bare figure for files (None: unknown or undefined).
    """

    key: str
    title: str
    meaning: str
    text: Callable[[Summary], str]
    value: Callable[[Summary], object]


def dollars(amount: Decimal | None) -> str:
    """Dollars for people: cents from a dollar up, else two significant digits; exact 0 is `0.00`, unknown `?`."""
    if amount is None:
        return UNKNOWN
    if amount == 0:
        return "0.00"
    if abs(amount) >= 1:
        return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):f}"
    if abs(amount) >= Decimal("0.1"):
        return f"{amount.quantize(Decimal('0.001'), rounding=ROUND_HALF_EVEN):f}"
    return f"{Context(prec=2, rounding=ROUND_HALF_EVEN).plus(amount):f}"


def count(number: int | None) -> str:
    """A count for people, with thousands set apart; unknown `?`."""
    return UNKNOWN if number is None else f"{number:,}"


def seconds(value: float | None) -> str:
    """Seconds for people: three digits below ten, else one decimal."""
    if value is None:
        return NONE
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{100 * share:.0f}"


def _accuracy(summary: Summary) -> str:
    found = summary.accuracy
    if found is None:
        return NONE
    return f"{percent(found.estimate):>3} %  [{percent(found.low)}, {percent(found.high)}]"


def _n(summary: Summary) -> str:
    return str(summary.ruled) if summary.ruled == summary.planned else f"{summary.ruled} of {summary.planned}"


def _tokens(part: TokenSum, summary: Summary) -> str:
    return NONE if not summary.answered else count(part.known)


def _ttft(summary: Summary) -> str:
    middle, high = summary.ttft_quantile(0.5), summary.ttft_quantile(0.95)
    return _missing_time(summary) if middle is None else f"{seconds(middle)} / {seconds(high)}"


def _missing_time(summary: Summary) -> str:
    """`?` where every latency was disturbed, `-` where there was none to take."""
    return UNKNOWN if summary.disturbed else NONE


def _per_correct(summary: Summary) -> str:
    if summary.spent_usd is None:
        return UNKNOWN
    return NONE if not summary.correct else dollars(summary.usd_per_correct)


def _speed(summary: Summary) -> str:
    speed = summary.output_speed_p50
    return _missing_time(summary) if speed is None else f"{speed:.0f}"


def _per_task(summary: Summary) -> str:
    middle = summary.seconds_per_task
    return _missing_time(summary) if middle is None else seconds(middle)


COLUMNS: tuple[Column, ...] = (
    Column(
        key="n",
        title="n",
        meaning="answers that were graded (of those planned, where fewer)",
        text=_n,
        value=lambda s: s.ruled,
    ),
    Column(
        key="accuracy",
        title="accuracy",
        meaning="share of graded answers that are correct, with its 95 % interval; failed calls are not in it",
        text=_accuracy,
        value=lambda s: None if s.accuracy is None else s.accuracy.estimate,
    ),
    Column(
        key="truncated",
        title="cut",
        meaning="answers cut off at the output limit, not correct",
        text=lambda s: str(s.verdicts[Verdict.TRUNCATED]),
        value=lambda s: s.verdicts[Verdict.TRUNCATED],
    ),
    Column(
        key="refused",
        title="ref",
        meaning="answers the model or a filter refused, not correct",
        text=lambda s: str(s.verdicts[Verdict.REFUSED]),
        value=lambda s: s.verdicts[Verdict.REFUSED],
    ),
    Column(
        key="failed",
        title="fail",
        meaning="jobs that ended without an answer after all retries; never counted as wrong",
        text=lambda s: str(s.failed),
        value=lambda s: s.failed,
    ),
    Column(
        key="prompt_tokens",
        title="tok in",
        meaning="prompt tokens of the accepted answers, cached ones included",
        text=lambda s: _tokens(s.prompt, s),
        value=lambda s: s.prompt.known,
    ),
    Column(
        key="completion_tokens",
        title="out",
        meaning="generated tokens of the accepted answers, reasoning included",
        text=lambda s: _tokens(s.completion, s),
        value=lambda s: s.completion.known,
    ),
    Column(
        key="reasoning_tokens",
        title="reas",
        meaning="reasoning tokens among them; ? where the provider does not report them",
        text=lambda s: _tokens(s.reasoning, s),
        value=lambda s: s.reasoning.known,
    ),
    Column(
        key="spent_usd",
        title="$ spent",
        meaning="dollars of all attempts, failed and repeated ones included",
        text=lambda s: dollars(s.spent_usd),
        value=lambda s: s.spent_usd,
    ),
    Column(
        key="usd_per_correct",
        title="$/correct",
        meaning="dollars of all attempts divided by correct answers; - where none is correct",
        text=_per_correct,
        value=lambda s: s.usd_per_correct,
    ),
    Column(
        key="ttft_s",
        title="TTFT p50/p95",
        meaning="seconds from sending to the first generated text, reasoning too; queueing and back-off are not in it",
        text=_ttft,
        value=lambda s: s.ttft_quantile(0.5),
    ),
    Column(
        key="output_tokens_per_s",
        title="tok/s",
        meaning="median output tokens per second after the first text",
        text=_speed,
        value=lambda s: s.output_speed_p50,
    ),
    Column(
        key="seconds_per_task",
        title="s/task",
        meaning="median seconds from sending to the last byte of the accepted answer",
        text=_per_task,
        value=lambda s: s.seconds_per_task,
    ),
)
