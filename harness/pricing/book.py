"""The price book: every dated row, and which of them is in force at an instant.

Covers the shipped rows (harness/facts/prices/*.yaml), a user's files and a user's own rows, in rising precedence, and
the exchange rate a row not in dollars is converted at. Does not cover what a request costs (pricing.cost) nor whether
the rows are fresh or agree with other lists (pricing.check).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from harness.core.errors import ConfigError
from harness.core.labels import closest_names
from harness.core.prices import CostUnknown, ExchangeRate, Price, Rates, WrittenPrice
from harness.pricing.rates import max_rate, max_rates
from harness.pricing.read_prices import read_exchange_rates, read_prices, read_sources, read_written_price
from harness.pricing.schema import SourceEntry

FACTS = Path(__file__).resolve().parent.parent / "facts"
MAX_RUN_DURATION = timedelta(days=7)
"""How far ahead `worst_price` looks: a run that starts before a known price change may end after it."""

MAX_PRICED_PROMPT = 2**62
"""A prompt length above every tier's threshold."""

DATED = re.compile(r"(?P<base>.+?)[-@](?P<day>20\d{2}-?[01]\d-?[0-3]\d)")
"""A dated snapshot: OpenAI and Alibaba write `-2025-08-07`, Anthropic `-20250929`, Vertex AI `@20250929`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """All rows by provider/model. `layers` stand in falling precedence; in each, a model's rows go by start.

    `free`: by provider, the row of ids with its free ending. `same_names`: whether two names are one model, as far as
    that was asked (pricing.served); a run of a million answers asks it of a handful of names.
    """

    layers: tuple[Mapping[str, tuple[Price, ...]], ...]
    aliases: Mapping[str, str]
    exchange: tuple[ExchangeRate, ...] = ()
    free: Mapping[str, Price] = field(default_factory=dict)
    same_names: dict[tuple[str, ...], bool] = field(init=False, compare=False, repr=False, default_factory=dict)

    def price_at(self, provider: str, model: str, at: datetime) -> Price | CostUnknown:
        """The row in force at `at`: the last with effective_from <= at < effective_to, own rows before shipped ones.

        A row not in dollars comes with the last exchange rate fixed on or before that day. CostUnknown says which rows
        exist where none is in force. Raises ValueError when `at` has no time zone.
        """
        if at.tzinfo is None:
            raise ValueError(f"a price needs an instant with its time zone, got {at.isoformat()}")
        name = self.row_name(provider, model)
        for layer in self.layers:
            in_force = [row for row in layer.get(name, ()) if _is_in_force(row, at)]
            if in_force:
                return self._with_exchange(in_force[-1], at)
        free = self._free_row(name)
        return free if free is not None and _is_in_force(free, at) else self._no_row(name, at)

    def rows(self, provider: str, model: str) -> tuple[Price, ...]:
        """Every row of a model, in falling precedence and then by start; none where the name is unknown."""
        name = self.row_name(provider, model)
        free = self._free_row(name)
        if free is not None and not self._has_rows(name):
            return (free,)
        return tuple(row for layer in self.layers for row in layer.get(name, ()))

    def models(self) -> tuple[str, ...]:
        """The provider/model names that have rows, sorted."""
        return tuple(sorted({name for layer in self.layers for name in layer}))

    def all_rows(self) -> Iterator[Price]:
        """Every row of every model, in the order of `models`."""
        for name in self.models():
            for layer in self.layers:
                yield from layer.get(name, ())

    def frozen_rows(self, provider: str, model: str) -> tuple[Price, ...]:
        """The rows of a model as one layer that gives the same prices, for a run to keep.

        A row ends where one of a higher layer begins, and may go on after it: then it comes in two parts.
        """
        name = self.row_name(provider, model)
        return _as_one_layer([layer.get(name, ()) for layer in self.layers]) or self.rows(provider, model)

    def own_rows(self, providers: Collection[str]) -> tuple[Price, ...]:
        """The rows of these providers that are not of the shipped book, as `frozen_rows`."""
        own = self.layers[:-1]
        names = dict.fromkeys(name for layer in own for name in layer)
        found = (row for name in names for row in _as_one_layer([layer.get(name, ()) for layer in own]))
        return tuple(row for row in found if row.provider in providers)

    def worst_price(self, provider: str, model: str, at: datetime) -> Price | CostUnknown:
        """The row in force with its rates raised to the highest of any hour, and of rows that start within a week.

        So are those of each service tier. Length tiers stay, since the length of a prompt is known beforehand; windows
        are folded in. For budgets, not bills.
        """
        price = self.price_at(provider, model, at)
        if isinstance(price, CostUnknown):
            return price
        ahead = [
            row
            for row in self.rows(provider, model)
            if at < row.effective_from <= at + MAX_RUN_DURATION and row.currency == price.currency
        ]

        def raised(rates: Rates, service_tier: str | None) -> Rates:
            return max_rate(
                [rates, *(max_rates(row, prompt_tokens=MAX_PRICED_PROMPT, service_tier=service_tier) for row in ahead)]
            )

        now = max_rates(price, prompt_tokens=0, service_tier=None)
        tiers = {name: raised(rates, name) for name, rates in price.service_tiers.items()}
        return replace(price, rates=raised(now, None), windows=(), service_tiers=tiers)

    def row_name(self, provider: str, model: str) -> str:
        """The provider/model whose rows bill that name: its own, an alias's, or the undated model of a dated name."""
        name = f"{provider}/{model}".lower()
        # Its own rows first: a dated snapshot may be billed at another price than the undated name, which moves on.
        if self._has_rows(name):
            return name
        if name in self.aliases:
            return self.aliases[name]
        dated = DATED.fullmatch(name)
        if dated is not None and (self._has_rows(dated["base"]) or dated["base"] in self.aliases):
            return self.aliases.get(dated["base"], dated["base"])
        return name

    def _free_row(self, name: str) -> Price | None:
        """The row of a name with the provider's free ending, such as openrouter/deepseek/deepseek-r1:free."""
        provider, _, model = name.partition("/")
        free = self.free.get(provider)
        return replace(free, model=model) if free is not None and model.endswith(free.model) else None

    def _has_rows(self, name: str) -> bool:
        return any(name in layer for layer in self.layers)

    def _with_exchange(self, price: Price, at: datetime) -> Price:
        if price.currency == "USD" or price.exchange is not None:
            return price
        # Never a later rate: dollars of a stored answer must not change when the next rate is fixed.
        known = [rate for rate in self.exchange if rate.currency == price.currency and rate.on <= at.date()]
        return replace(price, exchange=known[-1]) if known else price

    def _no_row(self, name: str, at: datetime) -> CostUnknown:
        rows = [row for layer in self.layers for row in layer.get(name, ())]
        if not rows:
            return CostUnknown(reason=f"no price row of {name}; {closest_names(name, self.models())}")
        spans = "; ".join(f"{row.id} ({_span(row)})" for row in rows)
        return CostUnknown(reason=f"no price row of {name} is in force at {at:%Y-%m-%dT%H:%MZ}; there are: {spans}")


