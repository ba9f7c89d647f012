"""The columns of an audit's table of rows: what each shows of an AuditedRow."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from harness.audit.report import AuditedRow
from harness.core.types import Origin
from harness.report.render.mode import mark_origin
from harness.report.render.number_format import NONE, UNKNOWN, count, digits, dollars, percent_with_ci
from harness.report.render.table import Column, prose_column
from harness.stats.intervals import ConfidenceInterval

FILES_ONLY = 9
"""Rank of the columns for JSON and CSV alone: bounds that stand in brackets elsewhere, and what a heading says."""


def _usd(
    key: str, title: str, meaning: str, value: Callable[[AuditedRow], Decimal | None], rank: int = 0
) -> Column[AuditedRow]:
    return Column(
        key=key,
        title=title,
        meaning=meaning,
        text=lambda one: dollars(value(one)),
        value=value,
        rank=rank,
        lowest_is_best=True,
    )


def _count(
    key: str, title: str, meaning: str, value: Callable[[AuditedRow], int | None], rank: int
) -> Column[AuditedRow]:
    return Column(key=key, title=title, meaning=meaning, text=lambda one: count(value(one)), value=value, rank=rank)


def _bound(key: str, title: str, meaning: str, end: Callable[[ConfidenceInterval], float]) -> Column[AuditedRow]:
    """An end of the accuracy's interval, which text has in brackets."""

    def value(one: AuditedRow) -> float | None:
        return None if one.accuracy is None else end(one.accuracy)

    return Column(key=key, title=title, meaning=meaning, text=lambda one: "", value=value, rank=FILES_ONLY)


def _recomputed(one: AuditedRow) -> Decimal | None:
    return None if one.dollars is None else one.dollars.usd


def _at_newest_price(one: AuditedRow) -> Decimal | None:
    return None if one.dollars is None else one.dollars.usd_at_newest_price


def _recomputed_text(one: AuditedRow, of: Callable[[AuditedRow], Decimal | None]) -> str:
    """A recomputed amount, `<=` before it where it is an upper bound."""
    if one.dollars is None:
        return NONE
    at_most = "<= " if one.dollars.is_upper_bound and of(one) is not None else ""
    return f"{at_most}{dollars(of(one))}"


def _per_correct_recomputed(one: AuditedRow) -> Decimal | None:
    return one.usd_per_correct_recomputed


def _cause(one: AuditedRow) -> str | None:
    return None if one.dollars is None or one.dollars.cause is None else one.dollars.cause.value


def _cause_text(one: AuditedRow) -> str:
    """The cause in words, and the reading that was tried."""
    cause = _cause(one)
    if cause is None or one.dollars is None:
        return ""
    return f"{cause.replace('_', ' ')}: {one.dollars.reading or one.dollars.reason}"


def _prices(one: AuditedRow) -> str:
    found = one.dollars
    prices = "" if found is None or found.usd is None else _priced_by(found.price_ids, found.day)
    return "; ".join(part for part in (prices, *one.row.notes) if part)


def _priced_by(price_ids: tuple[str, ...], day: object) -> str:
    when = "prices that hold on any day" if day is None else f"prices of {day}"
    return f"{when}: {', '.join(dict.fromkeys(price_ids))}"


def _accuracy(one: AuditedRow) -> str:
    found = one.accuracy
    return UNKNOWN if found is None else percent_with_ci(found.estimate, found.low, found.high)


def _ranks(one: AuditedRow) -> str:
    if one.rank is None:
        return NONE
    if one.rank_low is None or one.rank_low == one.rank_high:
        return str(one.rank)
    return f"{one.rank} ({one.rank_low} to {one.rank_high})"


def _counted(name: str) -> Callable[[AuditedRow], int | None]:
    """A further published count."""

    def value(one: AuditedRow) -> int | None:
        found = one.row.figures.get(name)
        return None if found is None else int(found)

    return value


def _seconds(one: AuditedRow) -> Decimal | None:
    found = (one.row.figures.get(name) for name in ("average_runtime_s", "seconds_per_case"))
    return next((seconds for seconds in found if seconds is not None), None)


