"""Doubts about the price book: what is undated, old, overlapping, or differs from other public price lists.

Covers the rows' own order and age, and a comparison with the data of `genai-prices` and `litellm` where those packages
are installed. Of litellm only its JSON file is read, the package is never imported; genai-prices is imported when asked
for and its network update is not used. Does not change a price: other lists have been wrong by 2.6 to 5.2 times, so a
difference is a question, not an answer.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from pathlib import Path

from harness.core.prices import CostUnknown, Price
from harness.pricing.book import PriceBook

OLD_AFTER = timedelta(days=60)
LITELLM_FILE = "model_prices_and_context_window_backup.json"
LITELLM_PREFIX = {
    "openai": "",
    "anthropic": "",
    "google": "gemini/",
    "alibaba": "dashscope/",
    "minimax": "minimax/",
    "moonshot": "moonshot/",
    "deepseek": "deepseek/",
    "xai": "xai/",
    "zai": "zai/",
    "groq": "groq/",
    "cerebras": "cerebras/",
    "openrouter": "openrouter/",
}
GENAI_PROVIDER = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "minimax": "minimax",
    "moonshot": "moonshotai",
    "deepseek": "deepseek",
    "xai": "x-ai",
    "zai": "zai",
    "groq": "groq",
    "cerebras": "cerebras",
    "openrouter": "openrouter",
}
MODEL_ID_ELSEWHERE = {"grok-4": "grok-4-0709", "grok-4-fast": "grok-4-fast-reasoning"}
PROBE_TOKENS = 1000
"""Short enough to lie in the first tier of every row."""

ListPrices = Mapping[str, Decimal]
"""Rates per million tokens by `prompt` and `completion`, as another list has them."""


class IssueLevel(Enum):
    """How much a finding matters: an error breaks bills, a warning asks for a look, a note only informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBookIssue:
    """One doubt; `price_id` is None where it is about no single row."""

    level: IssueLevel
    price_id: str | None
    message: str


def check_book(book: PriceBook, today: date) -> list[PriceBookIssue]:
    """Everything doubtful in the book on that day, errors first; an absent other list is a note.

    Needs no network. Reads the other lists' installed data files.
    """
    findings = [finding for name in book.models() for finding in _check_model(_rows_of(book, name), book, today)]
    findings += _check_exchange(book, today)
    findings += _compare(book, today, "genai-prices", _genai_lookup())
    findings += _compare(book, today, "litellm", _litellm_lookup())
    return sorted(findings, key=lambda finding: list(IssueLevel).index(finding.level))


def _rows_of(book: PriceBook, name: str) -> tuple[Price, ...]:
    provider, _, model = name.partition("/")
    return book.rows(provider, model)


def _check_model(rows: tuple[Price, ...], book: PriceBook, today: date) -> Iterator[PriceBookIssue]:
    for row in rows:
        yield from _check_row(row, today)
    for layer in book.layers:
        same = layer.get(f"{rows[0].provider}/{rows[0].model}".lower(), ())
        for earlier, later in pairwise(same):
            if earlier.effective_to is None or earlier.effective_to > later.effective_from:
                yield PriceBookIssue(
                    level=IssueLevel.ERROR,
                    price_id=later.id,
                    message=f"begins at {later.effective_from:%Y-%m-%dT%H:%MZ}, before {earlier.id} ends",
                )


def _check_row(row: Price, today: date) -> Iterator[PriceBookIssue]:
    if not row.sources:
        yield PriceBookIssue(level=IssueLevel.ERROR, price_id=row.id, message="names no source")
    if row.effective_to is not None and row.effective_to <= row.effective_from:
        yield PriceBookIssue(level=IssueLevel.ERROR, price_id=row.id, message="ends before it begins")
    if row.read_on > today:
        yield PriceBookIssue(
            level=IssueLevel.ERROR, price_id=row.id, message=f"was read on {row.read_on}, which is to come"
        )
    is_current = row.effective_to is None and (row.retired_on is None or row.retired_on > today)
    if is_current and today - row.read_on > OLD_AFTER:
        days = (today - row.read_on).days
        yield PriceBookIssue(
            level=IssueLevel.WARNING, price_id=row.id, message=f"was read {days} days ago, on {row.read_on}"
        )
    if is_current and row.confidence == "low":
        yield PriceBookIssue(
            level=IssueLevel.NOTE, price_id=row.id, message=f"low confidence: {row.basis or 'no basis given'}"
        )


