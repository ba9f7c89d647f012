"""What `harness cost explain` shows of a stored reply: its tokens, its bill, and the provider's own charge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from harness.cli.input.stored_response import StoredReply
from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Endpoint, FailureKind, Origin
from harness.core.usage import usage_breakdown
from harness.pricing.display import BILL_COLUMNS, bill_rows, cost_fields, instant_text
from harness.pricing.exact import exact_text
from harness.pricing.provider_charge import ChargeDiscrepancy
from harness.providers import dialect_loader
from harness.providers.format.wire_types import ParsedResponse, ProviderError
from harness.report.render.mode import mode_of
from harness.report.render.number_format import UNKNOWN
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column

USAGE_WORDS = {
    "uncached_input": "uncached input",
    "cached_input": "cached input",
    "cache_write": "cache write",
    "output_excl_reasoning": "output, reasoning left out",
    "reasoning": "reasoning",
    "total_billed_output": "total billed output",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BillExplanation:
    """A reply's bill: the row in force, what it comes to, and the provider's own charge where it differs by 1%."""

    model: str
    price: Price | CostUnknown
    cost: Cost | CostUnknown
    gap: ChargeDiscrepancy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseExplanation:
    """All that is known of one stored reply."""

    endpoint: Endpoint
    at: datetime
    stored: StoredReply
    reply: ParsedResponse
    error: ProviderError | None
    billed: BillExplanation | None


def _fields(explained: ResponseExplanation) -> dict[str, object]:
    """The JSON object; the numbers of `usage` have the names of core.usage.Breakdown."""
    reply, usage = explained.reply, explained.reply.usage
    finish = reply.finish_reason
    return {
        "simulated": explained.endpoint.simulated,
        "dialect": explained.endpoint.dialect,
        "dialect_version": dialect_loader.load(explained.endpoint.dialect).reading_version,
        "at": instant_text(explained.at),
        "status": explained.stored.status,
        "streamed": explained.stored.is_stream,
        "usage": asdict(usage_breakdown(usage)),
        "flags": {
            "by_rule": False if usage is None else usage.split_by_documented_rule,
            "overlapping": False if usage is None else usage.cache_counts_overlap,
            "problems": [] if usage is None else list(usage.problems),
        },
        "raw_usage": reply.raw_usage,
        "finish_reason": None if finish is None else finish.value,
        "native_finish_reason": reply.native_finish_reason,
        "served_model": reply.served_model,
        "served_by": reply.served_by,
        "service_tier": reply.service_tier,
        "request_id": reply.request_id,
        "error": None if explained.error is None else _error_fields(explained.error),
        "reported_usd": None if reply.reported_cost_usd is None else exact_text(reply.reported_cost_usd),
        **_bill_fields(explained.billed),
    }


def _error_fields(error: ProviderError) -> dict[str, object]:
    return {
        "cause": error.kind.value,
        "message": error.message,
        "retryable": error.is_retryable,
        "retry_after_s": error.retry_after_s,
    }


def _bill_fields(billed: BillExplanation | None) -> dict[str, object]:
    if billed is None:
        return {"model": None, "bill": None, "total_usd": None, "charge_gap": None}
    gap = billed.gap
    return {
        "model": billed.model,
        "bill": cost_fields(billed.cost),
        "total_usd": exact_text(billed.cost.usd) if isinstance(billed.cost, Cost) else None,
        "charge_gap": None
        if gap is None
        else {
            "ours_usd": exact_text(gap.ours_usd),
            "reported_usd": exact_text(gap.reported_usd),
            "share": None if gap.share is None else exact_text(gap.share),
            "likely_cause": gap.likely_cause,
        },
    }


def document(explained: ResponseExplanation) -> ReportDocument:
    """Tokens and bill of a stored reply: as tables, as one JSON object, and the lines of the bill as CSV."""
    billed = explained.billed
    lines = [] if billed is None else cost_fields(billed.cost)["lines"]
    assert isinstance(lines, list)
    name = explained.endpoint.dialect
    how = "stream" if explained.stored.is_stream else "whole response"
    read_by = f"read by the dialect {name} v{dialect_loader.load(name).version}"
    return ReportDocument(
        title=f"{how}, HTTP {explained.stored.status}, {read_by}",
        sections=(
            Section(title="response", tables=_reply_tables(explained)),
            _usage_section(explained.reply),
            _bill_section(explained),
        ),
        notes=() if billed is None or isinstance(billed.cost, CostUnknown) else _notes(explained, billed.cost),
        result=tuple(_result(explained)),
        record=_fields(explained),
        flat=FlatRows(keys=BILL_KEYS, rows=tuple(lines)),
    )


BILL_KEYS = ("what", "tokens", "rate_per_mtok", "amount", "usd", "fee_share")
FACT_COLUMNS: tuple[Column[tuple[str, str]], ...] = (
    prose_column("fact", "fact", lambda fact: fact[0]),
    prose_column("said", "said", lambda fact: fact[1]),
)


def _reply_tables(explained: ResponseExplanation) -> tuple[Table[tuple[str, str]], ...]:
    facts = tuple(_reply_facts(explained))
    return (Table(columns=FACT_COLUMNS, rows=facts),) if facts else ()


def _reply_facts(explained: ResponseExplanation) -> Iterator[tuple[str, str]]:
    reply, error = explained.reply, explained.error
    if reply.finish_reason is not None:
        yield "finish", f"{reply.finish_reason.value}, the provider's word: {reply.native_finish_reason}"
    for title, said in (("model", reply.served_model), ("served by", reply.served_by), ("tier", reply.service_tier)):
        if said is not None:
            yield title, said
    if error is not None:
        wait = "" if error.retry_after_s is None else f" after {error.retry_after_s:g} s"
        yield "no answer", f"{error.kind.value}: {error.message}"
        yield "again", f"retryable{wait}" if error.is_retryable else "permanent: the same request fails again"


def _usage_section(reply: ParsedResponse) -> Section:
    counts = asdict(usage_breakdown(reply.usage))
    columns: tuple[Column[str], ...] = (
        prose_column("class", "class", lambda name: USAGE_WORDS[name]),
        Column(
            key="tokens",
            title="tokens",
            meaning="",
            text=lambda name: UNKNOWN if counts[name] is None else str(counts[name]),
            value=lambda name: counts[name],
        ),
    )
    return Section(
        title="usage", tables=(Table(columns=columns, rows=tuple(USAGE_WORDS)),), lines=tuple(_usage_lines(reply))
    )


def _usage_lines(reply: ParsedResponse) -> Iterator[str]:
    usage = reply.usage
    if usage is None:
        yield "the response reports no usage: its tokens are unknown, not zero"
        return
    if usage.split_by_documented_rule:
        yield "no total to check the counts by: read by the provider's documented rule"
    if usage.cache_counts_overlap:
        yield "cache reads and writes count the same tokens"
    unbilled = (*usage.tokens_at_other_rates, *usage.non_token_charges)
    yield from (f"{'NOT BILLED' if one in unbilled else 'CONTRADICTION'}: {one}" for one in usage.problems)


def _bill_column(place: int, key: str, rank: int) -> Column[tuple[str, ...]]:
    return Column(
        key=key,
        title=BILL_COLUMNS[place],
        meaning="",
        text=lambda row: row[place],
        value=lambda row: row[place],
        rank=rank,
    )


BILL_TABLE: tuple[Column[tuple[str, ...]], ...] = (
    prose_column("what", BILL_COLUMNS[0], lambda row: row[0]),
    _bill_column(1, "tokens", 2),
    _bill_column(2, "rate_per_mtok", 1),
    _bill_column(3, "amount", 3),
    _bill_column(4, "usd", 0),
)


def _bill_section(explained: ResponseExplanation) -> Section:
    billed = explained.billed
    if billed is None:
        return Section(title="no bill: name a model with --model")
    made_up = f" · {mode_of([Origin.SIMULATED])}: price and bill are made up" if explained.endpoint.simulated else ""
    title = f"bill of {billed.model} at {instant_text(explained.at)}{made_up}"
    if isinstance(billed.cost, CostUnknown):
        known = f"; the known part is ${exact_text(billed.cost.known_usd)}" if billed.cost.known_usd else ""
        return Section(title=title, lines=(f"dollars unknown: {billed.cost.reason}{known}",))
    return Section(
        title=title,
        lines=(f"price row {billed.cost.price_id}",),
        tables=(Table(columns=BILL_TABLE, rows=tuple(bill_rows(billed.cost))),),
    )


def _notes(explained: ResponseExplanation, cost: Cost) -> tuple[str, ...]:
    is_server_error = explained.error is not None and explained.error.kind is FailureKind.SERVER_ERROR
    quick = "taken as an error that came within a minute; a later one may have been billed"
    return (*(f"note: {note}" for note in cost.notes), *((quick,) if is_server_error else ()))


def _result(explained: ResponseExplanation) -> Iterator[str]:
    billed, reported = explained.billed, explained.reply.reported_cost_usd
    if billed is not None and isinstance(billed.cost, Cost):
        yield f"total ${exact_text(billed.cost.usd)}{' (an upper bound)' if billed.cost.is_upper_bound else ''}"
    if reported is not None:
        yield f"provider's own charge: ${exact_text(reported)}{'' if billed is None else _gap_words(billed)}"


def _gap_words(billed: BillExplanation) -> str:
    if isinstance(billed.cost, CostUnknown):
        return ""
    if billed.gap is None:
        return ", ours agrees within 1%"
    share = billed.gap.share
    wide = "" if share is None else f" ({100 * share:+.1f}%)"
    return f", ours ${exact_text(billed.gap.ours_usd)}{wide}; likely cause: {billed.gap.likely_cause}"
