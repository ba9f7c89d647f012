"""`harness cost explain`: the tokens in a provider's raw response, and its bill line by line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime

from harness.cli.input.stored_response import StoredReply, load_reply, read_reply
from harness.cli.options.context import add_providers_option, load_context
from harness.cli.options.prices import add_prices_option, instant, price_book
from harness.config.load import Config
from harness.core.errors import EXIT_OK, ConfigError, UsageError
from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Attempt, Completion, Endpoint, Failure, FailureKind, FinishReason, Origin, Timing
from harness.core.usage import usage_breakdown
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import PriceBook
from harness.pricing.display import BILL_COLUMNS, bill_rows, cost_fields, instant_text
from harness.pricing.exact import exact_text
from harness.pricing.provider_charge import ChargeDiscrepancy, charge_discrepancy
from harness.providers import dialect_loader
from harness.providers.format.wire_types import ParsedResponse, ProviderError
from harness.report.render.lines import align_columns
from harness.report.render.mode import mode_of

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


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=("explain",))
    parser.add_argument(
        "file", metavar="FILE", help="the raw response: JSON, an event stream, an envelope; - reads stdin"
    )
    parser.add_argument("--dialect", metavar="NAME", help="whose wire format it is (default: the model's)")
    parser.add_argument("-m", "--model", metavar="MODEL", help="provider/model, for the bill; without it only tokens")
    parser.add_argument("--at", type=instant, metavar="TIME", help="when the request was sent, UTC (default: now)")
    parser.add_argument("--service-tier", metavar="T", help="the tier asked for, where the response names none")
    parser.add_argument(
        "--thinking", choices=("yes", "no"), help="whether the model reasoned (default: as the response says)"
    )
    parser.add_argument("--status", type=int, metavar="N", help="the HTTP status (default: the envelope's, else 200)")
    parser.add_argument("--json", action="store_true", help="one JSON object; dollars are texts, unknowns null")
    add_providers_option(parser)
    add_prices_option(parser)
    parser.epilog = (
        'An envelope is {"status": 429, "headers": {...}, "body": ...}. Example:\n'
        "  curl ... | harness cost explain --dialect xai --model xai/grok-4 --at 2025-11-15T10:00Z -"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    at: datetime = arguments.at or datetime.now(UTC)
    if arguments.dialect is None and arguments.model is None:
        raise UsageError(
            f"say whose reply it is: --dialect NAME, one of {', '.join(dialect_loader.names())}, or --model"
        )
    if arguments.dialect is not None:
        dialect_loader.load(arguments.dialect)
    book: PriceBook | None = None
    endpoint = _bare_endpoint(arguments.dialect or "", "-/-")
    if arguments.model is not None:
        config = load_context(arguments.providers).config
        book = price_book(config, arguments.prices)
        endpoint = _endpoint(config, book, arguments.model, arguments.dialect)
    stored = load_reply(arguments.file, status=arguments.status)
    reply, error = read_reply(stored, endpoint)
    billed = None if book is None else _billed(arguments, endpoint, book, _attempt(stored, reply, error, at))
    explained = ResponseExplanation(endpoint=endpoint, at=at, stored=stored, reply=reply, error=error, billed=billed)
    print(json.dumps(_fields(explained), indent=1, ensure_ascii=False) if arguments.json else _text(explained))
    return EXIT_OK


def _endpoint(config: Config, book: PriceBook, label: str, dialect_name: str | None) -> Endpoint:
    """The endpoint a label names, retired or not; a model that only the price book knows needs a dialect.

    Raises ConfigError, and UsageError for a model nobody knows.
    """
    try:
        found = config.endpoint(label, today=date.min)
    except ConfigError as error:
        provider, _, model = label.partition("@")[0].partition("/")
        if not book.rows(provider, model):
            raise UsageError(f"{error}; no price book lists it either") from error
        if dialect_name is None:
            raise UsageError(f"{label} is only in the price book: say --dialect too") from error
        return _bare_endpoint(dialect_name, f"{provider}/{model}")
    return found if dialect_name is None else replace(found, dialect=dialect_name)


def _bare_endpoint(dialect_name: str, name: str) -> Endpoint:
    provider, _, model = name.partition("/")
    return Endpoint(
        label=name, provider=provider, model=model, model_id=model, base_url="http://none.invalid", dialect=dialect_name
    )


def _attempt(stored: StoredReply, reply: ParsedResponse, error: ProviderError | None, at: datetime) -> Attempt:
    """The reply as a run would keep it. How long it took is not in a file: an error counts as having come at once."""
    timing = Timing(started_at=at, waited_s=0.0, total_s=0.0)
    if error is not None:
        return Failure(
            kind=error.kind,
            message=error.message,
            is_retryable=error.is_retryable,
            timing=timing,
            http_status=stored.status,
            retry_after_s=error.retry_after_s,
            usage=reply.usage,
            reported_cost_usd=reply.reported_cost_usd,
            served_model=reply.served_model,
            service_tier=reply.service_tier,
            partial_text=reply.text or reply.reasoning,
        )
    return Completion(
        text=reply.text,
        reasoning=reply.reasoning,
        finish_reason=reply.finish_reason or FinishReason.OTHER,
        timing=timing,
        usage=reply.usage,
        reported_cost_usd=reply.reported_cost_usd,
        served_model=reply.served_model,
        service_tier=reply.service_tier,
    )


def _billed(arguments: argparse.Namespace, endpoint: Endpoint, book: PriceBook, attempt: Attempt) -> BillExplanation:
    assert attempt.timing.started_at is not None
    price = book.price_at(endpoint.provider, endpoint.model, attempt.timing.started_at)
    asked = replace(endpoint, service_tier=arguments.service_tier or endpoint.service_tier)
    thinks = None if arguments.thinking is None else arguments.thinking == "yes"
    cost = cost_of_attempt(book, asked, endpoint.params, attempt, is_thinking=thinks)
    reported = attempt.reported_cost_usd
    gap = charge_discrepancy(cost, reported) if reported is not None and isinstance(cost, Cost) else None
    return BillExplanation(model=endpoint.label, price=price, cost=cost, gap=gap)


def _fields(explained: ResponseExplanation) -> dict[str, object]:
    """The JSON object; the numbers of `usage` have the names of core.usage.Breakdown."""
    reply, usage = explained.reply, explained.reply.usage
    finish = reply.finish_reason
    return {
        "simulated": explained.endpoint.simulated,
        "dialect": explained.endpoint.dialect,
        "dialect_version": dialect_loader.load(explained.endpoint.dialect).version,
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


def _text(explained: ResponseExplanation) -> str:
    return "\n".join([*_reply_lines(explained), *_usage_lines(explained.reply), *_bill_lines(explained)])


def _reply_lines(explained: ResponseExplanation) -> Iterator[str]:
    reply, name = explained.reply, explained.endpoint.dialect
    how = "stream" if explained.stored.is_stream else "whole reply"
    yield f"{how}, HTTP {explained.stored.status}, read by the dialect {name} v{dialect_loader.load(name).version}"
    if reply.finish_reason is not None:
        yield f"  finish       {reply.finish_reason.value}, the provider's word: {reply.native_finish_reason}"
    for title, said in (("model", reply.served_model), ("served by", reply.served_by), ("tier", reply.service_tier)):
        if said is not None:
            yield f"  {title:<11}  {said}"
    error = explained.error
    if error is not None:
        wait = "" if error.retry_after_s is None else f" after {error.retry_after_s:g} s"
        ruling = f"retryable{wait}" if error.is_retryable else "permanent: the same request fails again"
        yield f"  no answer    {error.kind.value}: {error.message}"
        yield f"               {ruling}"


def _usage_lines(reply: ParsedResponse) -> Iterator[str]:
    yield "usage, tokens"
    counts = asdict(usage_breakdown(reply.usage))
    rows = [[f"  {words}", "?" if counts[name] is None else str(counts[name])] for name, words in USAGE_WORDS.items()]
    yield from align_columns(rows)
    usage = reply.usage
    if usage is None:
        yield "  the reply reports no usage: its tokens are unknown, not zero"
        return
    if usage.split_by_documented_rule:
        yield "  no total to check the counts by: read by the provider's documented rule"
    if usage.cache_counts_overlap:
        yield "  cache reads and writes count the same tokens"
    unbilled = (*usage.tokens_at_other_rates, *usage.non_token_charges)
    yield from (f"  {'NOT BILLED' if one in unbilled else 'CONTRADICTION'}: {one}" for one in usage.problems)


def _bill_lines(explained: ResponseExplanation) -> Iterator[str]:
    billed, reported = explained.billed, explained.reply.reported_cost_usd
    charge = None if reported is None else f"provider's own charge: ${exact_text(reported)}"
    if billed is None:
        yield "no bill: name a model with --model"
        if charge is not None:
            yield charge
        return
    made_up = f" · {mode_of([Origin.SIMULATED])}: price and bill are made up" if explained.endpoint.simulated else ""
    yield f"bill of {billed.model} at {instant_text(explained.at)}{made_up}"
    match billed.cost:
        case CostUnknown():
            known = f"; the known part is ${exact_text(billed.cost.known_usd)}" if billed.cost.known_usd else ""
            yield f"  dollars unknown: {billed.cost.reason}{known}"
        case Cost():
            yield from (f"  {line}" for line in _cost_lines(billed.cost))
            if explained.error is not None and explained.error.kind is FailureKind.SERVER_ERROR:
                yield "  taken as an error that came within a minute; a later one may have been billed"
    if charge is not None:
        yield f"{charge}{_gap_words(billed)}"


def _cost_lines(cost: Cost) -> Sequence[str]:
    bound = " (an upper bound)" if cost.is_upper_bound else ""
    lines = [f"price row {cost.price_id}", *align_columns([list(BILL_COLUMNS), *map(list, bill_rows(cost))])]
    return [*lines, f"total ${exact_text(cost.usd)}{bound}", *(f"note: {note}" for note in cost.notes)]


def _gap_words(billed: BillExplanation) -> str:
    if isinstance(billed.cost, CostUnknown):
        return ""
    if billed.gap is None:
        return ", ours agrees within 1%"
    share = billed.gap.share
    wide = "" if share is None else f" ({100 * share:+.1f}%)"
    return f", ours ${exact_text(billed.gap.ours_usd)}{wide}; likely cause: {billed.gap.likely_cause}"
