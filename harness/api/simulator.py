"""Connects simulated models to a run: those with `simulate` in providers.yaml, served by the mock server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config.load import Config
from harness.config.resolve import SIMULATED_PROVIDER
from harness.core.prices import Price
from harness.core.types import Sample
from harness.pricing.book import load_book
from harness.run.session import Simulator

if TYPE_CHECKING:
    from harness.mock.scenario import SimulatedModel


def simulator_for(config: Config) -> Simulator:
    """A function that runs the simulated models of a configuration; see `run.session.Simulator`."""

    @contextlib.contextmanager
    def simulate(prices: Mapping[str, Price], samples: Sequence[Sample], ledger: Path) -> Iterator[str]:
        # The mock with aiohttp's server, for runs with simulated models alone.
        from harness.mock.config import MockConfig
        from harness.mock.process import MockProcess

        with MockProcess(
            MockConfig(
                models=simulated_models(config, _with_others(config, prices)), samples=tuple(samples), ledger=ledger
            )
        ) as mock:
            yield mock.url

    return simulate


def _with_others(config: Config, prices: Mapping[str, Price]) -> dict[str, Price]:
    """The prices, with those of the simulated models that answer instead of one of them (`answered_by`)."""
    known = config.simulations()
    others = {found.answered_by.model for name in prices if (found := known.get(name)) and found.answered_by}
    book = load_book(written=config.prices())
    rows = {name: book.price_at(SIMULATED_PROVIDER, name, datetime.now(UTC)) for name in others - prices.keys()}
    return {**prices, **{name: row for name, row in rows.items() if isinstance(row, Price)}}


def simulated_models(config: Config, prices: Mapping[str, Price]) -> tuple[SimulatedModel, ...]:
    """The simulated models that have a price, as the mock plays them."""
    from harness.mock.scenario import SimulatedModel

    known = config.simulations()
    return tuple(
        SimulatedModel(name=model_id, simulation=known[model_id], price=price)
        for model_id, price in prices.items()
        if model_id in known
    )
