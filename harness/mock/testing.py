"""A mock inside a test: `async with running_mock(...) as mock` gives its address, its script, its ledger.

For users' tests as well as the harness's own. Real sockets on loopback, in the test's own event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from aiohttp import web

from harness.config.simulation import Simulation
from harness.core.prices import Price, Rates
from harness.core.types import Sample
from harness.mock.answers import AnswerBook
from harness.mock.billing import BillingLedger
from harness.mock.faults import ScriptedStep
from harness.mock.scenario import SimulatedModel
from harness.mock.scenario_rules import read_scenario
from harness.mock.server import create_app
from harness.mock.state import STATE, MockState, ReceivedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningMock:
    """A mock that listens. `url` has no path; `base_url` adds a dialect's."""

    url: str
    ledger: BillingLedger
    state: MockState

    def base_url(self, dialect: str | None = None) -> str:
        """The address clients put before `/chat/completions`; without a dialect each model speaks its own."""
        return f"{self.url}/v1" if dialect is None else f"{self.url}/{dialect}/v1"

    def script(self, steps: Iterable[ScriptedStep | Mapping[str, object]]) -> None:
        """Add steps for the next requests, in order."""
        self.state.steps.extend(
            step if isinstance(step, ScriptedStep) else ScriptedStep.model_validate(step) for step in steps
        )

    @property
    def requests(self) -> Sequence[ReceivedRequest]:
        """What was received, oldest first."""
        return tuple(self.state.requests)


def price_of(model: str, **rates: str) -> Price:
    """A price in force since 2000; `rates` are the fields of `Rates`, dollars per million tokens as text."""
    return Price(
        id=f"test:{model}",
        provider="sim",
        model=model,
        currency="USD",
        rates=replace(
            Rates(prompt=Decimal(0), completion=Decimal(0)),
            **{name: Decimal(value) for name, value in rates.items()},
        ),
        effective_from=datetime(2000, 1, 1, tzinfo=UTC),
        effective_to=None,
        sources=("test",),
        read_on=date(2000, 1, 1),
        confidence="simulated",
    )


def simulated(
    name: str = "mock-model",
    *,
    price: Price | None = None,
    context_tokens: int | None = None,
    max_output_tokens: int | None = None,
    **simulation: object,
) -> SimulatedModel:
    """A simulated model from the fields of `Simulation`; $1 and $4 per million tokens unless a price is given."""
    return SimulatedModel(
        name=name,
        simulation=Simulation.model_validate(simulation),
        price=price or price_of(name, prompt="1", completion="4"),
        context_tokens=context_tokens,
        max_output_tokens=max_output_tokens,
    )


@asynccontextmanager
async def running_mock(
    models: Iterable[SimulatedModel] = (),
    samples: Iterable[Sample] = (),
    *,
    scenario: Path | None = None,
    ledger: Path | None = None,
    time_scale: float = 0.0,
) -> AsyncIterator[RunningMock]:
    """A mock that serves these models (one named `mock-model` if there are none) until the block ends.

    `time_scale` 0 answers at once; 1 keeps the simulated times. `scenario`: a file of rules (docs/mock.md). Raises
    ConfigError for one that cannot be used.
    """
    served = {model.name: model for model in models} or {"mock-model": simulated()}
    known = tuple(samples)
    book = AnswerBook.from_samples(known)
    ids = [sample.id for sample in known]
    rules = () if scenario is None else read_scenario(scenario, models=served, sample_ids=ids)
    kept = BillingLedger(path=ledger)
    app = create_app(served, book, kept, time_scale, rules)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        port = runner.addresses[0][1]
        yield RunningMock(url=f"http://127.0.0.1:{port}", ledger=kept, state=app[STATE])
    finally:
        await runner.cleanup()
