"""The configuration of a mock process as JSON: exact on the way there and back, mistakes named with their place."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.core.types import Sample
from harness.mock.config import MockConfig, config_from_json, free_price
from harness.mock.testing import simulated
from tests.cases import all_cases


def test_a_configuration_survives_its_json_to_the_last_digit_of_a_price() -> None:
    model = simulated("m", accuracy=0.75, faults={"rate_limit": 0.1})
    rates = replace(model.price.rates, prompt=Decimal("0.10"), completion=Decimal("0.123456789012345678901"))
    config = MockConfig(
        models=(replace(model, price=replace(model.price, rates=rates)),),
        samples=(Sample(id="s", prompt="1+1?", target="2", tags={"difficulty": "easy"}),),
        ledger=Path("ledger.jsonl"),
        time_scale=0.5,
    )
    again = config_from_json(config.to_json(), where="here")
    assert again == config
    assert str(again.models[0].price.rates.prompt) == "0.10"


def test_a_model_without_a_price_is_free() -> None:
    (model,) = config_from_json('{"models": [{"name": "m"}]}', where="here").models
    assert model.price == free_price("m")


@all_cases(
    ("value", "said"),
    [
        ("{", "here: the mock's configuration is not JSON"),
        ("[]", "here: the mock's configuration must be a JSON object"),
        ('{"modles": []}', "here: unknown field 'modles'; did you mean models"),
        ('{"models": [{"name": "m", "prise": 1}]}', "here: model 'm': unknown field 'prise'; did you mean price?"),
        ('{"models": 5}', "here: not a configuration of the mock: models: "),
        ('{"models": [5]}', "here: not a configuration of the mock: models.0: "),
        ("{}", "here: not a configuration of the mock: models: Field required"),
        ('{"models": [{"name": "m", "simulation": {"accuracy": 2}}]}', "models.0.simulation.accuracy"),
        ('{"models": [], "time_scale": "fast"}', "time_scale: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(value: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config_from_json(value, where="here")
    assert said in str(raised.value)


def test_the_json_is_one_line() -> None:
    text = MockConfig(models=(simulated("m"),), samples=(Sample(id="s", prompt="a\nb", target="2"),)).to_json()
    assert "\n" not in text
    assert json.loads(text)["samples"][0]["prompt"] == "a\nb"
