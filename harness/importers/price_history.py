"""Prices for results of the past: the price book, then the rows of facts/prices-history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from harness.core.prices import CostUnknown, Price
from harness.pricing.book import FACTS, PriceBook, load_book

FOLDER = FACTS / "prices-history"


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """`book`: what holds today, with the user's own rows; `past`: with the rows of the past above it."""

    book: PriceBook
    past: PriceBook

    def price_at(self, name: str, at: datetime) -> Price | CostUnknown:
        """The row of provider/model in force at an instant; one of the book before one of the history."""
        provider, _, model = name.partition("/")
        found = self.book.price_at(provider, model, at)
        if not isinstance(found, CostUnknown):
            return found
        older = self.past.price_at(provider, model, at)
        return found if isinstance(older, CostUnknown) else older

    def rows(self, name: str) -> tuple[Price, ...]:
        """Every row of provider/model of any time, the oldest first."""
        provider, _, model = name.partition("/")
        return tuple(sorted(self.past.rows(provider, model), key=lambda row: row.effective_from))

    def has(self, name: str) -> bool:
        """Whether there is any row of that name."""
        return bool(self.rows(name))

    def names(self) -> tuple[str, ...]:
        """All provider/model names with a row of any time."""
        return self.past.models()


@cache
def _history_files() -> tuple[Path, ...]:
    return tuple(sorted(FOLDER.glob("*.yaml")))


def load_history(extra_files: Sequence[Path] = ()) -> PriceHistory:
    """The shipped rows, those of the history, and the user's files above both. Raises ConfigError."""
    return PriceHistory(
        book=load_book(extra_files=extra_files), past=load_book(extra_files=(*_history_files(), *extra_files))
    )
