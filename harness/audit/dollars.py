"""Dollars of a row from its tokens at the prices of its day, and which other reading gives the published total.

A board sums over requests that are gone, so the plain rates hold: no tiers by length, no hours. Every reading is tried
in turn, and the first that comes within half a percent of the published total is the likely cause of a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum

from harness.core.prices import CostUnknown, Rates
from harness.importers.model_names import is_open_model, model_of, says_thinking
from harness.importers.price_history import PriceHistory
from harness.importers.results import BoardRow, ModelTokens
from harness.pricing.exact import EXACT, exact_sum

TOLERANCE = Decimal("0.005")
NARROW = Decimal("0.0005")
"""For the price of another model: so many are tried that half a percent would be met by chance."""
MILLION = Decimal(1_000_000)
FEES = (Decimal("0.055"), Decimal("0.05"))
"""OpenRouter's fee on credits, today's and that of before June 2025."""


class Cause(Enum):
    """Why the published total is not tokens times the price of the day."""

    ZERO_WITH_TOKENS = "zero_with_tokens"
    OLD_PRICE = "price_before_the_cut"
    SECOND_MODEL_ONLY = "second_model_only"
    SECOND_MODEL_MISSING = "second_model_not_charged"
    CACHED_AT_FULL = "cached_tokens_at_full_price"
    SECOND_CACHED_AT_FULL = "cached_tokens_of_second_model_at_full_price"
    REASONING_TWICE = "reasoning_counted_twice"
    CACHED_NOT_PUBLISHED = "cached_tokens_not_published"
    FEE = "fee"
    WITHOUT_FEE = "without_the_fee"
    OTHER_MODEL = "price_of_another_model"
    NO_HOST = "no_price_of_a_named_host"
    NO_PRICE = "no_price"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """Tokens of one model with the rates of a row. `older`: ids and rates that were in force before.

    `newest`: rates of the model's latest row, for what the same tokens cost now.
    """

    tokens: ModelTokens
    name: str
    price_id: str
    rates: Rates
    older: tuple[tuple[str, Rates], ...] = ()
    newest: Rates | None = None

    def usd_all_cached(self) -> Decimal:
        """The least it can have cost: every prompt token at the cached rate, or free where the rate is not known."""
        cached = Decimal(0) if self.rates.cached is None else self.rates.cached
        prompt, completion = (Decimal(count or 0) for count in (self.tokens.prompt, self.tokens.completion))
        return exact_sum((prompt * cached, completion * self.rates.completion)) / MILLION

    def usd(
        self, rates: Rates | None = None, *, is_cached_at_full: bool = False, is_reasoning_twice: bool = False
    ) -> Decimal:
        """(prompt - cached) x prompt + cached x cached rate + completion x completion."""
        used, tokens = rates or self.rates, self.tokens
        prompt, completion, cached = (
            Decimal(count or 0) for count in (tokens.prompt, tokens.completion, tokens.cached)
        )
        if is_reasoning_twice:
            completion += tokens.reasoning or 0
        cached_rate = used.prompt if is_cached_at_full else used.cached_or_prompt
        parts = ((prompt - cached) * used.prompt, cached * cached_rate, completion * used.completion)
        return exact_sum(parts) / MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """The dollars of a row. `usd` None: `reason` says why. `cause`: None where the published total agrees.

    `reading`: what was tried, in words, that gives the published total. `price_ids`: the rows used. `day`: of the
    prices. `is_upper_bound`: cached tokens are not published, of some answers or all. `usd_by_task`: of each task whose
    tokens are published. `usd_at_newest_price`: the same tokens at the latest price row of each model, which boards
    bill with that keep no dates.
    """

    usd: Decimal | None
    price_ids: tuple[str, ...] = ()
    day: date | None = None
    cause: Cause | None = None
    reading: str = ""
    reason: str = ""
    is_upper_bound: bool = False
    usd_by_task: Mapping[str, Decimal] = field(default_factory=dict)
    usd_at_newest_price: Decimal | None = None


def recompute(row: BoardRow, history: PriceHistory) -> Recomputed | None:
    """The dollars of a row by its own tokens; None where it publishes no tokens."""
    if not row.tokens:
        return None
    found: Recomputed | None = None
    for day in row.days or (None,):
        priced = [_priced(one, row, day, history) for one in row.tokens]
        missing = [one for one in priced if isinstance(one, str)]
        if missing:
            is_open = any(is_open_model(one.model) for one in row.tokens)
            return Recomputed(
                usd=None, day=day, cause=Cause.NO_HOST if is_open else Cause.NO_PRICE, reason="; ".join(missing)
            )
        one = _explained(row, [each for each in priced if isinstance(each, Priced)], day, history)
        if found is None or (found.cause is not None and one.cause is None):
            found = one
    return found


def _priced(tokens: ModelTokens, row: BoardRow, day: date | None, history: PriceHistory) -> Priced | str:
    """The tokens with their rates, or why there are none."""
    if row.rates is not None:
        own = Rates(prompt=row.rates[0], completion=row.rates[1])
        return Priced(tokens=tokens, name=tokens.model, price_id="printed by the board", rates=own)
    named = model_of(tokens.model, history)
    if named.name is None:
        host = " (open weights: no host is named)" if is_open_model(tokens.model) else ""
        return f"no price row of {tokens.model}{host}"
    if day is None:
        return _undated(tokens, named.name, history)
    at = datetime.combine(day, time(23, 59), UTC)
    price = history.price_at(named.name, at)
    if isinstance(price, CostUnknown):
        return f"{tokens.model}: {price.reason}"
    older = {one.id: one.rates for one in history.rows(named.name) if one.effective_from < price.effective_from}
    return Priced(
        tokens=tokens,
        name=named.name,
        price_id=price.id,
        rates=_of_output(price.rates, row.model),
        older=tuple(reversed(older.items())),
        newest=_of_output(history.rows(named.name)[-1].rates, row.model),
    )


def _undated(tokens: ModelTokens, name: str, history: PriceHistory) -> Priced | str:
    """The tokens where the day is not known: at rates of any day, if all of them come to the same dollars."""
    priced = [
        Priced(tokens=tokens, name=name, price_id=one.id, rates=one.rates)
        for one in history.rows(name)
        if not one.rates.completion.is_zero()
    ]
    totals = {one.usd() for one in priced}
    if len(totals) > 1:
        return f"{tokens.model}: the day of the run is not known, and its prices came to {len(totals)} different totals"
    return priced[-1] if priced else f"no price row of {tokens.model}"


def _of_output(rates: Rates, model: str) -> Rates:
    """The rates with the one of thinking output, where there is one and the board says that the model thinks."""
    if rates.thinking_completion is None or not says_thinking(model):
        return rates
    return replace(rates, completion=rates.thinking_completion)


def _explained(row: BoardRow, priced: Sequence[Priced], day: date | None, history: PriceHistory) -> Recomputed:
    usd = exact_sum(one.usd() for one in priced)
    found = Recomputed(
        usd=usd,
        price_ids=tuple(one.price_id for one in priced),
        day=day,
        is_upper_bound=any(one.tokens.cached is None for one in priced) or bool(row.figures.get("cached_not_reported")),
        usd_by_task=_by_task(row, priced),
        usd_at_newest_price=exact_sum(one.usd(one.newest) for one in priced),
    )
    if row.usd is None:
        is_zero = row.usd_printed is not None and row.usd_printed.strip() in ("0", "0.0", "0.00", "0.0000") and usd > 0
        return replace(found, cause=Cause.ZERO_WITH_TOKENS, reading="0 printed beside tokens") if is_zero else found
    if agrees(row.usd, usd):
        return found
    main = main_model(row, priced)
    for cause, words, total in _readings(priced, main):
        if agrees(row.usd, total):
            return replace(found, cause=cause, reading=words)
    if found.is_upper_bound and exact_sum(one.usd_all_cached() for one in priced) <= row.usd < usd:
        words = "a discount on cached tokens, whose share is not published, can make up the gap"
        return replace(found, cause=Cause.CACHED_NOT_PUBLISHED, reading=words)
    for cause, words, total in _fee_readings(usd):
        if agrees(row.usd, total):
            return replace(found, cause=cause, reading=words)
    other = _other_model(row.usd, priced, main, history, day)
    if other is not None:
        return replace(found, cause=Cause.OTHER_MODEL, reading=f"{priced[main].name} at the price of {other}")
    return replace(found, cause=Cause.UNEXPLAINED, reading="no reading that was tried gives the published total")


def _by_task(row: BoardRow, priced: Sequence[Priced]) -> dict[str, Decimal]:
    """Dollars of each task at the rates of the row, which has one model where it has tokens by task."""
    if len(priced) != 1:
        return {}
    return {task: replace(priced[0], tokens=tokens).usd() for task, tokens in row.tokens_by_task.items()}


def agrees(published: Decimal, total: Decimal, tolerance: Decimal = TOLERANCE) -> bool:
    """Whether two totals are the same within a share of the second."""
    return abs(published - total) <= tolerance * total if total > 0 else published == total


def main_model(row: BoardRow, priced: Sequence[Priced]) -> int:
    """Which of a row's models the row is named after; else the one with the most dollars."""
    told = row.model.lower()
    for place, one in enumerate(priced):
        stem = one.tokens.model.lower().partition(" (")[0]
        for effort in (" minimal", " low", " medium", " high"):
            stem = stem.removesuffix(effort)
        if stem in told:
            return place
    return max(range(len(priced)), key=lambda place: priced[place].usd())


