"""Claims checked by arithmetic on dated list prices, published scores and numbers inside the texts.

Nothing here is a measurement: every finding has the mode `computed`. A list price that is not in force is an undecided
finding with its reason, never 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from harness.core.prices import CostUnknown, Price
from harness.pricing.book import PriceBook
from harness.report.claims.claim_file import (
    ClaimEntry,
    ComputedCheck,
    ListPriceInput,
    PriceRate,
    PublishedScoreInput,
    QuotedInput,
    ScoreEntry,
)
from harness.report.claims.formula import evaluate
from harness.report.claims.verdict import ClaimCheckResult, ClaimVerdict, EvidenceMode
from harness.stats.intervals import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedChecks:
    """What arithmetic may draw on: list prices as of an instant, and published scores by id."""

    book: PriceBook
    at: datetime
    scores: Mapping[str, ScoreEntry]

    def findings(self, claim: ClaimEntry) -> tuple[ClaimCheckResult, ...]:
        """Every computed check of a claim."""
        return tuple(
            replace(finding, reading=check.reading) for check in claim.computed for finding in self._check(claim, check)
        )

    def _check(self, claim: ClaimEntry, check: ComputedCheck) -> Iterator[ClaimCheckResult]:
        if check.price_ratio is None:
            yield self._computed(check)
            return
        for first in check.of or claim.subject:
            for second in check.over or claim.comparator:
                yield self._price_ratio(check, check.price_ratio, first, second)

    def _price_ratio(self, check: ComputedCheck, rate: PriceRate, first: str, second: str) -> ClaimCheckResult:
        what = f"{check.what}: {first} / {second}"
        one, other = self._list_price(first, rate), self._list_price(second, rate)
        for found in (one, other):
            if isinstance(found, str):
                return _unknown(check, what, found)
        assert not isinstance(one, str)
        assert not isinstance(other, str)
        (usd, row), (other_usd, other_row) = one, other
        prices = (row, other_row)
        if other_usd == 0:
            return _unknown(check, what, f"{other_row} is 0: a ratio to it does not exist", prices=prices)
        shown = f"{plain(usd)} / {plain(other_usd)} $ per million tokens"
        return _found(check, what, usd / other_usd, shown, prices=prices)

    def _computed(self, check: ComputedCheck) -> ClaimCheckResult:
        assert check.formula is not None
        values: dict[str, Fraction] = {}
        sources: list[str] = []
        prices: list[str] = []
        for name, given in check.inputs.items():
            match given:
                case Decimal():
                    values[name] = Fraction(given)
                    sources.append(f"{name} {given}")
                case QuotedInput():
                    values[name] = Fraction(given.value)
                    sources.append(f"{name} {given.value} ({given.source})")
                case PublishedScoreInput():
                    entry = self.scores[given.score]
                    values[name] = Fraction(entry.value)
                    sources.append(f"{name} {entry.value} ({entry.by}{', recalled' * entry.recalled})")
                case ListPriceInput():
                    found = self._list_price(given.price, given.rate)
                    if isinstance(found, str):
                        return _unknown(check, check.what, found)
                    values[name], row = found
                    prices.append(row)
                    sources.append(f"{name} {plain(found[0])} $")
        try:
            value = evaluate(check.formula, values)
        except ValueError as error:
            return _unknown(check, check.what, str(error), prices=tuple(prices))
        shown = f"{check.formula} with {', '.join(sources)}"
        return _found(check, check.what, value, shown, prices=tuple(prices), bounds=_bounds(check, values))

    def _list_price(self, name: str, rate: PriceRate) -> tuple[Fraction, str] | str:
        """Dollars per million tokens and the id of the row, or why there are none."""
        # Price rows are of models: an effort changes how many tokens are used, not what one costs.
        provider, _, model = name.partition("@")[0].partition("/")
        price = self.book.price_at(provider, model, self.at)
        if isinstance(price, CostUnknown):
            return price.reason
        amount = _amount(price, rate)
        if amount is None:
            return f"{price.id} states no {rate.value} rate"
        if price.currency == "USD":
            return amount, price.id
        if price.exchange is None:
            return f"{price.id} is in {price.currency}, and no exchange rate of the day is known"
        return amount / Fraction(price.exchange.per_usd), price.id


def _amount(price: Price, rate: PriceRate) -> Fraction | None:
    rates = price.rates
    match rate:
        case PriceRate.INPUT:
            return Fraction(rates.prompt)
        case PriceRate.OUTPUT:
            return Fraction(rates.completion)
        case PriceRate.CACHED:
            return None if rates.cached is None else Fraction(rates.cached)
        case PriceRate.BLENDED:
            # Artificial Analysis' mix, which the articles quote: three input tokens for each output token.
            return (3 * Fraction(rates.prompt) + Fraction(rates.completion)) / 4


def _bounds(check: ComputedCheck, values: Mapping[str, Fraction]) -> tuple[float, float, int] | None:
    if check.wilson is None:
        return None
    low, high = wilson(float(values["correct"]), float(values["n"]))
    return low, high, int(values["n"])


def _found(
    check: ComputedCheck,
    what: str,
    value: Fraction,
    shown: str,
    *,
    prices: tuple[str, ...] = (),
    bounds: tuple[float, float, int] | None = None,
) -> ClaimCheckResult:
    """The value itself is compared with the accepted range: it is a printed figure, not a sample."""
    # Bounds are shown, but a figure that somebody printed is right or wrong as it stands.
    low, high, n = bounds or (None, None, None)
    return ClaimCheckResult(
        what=what,
        role=check.role,
        mode=EvidenceMode.COMPUTED,
        verdict=check.confirmed_if.holds(value, value),
        confirmed_if=check.confirmed_if.text,
        why=joined_words(shown, "threshold ours" if check.threshold == "ours" else "", check.note),
        metric=check.what if check.price_ratio is None else f"list_price_ratio_{check.price_ratio.value}",
        value=float(value),
        low=low,
        high=high,
        n=n,
        prices=prices,
    )


def _unknown(check: ComputedCheck, what: str, reason: str, *, prices: tuple[str, ...] = ()) -> ClaimCheckResult:
    return ClaimCheckResult(
        what=what,
        role=check.role,
        mode=EvidenceMode.COMPUTED,
        verdict=ClaimVerdict.UNDECIDED,
        confirmed_if=check.confirmed_if.text,
        why=joined_words(reason, check.note),
        metric=check.what if check.price_ratio is None else f"list_price_ratio_{check.price_ratio.value}",
        prices=prices,
    )


def joined_words(*parts: str) -> str:
    """The parts that are not empty, with semicolons."""
    return "; ".join(part for part in parts if part)


def plain(value: Fraction) -> str:
    """A number for people: at most four digits after the point, no trailing zeros."""
    return f"{float(value):.4f}".rstrip("0").rstrip(".") or "0"