def load_book(
    *,
    own: Sequence[Price] = (),
    written: Iterable[WrittenPrice] = (),
    extra_files: Sequence[Path] = (),
    overlay: Sequence[Path] = (),
) -> PriceBook:
    """The shipped rows below those of `overlay`, of `extra_files`, and of `own` and `written` (providers.yaml).

    A higher layer's row replaces a lower one's for the instants it is in force, and only for those. Among extra files
    the later one wins. Of the overlay (pricing.overlay) only the rows are taken that were read later than the shipped
    row of that time. Raises ConfigError with file:line for a price that cannot be read.
    """
    shipped = _shipped_book()
    aliases, free = dict(shipped.aliases), dict(shipped.free)
    extra_layers = [_by_name(_rows_of(path, aliases, free)) for path in extra_files]
    listed = [row for path in overlay for row in read_prices(path).rows if _is_newer(row, shipped)]
    mine = [*own, *(read_written_price(one) for one in written)]
    layers = [_by_name(mine), *reversed(extra_layers), _by_name(listed), *shipped.layers]
    return PriceBook(
        layers=tuple(layer for layer in layers if layer), aliases=aliases, exchange=shipped.exchange, free=free
    )


def _is_newer(row: Price, shipped: PriceBook) -> bool:
    # By the day a price was read and not by its start: a list that was fetched earlier may have missed a correction.
    held = shipped.price_at(row.provider, row.model, row.effective_from)
    return isinstance(held, CostUnknown) or held.read_on < row.read_on


