"""The document of an audit, fit to be sent to whoever keeps the board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from harness.audit.build import AuditedRow, AuditReport
from harness.audit.pairs import RowPair
from harness.core.plurals import counted
from harness.core.types import Origin
from harness.report.render.mode import mode_of
from harness.report.render.number_format import UNKNOWN, digits, dollars, percent_with_ci
from harness.report.render.table import Column, FlatRows, ReportDocument, Row, Section, Table, prose_column, records
from harness.stats.intervals import ConfidenceInterval, Undefined


def document(report: AuditReport) -> ReportDocument:
    """What `harness audit` shows."""
    benchmarks = dict.fromkeys(one.row.benchmark for one in report.rows)
    rows = records(ROW_COLUMNS, report.rows)
    pairs = records(PAIR_COLUMNS, report.pairs)
    mode = mode_of([Origin.IMPORTED])
    return ReportDocument(
        title=f"audit of {report.published.title or report.source}",
        mode=mode,
        sections=tuple(section for name in benchmarks for section in _sections(report, name)),
        notes=(*report.notes, *(f"the source: {note}" for note in report.published.notes)),
        facts=_facts(report),
        record={
            "source": report.source,
            "mode": mode,
            "published": _published(report),
            "rows": rows,
            "pairs": pairs,
            "notes": list(report.notes),
        },
        flat=FlatRows(keys=tuple(one.key for one in ROW_COLUMNS), rows=tuple(rows)),
    )


def _published(report: AuditReport) -> dict[str, object]:
    found = report.published
    return {
        "title": found.title,
        "url": found.url,
        "licence": found.licence,
        "published_on": None if found.published_on is None else found.published_on.isoformat(),
        "lacking": list(found.lacking),
    }


def _facts(report: AuditReport) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = report.published
    day = None if found.published_on is None else f"until {found.published_on}"
    source = tuple(part for part in (found.title, found.url, found.licence, day) if part)
    return (("source", (report.source, *source)), ("cannot be known from it", found.lacking or ("-",)))


def _sections(report: AuditReport, benchmark: str) -> list[Section]:
    rows = tuple(one for one in report.rows if one.row.benchmark == benchmark)
    pairs = tuple(one for one in report.pairs if one.benchmark == benchmark)
    shown = tuple(one for one in _in_text(ROW_COLUMNS) if one is ID or one.key in ALWAYS or _has_any(one, rows))
    found = [
        Section(
            title=f"{benchmark} · {counted(len(rows), 'row')} · 95% CIs",
            tables=(Table(columns=shown, rows=rows, is_marked=lambda one: True),),
        )
    ]
    if pairs:
        against = f"{benchmark} · each row against {pairs[0].second}"
        found.append(Section(title=against, tables=(Table(columns=_in_text(PAIR_COLUMNS), rows=pairs),)))
    return found


ALWAYS = ("usd_published", "usd_recomputed", "cause")
FILES_ONLY = 9
"""Rank of the columns for JSON and CSV alone: bounds that stand in brackets elsewhere, and what a heading says."""


def _in_text(columns: Sequence[Column[Row]]) -> tuple[Column[Row], ...]:
    return tuple(one for one in columns if one.rank != FILES_ONLY)


def _has_any(column: Column[AuditedRow], rows: Sequence[AuditedRow]) -> bool:
    return any(column.value(row) not in (None, "") and column.text(row) for row in rows)


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


def _recomputed(one: AuditedRow) -> Decimal | None:
    return None if one.dollars is None else one.dollars.usd


def _recomputed_text(one: AuditedRow) -> str:
    if one.dollars is None:
        return "-"
    at_most = "<= " if one.dollars.is_upper_bound and one.dollars.usd is not None else ""
    return f"{at_most}{dollars(one.dollars.usd)}"


def _cause(one: AuditedRow) -> str:
    found = one.dollars
    if found is None:
        return ""
    return "" if found.cause is None else found.cause.value


def _explanation(one: AuditedRow) -> str:
    found = one.dollars
    if found is None:
        return "; ".join(one.row.notes)
    if found.usd is None:
        return found.reason
    parts = (found.reading, f"prices of {found.day}: {', '.join(found.price_ids)}", *one.row.notes)
    return "; ".join(part for part in parts if part)


def _accuracy(one: AuditedRow) -> str:
    found = one.accuracy
    return UNKNOWN if found is None else percent_with_ci(found.estimate, found.low, found.high)


def _ranks(one: AuditedRow) -> str:
    if one.rank is None:
        return "-"
    if one.rank_low is None or one.rank_low == one.rank_high:
        return str(one.rank)
    return f"{one.rank} ({one.rank_low} to {one.rank_high})"


ID: Column[AuditedRow] = prose_column("id", "row", lambda one: f"^ {one.row.id}")
ROW_COLUMNS: tuple[Column[AuditedRow], ...] = (
    ID,
    Column(
        key="model",
        title="model",
        meaning="as the board names it",
        text=lambda one: "" if one.row.model == one.row.id else one.row.model,
        value=lambda one: one.row.model,
        rank=4,
        is_prose=True,
    ),
    Column(
        key="benchmark",
        title="benchmark",
        meaning="",
        text=lambda one: one.row.benchmark,
        value=lambda one: one.row.benchmark,
        rank=FILES_ONLY,
    ),
    Column(
        key="n",
        title="n",
        meaning="tasks",
        text=lambda one: UNKNOWN if one.row.n is None else str(one.row.n),
        value=lambda one: one.row.n,
        rank=2,
    ),
    Column(
        key="correct",
        title="solved",
        meaning="tasks solved",
        text=lambda one: UNKNOWN if one.row.correct is None else str(one.row.correct),
        value=lambda one: one.row.correct,
        rank=3,
    ),
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
    Column(
        key="accuracy_low",
        title="low",
        meaning="lower bound of the accuracy",
        text=lambda one: UNKNOWN if one.accuracy is None else f"{one.accuracy.low:.4f}",
        value=lambda one: None if one.accuracy is None else one.accuracy.low,
        rank=FILES_ONLY,
    ),
    Column(
        key="accuracy_high",
        title="high",
        meaning="upper bound of the accuracy",
        text=lambda one: UNKNOWN if one.accuracy is None else f"{one.accuracy.high:.4f}",
        value=lambda one: None if one.accuracy is None else one.accuracy.high,
        rank=FILES_ONLY,
    ),
    Column(
        key="accuracy_agrees",
        title="agrees",
        meaning="whether the published accuracy is that of the counts",
        text=lambda one: {None: "-", True: "yes", False: "NO"}[one.accuracy_agrees],
        value=lambda one: one.accuracy_agrees,
        rank=3,
    ),
    Column(
        key="rank",
        title="rank",
        meaning="by accuracy; in brackets the ranks that the data do not rule out (exact tests, Holm)",
        text=_ranks,
        value=lambda one: one.rank,
        lowest_is_best=True,
    ),
    _usd("usd_published", "$ published", "dollars as published; `?`: not published, or 0 printed", lambda one: one.usd),
    Column(
        key="usd_recomputed",
        title="$ recomputed",
        meaning="tokens x price of the day; `<=`: cached tokens are not published",
        text=_recomputed_text,
        value=_recomputed,
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
    Column(
        key="cost_unknown",
        title="$ unknown",
        meaning="tasks without dollars, or with 0 printed",
        text=lambda one: digits(float(one.row.figures.get("cost_unknown") or 0)),
        value=lambda one: one.row.figures.get("cost_unknown"),
        rank=3,
    ),
    _usd("usd_per_correct", "$/solved", "published dollars per solved task", lambda one: one.usd_per_correct, 2),
    prose_column(
        "cause", "cause", _cause, meaning="likely cause of a gap in dollars: the reading that gives the total"
    ),
    prose_column("explanation", "prices and readings", _explanation, rank=5, is_below=True),
)


def _difference(pair: RowPair) -> str:
    if isinstance(pair.difference, Undefined):
        return "-"
    found = pair.difference.interval
    return f"{100 * found.estimate:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


def _of(value: ConfidenceInterval | Undefined, end: str) -> float | None:
    return None if isinstance(value, Undefined) else float(getattr(value, end))


def _p_value(pair: RowPair) -> float | None:
    return None if isinstance(pair.difference, Undefined) else pair.difference.p_value


def _ratio_text(value: ConfidenceInterval | Undefined) -> str:
    return (
        "-" if isinstance(value, Undefined) else f"{digits(value.estimate)} [{digits(value.low)}, {digits(value.high)}]"
    )


def _bound(key: str, value: Callable[[RowPair], float | None]) -> Column[RowPair]:
    return Column(
        key=key,
        title=key.replace("_", " "),
        meaning="",
        text=lambda pair: UNKNOWN if value(pair) is None else f"{value(pair):.4f}",
        value=value,
        rank=FILES_ONLY,
    )


def _interval(pair: RowPair, end: str) -> float | None:
    return None if isinstance(pair.difference, Undefined) else _of(pair.difference.interval, end)


PAIR_COLUMNS: tuple[Column[RowPair], ...] = (
    prose_column("first", "row", lambda pair: f"^ {pair.first}"),
    Column(
        key="second", title="against", meaning="", text=lambda p: p.second, value=lambda p: p.second, rank=FILES_ONLY
    ),
    Column(
        key="benchmark",
        title="benchmark",
        meaning="",
        text=lambda p: p.benchmark,
        value=lambda p: p.benchmark,
        rank=FILES_ONLY,
    ),
    Column(key="paired", title="n", meaning="tasks that both have", text=lambda p: str(p.n), value=lambda p: p.n),
    Column(
        key="accuracy_difference",
        title="points",
        meaning="accuracy of the row minus the other's over the same tasks, in points, with 95% CI",
        text=_difference,
        value=lambda pair: _interval(pair, "estimate"),
    ),
    _bound("accuracy_difference_low", lambda pair: _interval(pair, "low")),
    _bound("accuracy_difference_high", lambda pair: _interval(pair, "high")),
    Column(
        key="p_value",
        title="p",
        meaning="McNemar's exact test, not adjusted",
        text=lambda pair: "-" if _p_value(pair) is None else f"{_p_value(pair):.3f}",
        value=_p_value,
    ),
    Column(
        key="only_first",
        title="only it",
        meaning="solved by the row alone",
        text=lambda p: str(p.only_first),
        value=lambda p: p.only_first,
        rank=1,
    ),
    Column(
        key="only_second",
        title="only other",
        meaning="solved by the other alone",
        text=lambda p: str(p.only_second),
        value=lambda p: p.only_second,
        rank=1,
    ),
    Column(
        key="both_right",
        title="both",
        meaning="solved by both",
        text=lambda p: str(p.both_right),
        value=lambda p: p.both_right,
        rank=2,
    ),
    Column(
        key="both_wrong",
        title="neither",
        meaning="solved by neither",
        text=lambda p: str(p.both_wrong),
        value=lambda p: p.both_wrong,
        rank=2,
    ),
    Column(
        key="cost_ratio",
        title="$ ratio",
        meaning="dollars of the row over the other's, tasks whose dollars both list, with 95% CI",
        text=lambda pair: _ratio_text(pair.cost_ratio),
        value=lambda pair: _of(pair.cost_ratio, "estimate"),
    ),
    _bound("cost_ratio_low", lambda pair: _of(pair.cost_ratio, "low")),
    _bound("cost_ratio_high", lambda pair: _of(pair.cost_ratio, "high")),
    Column(
        key="cost_per_correct_ratio",
        title="$/solved ratio",
        meaning="dollars per solved task of the row over the other's, with 95% CI",
        text=lambda pair: _ratio_text(pair.cost_per_correct_ratio),
        value=lambda pair: _of(pair.cost_per_correct_ratio, "estimate"),
        rank=2,
    ),
    _bound("cost_per_correct_ratio_low", lambda pair: _of(pair.cost_per_correct_ratio, "low")),
    _bound("cost_per_correct_ratio_high", lambda pair: _of(pair.cost_per_correct_ratio, "high")),
)
