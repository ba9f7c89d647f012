"""Counts written as texts or with a fraction of zero mean the same in every dialect, whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.core.types import Json, Usage
from harness.providers import dialect_loader
from harness.providers.parsing.usage import read_usage
from tests.cases import all_cases
from tests.providers.parsing.test_unknown_items import DIALECTS, usages_in, wire
from tests.providers.reading import endpoint, events_in

SPELLINGS: dict[str, Callable[[int], Json]] = {
    "text": str,
    "text with a fraction": lambda count: f"{count}.0",
    "float": float,
}


def respelled(value: Json, spell: Callable[[int], Json]) -> Json:
    """A usage object with each whole number in another spelling."""
    if isinstance(value, dict):
        return {name: respelled(inner, spell) for name, inner in value.items()}
    if isinstance(value, list):
        return [respelled(inner, spell) for inner in value]
    return spell(value) if isinstance(value, int) and not isinstance(value, bool) else value


def read(dialect: str, spell: Callable[[int], Json], *, stream: bool) -> Usage | None:
    reader = dialect_loader.new_parser(endpoint(dialect, stream=stream))
    payloads = events_in(wire(dialect, stream=True)) if stream else [("", wire(dialect, stream=False))]
    for event, data in payloads:
        if data != b"[DONE]":
            payload = json.loads(data)
            for usage in usages_in(payload):
                for name, value in list(usage.items()):
                    usage[name] = respelled(value, spell)
            data = json.dumps(payload).encode()
        if stream:
            reader.feed_event(event, data)
        else:
            reader.feed_body(data)
    return reader.reply({}).usage


@all_cases("stream", [True, False])
@all_cases("spelling", SPELLINGS)
@all_cases("dialect", DIALECTS)
def test_counts_mean_the_same_however_they_are_written(dialect: str, spelling: str, stream: bool) -> None:
    plain = read(dialect, lambda count: count, stream=stream)
    assert plain is not None
    assert plain.completion_tokens
    assert read(dialect, SPELLINGS[spelling], stream=stream) == plain


@pytest.mark.parametrize("flag", [True, "true", "True"])
def test_ones_own_key_at_a_gateway_is_seen_however_it_is_written(flag: Json) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, "is_byok": flag, "cost": 0}
    found = read_usage(dialect_loader.load("openrouter"), usage)
    assert found is not None
    assert found.own_key
    other = read_usage(dialect_loader.load("openrouter"), {**usage, "is_byok": "false"})
    assert other is not None
    assert not other.own_key


@all_cases(
    ("written", "surcharges"),
    [("us", ("inference_geo: us",)), ("US", ("inference_geo: us",)), ("Global", ()), ("not_available", ()), (None, ())],
)
def test_a_surcharge_is_named_in_lower_case(written: str | None, surcharges: tuple[str, ...]) -> None:
    usage = {"input_tokens": 1000, "output_tokens": 100, "inference_geo": written}
    found = read_usage(dialect_loader.load("anthropic_messages"), usage)
    assert found is not None
    assert found.surcharges == surcharges
