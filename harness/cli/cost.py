"""`harness cost explain`: the tokens in a provider's raw response, and its bill line by line."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, date, datetime

from harness.cli.documents.cost import BillExplanation, ResponseExplanation, document
from harness.cli.input.stored_response import StoredReply, load_reply, read_reply
from harness.cli.options.context import (
    add_providers_option,
    integer,
    load_context,
)
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option, instant, price_book
from harness.config.load import Config
from harness.core.errors import EXIT_OK, ConfigError, UsageError
from harness.core.prices import Cost
from harness.core.types import Attempt, Completion, Endpoint, Failure, FinishReason, Timing
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import PriceBook
from harness.pricing.provider_charge import charge_discrepancy
from harness.providers import dialect_loader
from harness.providers.format.wire_types import ParsedResponse, ProviderError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    group = parser.add_argument_group("the response")
    group.add_argument("action", choices=("explain",), help="what to do")
    group.add_argument("file", metavar="FILE", help="raw response: JSON, event stream, envelope; - is stdin")
    group.add_argument("--dialect", metavar="NAME", help="whose wire format it is (default: the model's)")
    group.add_argument("-m", "--model", metavar="MODEL", help="provider/model, for the bill (default: tokens only)")
    group.add_argument("--at", type=instant, metavar="TIME", help="when it was sent, UTC (default: now)")
    group.add_argument("--service-tier", metavar="TIER", help="tier asked for, where the response names none")
    group.add_argument("--thinking", choices=("yes", "no"), help="whether it reasoned (default: as the response says)")
    group.add_argument("--status", type=integer, metavar="N", help="HTTP status (default: the envelope's, else 200)")
    own = parser.add_argument_group("providers and prices of your own")
    add_providers_option(own)
    add_prices_option(own)
    add_output_options(parser, has_json_option=True)
    parser.epilog = (
        'An envelope is {"status": 429, "headers": {...}, "body": ...}. Example:\n'
        "  curl ... | harness cost explain --dialect xai --model xai/grok-4 --at 2025-11-15T10:00Z -"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    at: datetime = arguments.at or datetime.now(UTC)
    if arguments.dialect is None and arguments.model is None:
        raise UsageError(
            f"say where the response comes from: --model provider/model, or --dialect NAME, one of "
            f"{', '.join(dialect_loader.names())}"
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
    print_document(document(explained), arguments)
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