def _check_exchange(book: PriceBook, today: date) -> Iterator[PriceBookIssue]:
    for currency in sorted({row.currency for row in book.all_rows()} - {"USD"}):
        known = [rate for rate in book.exchange if rate.currency == currency and rate.on <= today]
        if not known:
            yield PriceBookIssue(level=IssueLevel.ERROR, price_id=None, message=f"no exchange rate for {currency}")
        elif today - known[-1].on > OLD_AFTER:
            message = f"the last exchange rate of {currency} is of {known[-1].on}"
            yield PriceBookIssue(level=IssueLevel.WARNING, price_id=None, message=message)


def _compare(
    book: PriceBook, today: date, title: str, lookup: Callable[[Price, datetime], ListPrices | None] | None
) -> Iterator[PriceBookIssue]:
    if lookup is None:
        yield PriceBookIssue(
            level=IssueLevel.NOTE, price_id=None, message=f"not compared with {title}: it is not installed"
        )
        return
    at = datetime.combine(today, time(12, 0), tzinfo=UTC)
    absent = []
    for row in _in_force(book, at):
        theirs = lookup(row, at)
        if theirs is None:
            absent.append(f"{row.provider}/{row.model}")
            continue
        ours = _possible_rates(row)
        for what, rate in theirs.items():
            if rate not in ours[what]:
                said = " or ".join(str(each) for each in sorted(ours[what]))
                message = f"{what} rate is {said} here and {rate} in {title}"
                yield PriceBookIssue(level=IssueLevel.WARNING, price_id=row.id, message=message)
    if absent:
        yield PriceBookIssue(level=IssueLevel.NOTE, price_id=None, message=f"{title} does not list {', '.join(absent)}")


def _in_force(book: PriceBook, at: datetime) -> Iterator[Price]:
    for name in book.models():
        provider, _, model = name.partition("/")
        row = book.price_at(provider, model, at)
        is_retired = isinstance(row, Price) and row.retired_on is not None and row.retired_on <= at.date()
        if not isinstance(row, CostUnknown) and row.currency == "USD" and not is_retired:
            yield row


def _possible_rates(row: Price) -> dict[str, set[Decimal]]:
    """The rates of a short prompt at any hour: other lists cannot say which hour theirs is."""
    rates = [row.rates, *(window.rates for window in row.windows)]
    return {"prompt": {each.prompt for each in rates}, "completion": {each.completion for each in rates}}


def _elsewhere(row: Price) -> str:
    return MODEL_ID_ELSEWHERE.get(row.model, row.model)


def _litellm_lookup() -> Callable[[Price, datetime], ListPrices | None] | None:
    spec = importlib.util.find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        return None
    paths = [Path(folder) / LITELLM_FILE for folder in spec.submodule_search_locations]
    path = next((path for path in paths if path.is_file()), None)
    return None if path is None else litellm_prices(path)


def litellm_prices(path: Path) -> Callable[[Price, datetime], ListPrices | None]:
    """A lookup in litellm's price file: a row's rates there at an instant, None where it does not list the model."""
    entries = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    by_name = {str(name).lower(): entry for name, entry in entries.items()}

    def lookup(row: Price, at: datetime) -> ListPrices | None:
        prefix = LITELLM_PREFIX.get(row.provider)
        entry = None if prefix is None else by_name.get(f"{prefix}{_elsewhere(row)}")
        tiers = (entry or {}).get("tiered_pricing") or [entry or {}]
        per_token = {name: tiers[0].get(f"{field}_cost_per_token") for name, field in _LITELLM_FIELDS}
        if any(rate is None for rate in per_token.values()):
            return None
        return {name: (Decimal(rate) * 1_000_000).normalize() for name, rate in per_token.items()}

    return lookup


_LITELLM_FIELDS = (("prompt", "input"), ("completion", "output"))


def _genai_lookup() -> Callable[[Price, datetime], ListPrices | None] | None:
    if importlib.util.find_spec("genai_prices") is None:
        return None
    genai = importlib.import_module("genai_prices")

    def lookup(row: Price, at: datetime) -> ListPrices | None:
        provider = GENAI_PROVIDER.get(row.provider)
        if provider is None:
            return None
        usages: Iterable[tuple[str, object]] = (
            ("prompt", genai.Usage(input_tokens=PROBE_TOKENS)),
            ("completion", genai.Usage(output_tokens=PROBE_TOKENS)),
        )
        try:
            return {
                name: genai.calc_price(
                    usage, model_ref=_elsewhere(row), provider_id=provider, genai_request_timestamp=at
                ).total_price
                * 1_000_000
                / PROBE_TOKENS
                for name, usage in usages
            }
        except LookupError:
            return None

    return lookup