def _readings(priced: Sequence[Priced], main: int) -> Iterator[tuple[Cause, str, Decimal]]:
    """(cause, words, total) of every way of summing that boards are known to use."""
    plain = [one.usd() for one in priced]
    total = exact_sum(plain)
    for place, one in enumerate(priced):
        for row_id, rates in one.older:
            words = f"{one.name} at {rates.prompt}/{rates.completion} ({row_id}), no longer in force"
            yield Cause.OLD_PRICE, words, EXACT.add(total - plain[place], one.usd(rates))
    if len(priced) > 1:
        yield Cause.SECOND_MODEL_ONLY, f"without {priced[main].name}", total - plain[main]
        yield Cause.SECOND_MODEL_MISSING, f"{priced[main].name} alone", plain[main]
    full = [one.usd(is_cached_at_full=True) for one in priced]
    yield Cause.CACHED_AT_FULL, f"cached tokens of {priced[main].name} at its prompt rate", _swap(plain, full, main)
    for place, one in enumerate(priced):
        if place != main:
            words = f"cached tokens of {one.name} at its prompt rate"
            yield Cause.SECOND_CACHED_AT_FULL, words, _swap(plain, full, place)
    yield Cause.CACHED_AT_FULL, "all cached tokens at the prompt rate", exact_sum(full)
    if len(priced) > 1:
        yield Cause.CACHED_AT_FULL, f"{priced[main].name} alone, cached tokens at its prompt rate", full[main]
    twice = exact_sum(one.usd(is_reasoning_twice=True) for one in priced)
    yield Cause.REASONING_TWICE, "reasoning tokens added to the completion that holds them", twice
    for row_id, rates in priced[main].older:
        words = f"{priced[main].name} at {row_id}, no longer in force, cached tokens at its prompt rate"
        yield Cause.OLD_PRICE, words, EXACT.add(total - plain[main], priced[main].usd(rates, is_cached_at_full=True))


def _fee_readings(total: Decimal) -> Iterator[tuple[Cause, str, Decimal]]:
    for fee in FEES:
        shown = f"{(100 * fee).normalize():f}%"
        yield Cause.FEE, f"a fee of {shown} on top", total * (1 + fee)
        yield Cause.WITHOUT_FEE, f"less a fee of {shown}", total / (1 + fee)


def _swap(plain: Sequence[Decimal], other: Sequence[Decimal], place: int) -> Decimal:
    return exact_sum([*plain[:place], other[place], *plain[place + 1 :]])


def _other_model(
    published: Decimal, priced: Sequence[Priced], main: int, history: PriceHistory, day: date | None
) -> str | None:
    """A model of the same provider whose price of the day gives the total; None where none does."""
    if day is None:
        return None
    rest = exact_sum(one.usd() for place, one in enumerate(priced) if place != main)
    own = priced[main]
    provider = own.name.partition("/")[0]
    at = datetime.combine(day, time(23, 59), UTC)
    for name in history.names():
        if name == own.name or not name.startswith(f"{provider}/"):
            continue
        price = history.price_at(name, at)
        if not isinstance(price, CostUnknown) and agrees(published, EXACT.add(rest, own.usd(price.rates)), NARROW):
            return name
    return None
