"""Prices from YAML into `Price` and `ExchangeRate` values, or an error with file and line.

Reads price files, exchange rates and the prices that providers.yaml holds. What is accepted is in pricing.schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import ConfigError
from harness.core.prices import ExchangeRate, Price, WrittenPrice
from harness.pricing.price_yaml import RATE_FIELDS, Tree, deepest, read_file, validated
from harness.pricing.schema import (
    ExchangeFile,
    OwnPriceEntry,
    PriceFile,
    PriceOrigin,
    PriceRowEntry,
    SourceEntry,
    SourceFile,
)

FREE: Tree = {"rates": dict.fromkeys(RATE_FIELDS, "0"), "notes": "no charge per token; machine cost is not counted"}
"""What `price: free` means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFileContent:
    """One price file. `aliases`: provider/alias to provider/model. `free`: the row of ids with the free ending.

    The id and the model of `free` are the ending itself (`:free`); None where the provider has none.
    """

    rows: tuple[Price, ...]
    aliases: Mapping[str, str]
    free: Price | None = None


def read_prices(path: Path, sources: Mapping[str, SourceEntry] | None = None) -> PriceFileContent:
    """The rows of one price file; `sources` spells out the short names of sources that rows use.

    Raises ConfigError with file:line for anything the schema does not accept.
    """
    content = read_file(path, PriceFile)
    provider, known = content.provider, sources or {}
    rows = tuple(_dated_row(row, provider, known) for row in content.prices)
    aliases = {f"{provider}/{alias}": f"{provider}/{name}" for alias, name in content.aliases.items()}
    return PriceFileContent(rows=rows, aliases=aliases, free=_free_row(content, known))


def read_written_price(written: WrittenPrice) -> Price:
    """The row of a price that providers.yaml holds, with the id `providers.yaml:provider/model`.

    Without a source the source is the line it is written on; without a day, the day of the file's last change. Raises
    ConfigError with file:line.
    """
    own = written.places[()]
    tree = FREE if written.tree == "free" else written.tree
    if not isinstance(tree, dict):
        raise ConfigError(
            f"{own}: found {tree!r}; accepted: `free`, or rates per million tokens: {{input: 0.30, output: 1.20}}"
        )
    entry = validated(tree, OwnPriceEntry, lambda place: deepest(written.places, place))
    return entry.to_price(
        PriceOrigin(
            id=f"providers.yaml:{written.provider}/{written.model}",
            provider=written.provider,
            model=written.model,
            effective_from=entry.effective_from,
            sources=tuple(map(str, entry.sources)) or (own,),
            read_on=entry.read_on or written.written_on,
            confidence="own",
            basis="written by the user of the harness, not taken from the price book",
        )
    )


def read_exchange_rates(path: Path, sources: Mapping[str, SourceEntry] | None = None) -> tuple[ExchangeRate, ...]:
    """The dated rates of a file, oldest first. Raises ConfigError with file:line."""
    known = sources or {}
    content = read_file(path, ExchangeFile)
    rates = (
        ExchangeRate(
            currency=entry.currency,
            per_usd=entry.per_usd,
            on=entry.on,
            source="; ".join(_source_texts(entry.sources, known)),
        )
        for entry in content.rates
    )
    return tuple(sorted(rates, key=lambda rate: rate.on))


def read_sources(path: Path) -> Mapping[str, SourceEntry]:
    """The sources by the short names that price files use. Raises ConfigError with file:line."""
    return read_file(path, SourceFile).sources


def _dated_row(row: PriceRowEntry, provider: str, sources: Mapping[str, SourceEntry]) -> Price:
    return row.to_price(
        PriceOrigin(
            id=f"{provider}/{row.model}@{row.effective_from:%Y-%m-%d}",
            provider=provider,
            model=row.model,
            effective_from=row.effective_from,
            sources=_source_texts(row.sources, sources),
            read_on=row.read_on,
            confidence=row.confidence,
        )
    )


def _free_row(content: PriceFile, sources: Mapping[str, SourceEntry]) -> Price | None:
    free = content.free_suffix
    if free is None:
        return None
    zero = OwnPriceEntry.model_validate(FREE)
    origin = PriceOrigin(
        id=f"{content.provider}/*{free.suffix}@{free.effective_from:%Y-%m-%d}",
        provider=content.provider,
        model=free.suffix,
        effective_from=free.effective_from,
        sources=_source_texts(free.sources, sources),
        read_on=free.read_on,
        confidence="medium",
        basis=f"ids that end in {free.suffix} have no price per token",
    )
    return zero.to_price(origin)


def _source_texts(named: Sequence[str | SourceEntry], known: Mapping[str, SourceEntry]) -> tuple[str, ...]:
    return tuple(str(known.get(source, source)) if isinstance(source, str) else str(source) for source in named)
