"""The table of figures per solved task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from harness.core.types import Origin
from harness.report.render.figure_records import figure_record
from harness.report.render.interval_text import number_with_ci, share_text, usd_text
from harness.report.render.mode import mark_origin
from harness.report.render.number_format import NONE, UNKNOWN, count, digits
from harness.report.render.table import Column, Table, prose_column
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import Value

if TYPE_CHECKING:
    from harness.report.solved.build import SolvedRow

FIGURES = ("solved", "usd", "uncached_tokens", "cached_tokens", "completion_tokens", "minutes")


def solved_tables(rows: Sequence[SolvedRow]) -> Iterator[Table[SolvedRow]]:
    """One table; none where the run has no conversations."""
    if not rows:
        return
    has_rounds = rows[0].rounds is not None
    yield Table(
        title="per solved task, by number of feedback rounds" if has_rounds else "per solved task, by an agent",
        columns=(
            _MODEL,
            *(_ROUNDS if has_rounds else ()),
            _SOLVED,
            _USD,
            _MINUTES,
            *(_COUNTS[:1] if has_rounds else _COUNTS),
            *_TOKENS,
        ),
        rows=tuple(rows),
        is_marked=lambda row: row.origin is not Origin.LIVE,
    )


def solved_records(rows: Sequence[SolvedRow]) -> list[dict[str, object]]:
    """The JSON form: every figure as {estimate, low, high, method} or {undefined: why}."""
    return [
        {
            "model": row.label,
            "rounds": row.rounds,
            "jobs": row.jobs,
            "steps": row.steps,
            "tool_calls": row.tool_calls,
            **{name: figure_record(getattr(row, name)) for name in FIGURES},
        }
        for row in rows
    ]


def _text(value: Value, write: Callable[[ConfidenceInterval], str]) -> str:
    if isinstance(value, Undefined):
        if value.estimate is None:
            return NONE if value.reason.startswith("no correct answer") else UNKNOWN
        value = ConfidenceInterval(
            estimate=value.estimate, low=value.estimate, high=value.estimate, confidence=0.95, method=""
        )
        return write(value).partition(" [")[0]
    return write(value)


def _count_text(value: ConfidenceInterval) -> str:
    found = (count(round(each)) for each in (value.estimate, value.low, value.high))
    return "{} [{}, {}]".format(*found)


def _figure(
    name: str, title: str, meaning: str, write: Callable[[ConfidenceInterval], str], *, rank: int = 0
) -> Column[SolvedRow]:
    return Column(
        key=f"{name}_per_solved",
        title=title,
        meaning=meaning,
        text=lambda row: _text(getattr(row, name), write),
        value=lambda row: getattr(row, name).estimate,
        rank=rank,
        lowest_is_best=True,
    )


_MODEL: Column[SolvedRow] = prose_column("solved_model", "model", lambda row: mark_origin(row.label, row.origin))
_ROUNDS: tuple[Column[SolvedRow], ...] = (
    Column(
        key="rounds",
        title="rounds",
        meaning="rounds of feedback; 0: the first answer alone. Beyond 3 rounds, only those that solved more",
        text=lambda row: str(row.rounds),
        value=lambda row: row.rounds,
    ),
)
_SOLVED: Column[SolvedRow] = Column(
    key="solved",
    title="solved",
    meaning="share of graded jobs that are solved, with 95% CI",
    text=lambda row: _text(row.solved, share_text),
    value=lambda row: row.solved.estimate,
)
_USD = _figure("usd", "$/solved", "billed dollars of all jobs per solved job, with 95% CI", usd_text)
_MINUTES = _figure(
    "minutes",
    "min/solved",
    "minutes of requests and commands per solved job, without queueing",
    number_with_ci,
    rank=1,
)
_COUNTS: tuple[Column[SolvedRow], ...] = (
    Column(
        key="steps",
        title="steps",
        meaning="mean number of answers per job",
        text=lambda row: digits(row.steps),
        value=lambda row: row.steps,
        rank=2,
    ),
    Column(
        key="tool_calls",
        title="tool calls",
        meaning="mean number of commands run per job",
        text=lambda row: NONE if row.tool_calls is None else digits(row.tool_calls),
        value=lambda row: row.tool_calls,
        rank=3,
    ),
)
_TOKENS = (
    _figure("uncached_tokens", "input tok", "prompt tokens not read from a cache, per solved job", _count_text, rank=5),
    _figure("cached_tokens", "cached tok", "prompt tokens read from a cache, per solved job", _count_text, rank=6),
    _figure("completion_tokens", "output tok", "generated tokens per solved job, reasoning too", _count_text, rank=4),
)
_ROUND_COLUMNS = (*_ROUNDS, _SOLVED, _USD, _MINUTES, _COUNTS[0], *_TOKENS)
_AGENT_COLUMNS = (_SOLVED, _USD, _MINUTES, *_COUNTS, *_TOKENS)