@cache
def _shipped_book() -> PriceBook:
    aliases: dict[str, str] = {}
    free: dict[str, Price] = {}
    sources = read_sources(FACTS / "sources.yaml")
    paths = sorted((FACTS / "prices").glob("*.yaml"))
    rows = [row for path in paths for row in _rows_of(path, aliases, free, sources)]
    exchange = read_exchange_rates(FACTS / "exchange_rates.yaml", sources)
    return PriceBook(layers=(_by_name(rows),), aliases=aliases, exchange=exchange, free=free)


def _rows_of(
    path: Path, aliases: dict[str, str], free: dict[str, Price], sources: Mapping[str, SourceEntry] | None = None
) -> tuple[Price, ...]:
    """The rows of a file; its aliases and its free ending are added to those known."""
    content = read_prices(path, sources)
    for name, model in content.aliases.items():
        if aliases.get(name, model) != model:
            raise ConfigError(f"{path}: alias {name!r} already points to {aliases[name]!r} in another file")
    aliases.update(content.aliases)
    if content.free is not None:
        free[content.free.provider] = content.free
    return content.rows


def _by_name(rows: Iterable[Price]) -> dict[str, tuple[Price, ...]]:
    found: dict[str, list[Price]] = {}
    for row in rows:
        found.setdefault(f"{row.provider}/{row.model}".lower(), []).append(row)
    return {name: tuple(sorted(same, key=lambda row: row.effective_from)) for name, same in found.items()}


def _as_one_layer(layers: Iterable[Sequence[Price]]) -> tuple[Price, ...]:
    """Rows of one model in layers of falling precedence, cut so that no two of different layers are in force at once.

    In one layer the last row to start wins; without the cut a list price of last month would win over a contract.
    """
    found: list[Price] = []
    for layer in layers:
        above = tuple(found)
        for row in layer:
            found += _outside(row, above)
    return tuple(found)


def _outside(row: Price, above: Iterable[Price]) -> list[Price]:
    """The parts of a row at instants at which no row of `above` is in force."""
    parts = [row]
    for other in above:
        parts = [piece for part in parts for piece in _without(part, other)]
    return parts


def _without(row: Price, other: Price) -> Iterator[Price]:
    """What is left of a row before another one starts and after it ends."""
    start, end = other.effective_from, other.effective_to
    if row.effective_from < start:
        yield row if row.effective_to is not None and row.effective_to <= start else replace(row, effective_to=start)
    if end is not None and (row.effective_to is None or row.effective_to > end):
        yield row if row.effective_from >= end else replace(row, effective_from=end)


def _is_in_force(row: Price, at: datetime) -> bool:
    return row.effective_from <= at and (row.effective_to is None or at < row.effective_to)


def _span(row: Price) -> str:
    start = f"from {row.effective_from:%Y-%m-%dT%H:%MZ}"
    return f"{start}, no end" if row.effective_to is None else f"{start} to {row.effective_to:%Y-%m-%dT%H:%MZ}"
