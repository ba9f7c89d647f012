"""What `harness prices list`, `show` and `check` print: tables of rows, of one model's rates, and of findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from harness.core.plurals import counted
from harness.core.prices import CostUnknown, Price
from harness.pricing.book import PriceBook
from harness.pricing.check import IssueLevel, PriceBookIssue
from harness.pricing.display import NOTHING, RATE_COLUMNS, instant_text, price_fields, rate_rows
from harness.pricing.exact import exact_text
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column, records


def list_document(found: Mapping[str, Price | CostUnknown], at: datetime) -> ReportDocument:
    """The rows in force `at`, one line a model; models without one are named below."""
    rows = tuple(row for row in found.values() if isinstance(row, Price))
    absent = [name for name, row in found.items() if isinstance(row, CostUnknown)]
    columns = _list_columns(at)
    without = (f"no row in force then: {', '.join(absent)}",) if absent else ()
    return ReportDocument(
        title=f"{counted(len(rows), 'row')} in force at {instant_text(at)}, per million tokens",
        sections=(Section(title="", tables=(Table(columns=columns, rows=rows),)),) if rows else (),
        record={"at": instant_text(at), "prices": [price_fields(row) for row in rows], "no_row_then": absent},
        flat=FlatRows(keys=tuple(column.key for column in columns), rows=tuple(records(columns, rows))),
        notes=(*without, "harness prices show MODEL has all rows of one"),
    )


def show_document(rows: Sequence[Price], in_force: Price | CostUnknown, at: datetime) -> ReportDocument:
    """All rows of a model, with dates, rates and sources; the one in force `at` is named last."""
    name = f"{rows[0].provider}/{rows[0].model}"
    held = in_force.id if isinstance(in_force, Price) else None
    marked = next((row for row in rows if row.id == held), None)  # an own row may have a shipped one's id: own first
    result = [
        f"in force at {instant_text(at)}: {held}"
        if held
        else f"no price row of {name} is in force at {instant_text(at)}"
    ]
    if isinstance(in_force, Price) and in_force.exchange is not None:
        rate = in_force.exchange
        result.append(f"converted at {exact_text(rate.per_usd)} {rate.currency} per USD of {rate.on} ({rate.source})")
    fields = [price_fields(row) for row in rows]
    return ReportDocument(
        title=f"{counted(len(rows), 'row')} of {name}, per million tokens",
        sections=tuple(_row_section(row, is_in_force=row is marked) for row in rows),
        record={
            "at": instant_text(at),
            "in_force": held,
            "reason": in_force.reason if isinstance(in_force, CostUnknown) else None,
            "rows": fields,
        },
        flat=FlatRows(keys=RATE_KEYS, rows=tuple(one for row in rows for one in _flat_rates(row))),
        result=tuple(result),
    )


def check_document(findings: Sequence[PriceBookIssue], book: PriceBook, at: datetime) -> ReportDocument:
    """Problems in the price book, errors first as they come."""
    counts = Counter(finding.level for finding in findings)
    rows = sum(1 for _ in book.all_rows())
    said = ", ".join(counted(counts[level], level.value) for level in IssueLevel)
    verdict = "" if counts[IssueLevel.ERROR] else "; only errors fail this check"
    fields = [{**asdict(finding), "level": finding.level.value} for finding in findings]
    table = Table(columns=CHECK_COLUMNS, rows=tuple(findings))
    return ReportDocument(
        title=f"The price book on {at.date()}",
        sections=(Section(title="", tables=(table,)),) if findings else (),
        record={"day": at.date().isoformat(), "findings": fields},
        flat=FlatRows(keys=("level", "price_id", "message"), rows=tuple(fields)),
        result=(f"{rows} rows of {len(book.models())} models: {said}{verdict}",),
    )


CHECK_COLUMNS: tuple[Column[PriceBookIssue], ...] = (
    prose_column("level", "level", lambda finding: finding.level.value),
    prose_column("price_id", "row", lambda finding: finding.price_id or "the book"),
    prose_column("message", "what", lambda finding: finding.message),
)
RATE_KEYS = ("row", "effective_from", "effective_to", "currency", *(title.replace(" ", "_") for title in RATE_COLUMNS))


def _list_columns(at: datetime) -> tuple[Column[Price], ...]:
    return (
        prose_column("model", "model", lambda row: f"{row.provider}/{row.model}"),
        Column(
            key="since",
            title="since",
            meaning="first day of the row",
            text=lambda row: row.effective_from.date().isoformat(),
            value=lambda row: row.effective_from.date().isoformat(),
            rank=2,
        ),
        prose_column("currency", "currency", lambda row: row.currency, rank=1),
        _rate_column("prompt", lambda row: row.rates.prompt),
        _rate_column("cached", lambda row: row.rates.cached),
        _rate_column("completion", lambda row: row.rates.completion),
        prose_column("also", "also", lambda row: "; ".join(_also(row, at)), meaning="what the plain rates do not tell"),
    )


def _rate_column(name: str, rate: Callable[[Price], Decimal | None]) -> Column[Price]:
    def text(row: Price) -> str:
        amount = rate(row)
        return NOTHING if amount is None else exact_text(amount)

    return Column(key=name, title=name, meaning="", text=text, value=rate)


def _also(row: Price, at: datetime) -> Iterator[str]:
    """What the plain rates do not tell; another currency too, since that column may find no room."""
    if row.currency != "USD":
        yield f"in {row.currency}"
    if not (row.rates.prompt or row.rates.completion):
        yield f"free: {row.basis or row.notes}"
    if row.rates.thinking_completion is not None:
        yield f"thinking {exact_text(row.rates.thinking_completion)}"
    if row.rates.cache_write is not None:
        yield f"cache write {exact_text(row.rates.cache_write)}"
    yield from (f"from {tier.above_prompt_tokens + 1} prompt tokens: higher rate" for tier in row.tiers[:1])
    if row.windows:
        yield "by time of day"
    if row.service_tiers:
        yield "tiers " + ", ".join(sorted(row.service_tiers))
    if row.request_fee:
        yield f"{exact_text(row.request_fee)} per request"
    if row.fee_share:
        yield f"fee {exact_text(row.fee_share * 100)}%"
    if row.retired_on is not None:
        yield f"{'retired' if row.retired_on <= at.date() else 'retires'} {row.retired_on}"
    if row.confidence == "low":
        yield "low confidence"


def _row_section(row: Price, *, is_in_force: bool) -> Section:
    """A row: its dates as heading, what is no rate as sentences, and its rates."""
    until = "no end" if row.effective_to is None else f"to {instant_text(row.effective_to)} (excluded)"
    mark = "  <- in force" if is_in_force else ""
    rows = tuple(rate_rows(row))
    used = [place for place in range(len(RATE_COLUMNS)) if any(cells[place] != NOTHING for cells in rows)]
    return Section(
        title=f"{row.id}: from {instant_text(row.effective_from)}, {until}{mark}",
        lines=tuple(_row_lines(row)),
        tables=(Table(columns=tuple(_cell_column(place) for place in used), rows=rows),),
    )


def _cell_column(place: int) -> Column[tuple[str, ...]]:
    title = RATE_COLUMNS[place]

    def text(cells: tuple[str, ...]) -> str:
        return cells[place]

    if place == 0:
        return prose_column(title, title, text)
    return Column(key=title.replace(" ", "_"), title=title, meaning="", text=text, value=text)


def _flat_rates(row: Price) -> Iterator[dict[str, object]]:
    until = None if row.effective_to is None else instant_text(row.effective_to)
    for cells in rate_rows(row):
        values = [row.id, instant_text(row.effective_from), until, row.currency, *cells]
        yield {key: None if value == NOTHING else value for key, value in zip(RATE_KEYS, values, strict=True)}


def _row_lines(row: Price) -> Iterator[str]:
    yield f"{row.currency} per million tokens, {row.confidence} confidence, read on {row.read_on}"
    if row.request_fee:
        yield f"fee per request: {exact_text(row.request_fee)} {row.currency}"
    for condition, factor in row.surcharges.items():
        yield f"surcharge: every rate times {exact_text(factor)} with {condition}"
    if row.fee_share:
        yield f"gateway fee: {exact_text(row.fee_share * 100)}% of the token charges"
    if row.retired_on is not None:
        yield f"retired on {row.retired_on}"
    yield from (f"source: {'SIMULATED, made up' if source == 'simulated' else source}" for source in row.sources)
    if row.basis:
        yield f"the date rests on: {row.basis}"
    if row.notes:
        yield f"note: {row.notes}"
