"""What a mock process is told: its models with their prices, the samples it can answer, the ledger, the time scale.

Covers the values and their JSON, exact to the last digit of a price. Read from one line of standard input or a file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import ConfigError
from harness.core.labels import closest_names
from harness.core.prices import Price, Rates
from harness.core.types import Sample
from harness.mock.scenario import SimulatedModel
from harness.mock.scenario_rules import ScenarioRule


@dataclass(frozen=True, slots=True, kw_only=True)
class MockConfig:
    """`ledger` None keeps the ledger in memory. `time_scale` 0 answers at once, 1 at the simulated speed."""

    models: tuple[SimulatedModel, ...]
    samples: tuple[Sample, ...] = ()
    rules: tuple[ScenarioRule, ...] = ()
    ledger: Path | None = None
    time_scale: float = 1.0

    def to_json(self) -> str:
        """One line of JSON; decimals are texts."""
        return _adapter().dump_json(self).decode()


def _adapter() -> TypeAdapter[MockConfig]:
    return TypeAdapter(MockConfig)


def config_from_json(text: str, *, where: str) -> MockConfig:
    """The configuration a JSON text holds; a model without a price is free.

    Raises ConfigError that names `where` the text came from.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{where}: the mock's configuration is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: the mock's configuration must be a JSON object")
    _check_names(value, MockConfig, where)
    models = value.get("models")
    for model in models if isinstance(models, list) else ():
        if isinstance(model, dict):
            _check_names(model, SimulatedModel, f"{where}: model {model.get('name')!r}")
            model.setdefault("simulation", {})
            model.setdefault("price", _free_price_json(str(model.get("name"))))
    try:
        return _adapter().validate_json(json.dumps(value))
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
        raise ConfigError(f"{where}: not a configuration of the mock: {'; '.join(problems)}") from error


def _check_names(value: dict[str, object], kind: type, where: str) -> None:
    known = [row.name for row in fields(kind)]
    for name in value:
        if name not in known:
            raise ConfigError(f"{where}: unknown field {name!r}; {closest_names(name, known)}")


def free_price(model: str) -> Price:
    """A price of nothing, for a mock that is only to answer."""
    return Price(
        id=f"mock:{model}:free",
        provider="sim",
        model=model,
        currency="USD",
        rates=Rates(prompt=Decimal(0), completion=Decimal(0)),
        effective_from=datetime(2000, 1, 1, tzinfo=UTC),
        effective_to=None,
        sources=("the mock itself",),
        read_on=date(2000, 1, 1),
        confidence="simulated",
    )


def _free_price_json(model: str) -> object:
    return json.loads(TypeAdapter(Price).dump_json(free_price(model)))