MODEL: Column[AuditedRow] = Column(
    key="model",
    title="model",
    meaning="as the board names it",
    text=lambda one: mark_origin(one.row.model, Origin.IMPORTED),
    value=lambda one: one.row.model,
    is_prose=True,
)
ROW_COLUMNS: tuple[Column[AuditedRow], ...] = (
    MODEL,
    Column(
        key="id",
        title="row",
        meaning="the row's own name, where it is another",
        text=lambda one: "" if one.row.id == one.row.model else one.row.id,
        value=lambda one: one.row.id,
        is_prose=True,
        is_below=True,
    ),
    Column(
        key="benchmark",
        title="benchmark",
        meaning="",
        text=lambda one: one.row.benchmark,
        value=lambda one: one.row.benchmark,
        rank=FILES_ONLY,
    ),
    _count("n", "n", "tasks", lambda one: one.row.n, 2),
    _count("correct", "solved", "tasks solved", lambda one: one.row.correct, 3),
    Column(
        key="accuracy_published",
        title="published",
        meaning="accuracy as the board prints it",
        text=lambda one: UNKNOWN if one.row.accuracy is None else f"{100 * one.row.accuracy:.1f}%",
        value=lambda one: one.row.accuracy,
        rank=1,
    ),
    Column(
        key="accuracy",
        title="accuracy",
        meaning="solved / tasks, recomputed, with Wilson's 95% CI",
        text=_accuracy,
        value=lambda one: None if one.accuracy is None else one.accuracy.estimate,
    ),
    _bound("accuracy_low", "low", "lower bound of the accuracy", lambda found: found.low),
    _bound("accuracy_high", "high", "upper bound of the accuracy", lambda found: found.high),
    Column(
        key="accuracy_agrees",
        title="agrees",
        meaning="whether the published accuracy is that of the counts",
        text=lambda one: {None: NONE, True: "yes", False: "NO"}[one.accuracy_agrees],
        value=lambda one: one.accuracy_agrees,
        rank=3,
    ),
    Column(
        key="score",
        title="score",
        meaning="the board's own index, which is no share of tasks",
        text=lambda one: UNKNOWN if one.row.score is None else f"{one.row.score:.1f}",
        value=lambda one: one.row.score,
    ),
    Column(
        key="rank",
        title="rank",
        meaning="by accuracy or score; in brackets the ranks that the data do not rule out (exact tests, Holm)",
        text=_ranks,
        value=lambda one: one.rank,
        lowest_is_best=True,
    ),
    _usd("usd_published", "$ published", "dollars as published; `?`: not published, or 0 printed", lambda one: one.usd),
    Column(
        key="usd_recomputed",
        title="$ recomputed",
        meaning="tokens x price of the day; `<=`: cached tokens are not published",
        text=lambda one: _recomputed_text(one, _recomputed),
        value=_recomputed,
        lowest_is_best=True,
    ),
    Column(
        key="usd_at_newest_price",
        title="$ at newest price",
        meaning="tokens x the newest price row of each model; `<=`: cached tokens are not published",
        text=lambda one: _recomputed_text(one, _at_newest_price),
        value=_at_newest_price,
        rank=3,
        lowest_is_best=True,
    ),
    Column(
        key="ratio",
        title="ratio",
        meaning="published / recomputed dollars",
        text=lambda one: UNKNOWN if one.ratio is None else digits(float(one.ratio)),
        value=lambda one: one.ratio,
    ),
    _usd("usd_of_tasks", "$ of tasks", "sum over the tasks whose dollars are listed", lambda one: one.usd_sum, 2),
    _usd("usd_mean", "$/task", "mean over the tasks whose dollars are listed", lambda one: one.usd_mean, 1),
    _usd("usd_mean_published", "$/task published", "as the board prints it", lambda one: one.row.usd_per_task, 1),
    _count("cost_unknown", "$ unknown", "tasks without dollars, or with 0 printed", _counted("cost_unknown"), 3),
    Column(
        key="usd_per_correct",
        title="$/solved",
        meaning="published dollars per solved task; `>=`: the dollars of some tasks are not known",
        text=lambda one: f"{'>= ' if one.is_usd_per_correct_lower_bound else ''}{dollars(one.usd_per_correct)}",
        value=lambda one: one.usd_per_correct,
        rank=2,
        lowest_is_best=True,
    ),
    Column(
        key="usd_per_correct_is_lower_bound",
        title="$/solved is lower bound",
        meaning="whether `usd_per_correct` leaves out tasks whose dollars are not known",
        text=lambda one: "",
        value=lambda one: one.is_usd_per_correct_lower_bound,
        rank=FILES_ONLY,
    ),
    Column(
        key="usd_per_correct_recomputed",
        title="$/solved recomputed",
        meaning="recomputed dollars per solved task",
        text=lambda one: _recomputed_text(one, _per_correct_recomputed),
        value=_per_correct_recomputed,
        rank=3,
        lowest_is_best=True,
    ),
    _count("api_calls", "calls", "requests of all tasks together", _counted("api_calls"), 3),
    Column(
        key="seconds_per_task",
        title="s/task",
        meaning="mean seconds of a whole task, as the board prints it",
        text=lambda one: UNKNOWN if (found := _seconds(one)) is None else digits(float(found)),
        value=_seconds,
        rank=3,
    ),
    Column(
        key="is_pareto",
        title="Pareto",
        meaning="optimal: no row of the benchmark is as good and cheaper, by published dollars",
        text=lambda one: {None: NONE, True: "optimal", False: "dominated"}[one.is_pareto],
        value=lambda one: one.is_pareto,
        rank=2,
    ),
    Column(
        key="cause",
        title="likely cause",
        meaning="of a gap in dollars: the reading that gives the published total",
        text=_cause_text,
        value=_cause,
        is_prose=True,
        is_below=True,
    ),
    prose_column("explanation", "recomputed by", _prices, meaning="rows of the price book, and remarks", is_below=True),
)
