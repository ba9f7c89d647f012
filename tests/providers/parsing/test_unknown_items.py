"""A response with a billed item that nobody has listed never yields an exact amount: every dialect, whole and streamed.

The payloads are the mock's; a number under an unknown name is put into the usage of each, at any depth and in any type.
"""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Endpoint, Json, Usage
from harness.mock.formats.known import FORMATS
from harness.mock.testing import price_of
from harness.pricing.cost import cost_of
from harness.providers import dialect_loader
from tests.cases import all_cases
from tests.mock.dialects import one_answer
from tests.pricing.prices import NOON
from tests.providers.reading import endpoint, events_in

PRICE = price_of("mock-model", prompt="2", cached="0.5", cache_write="2.5", completion="10")
NAMES = st.sampled_from(
    (
        *("num_searches", "web_search_requests", "request_cost", "code_interpreter_sessions", "image_tokens"),
        *("audio_tokens", "storage_gb_hours", "grounding_queries", "pages_read", "video_seconds", "tool_fee_usd"),
    )
)
ABOVE = st.lists(
    st.sampled_from(["details", "server_tool_use", "extra", "num_details", "prompt_tokens_details"]), max_size=2
)
NUMBERS: st.SearchStrategy[Json] = st.one_of(
    st.integers(1, 10**6),
    st.floats(0.001, 1000, allow_nan=False),
    st.integers(1, 10**6).map(str),
    st.integers(1, 10**6).map(lambda count: f"{count}.0"),
    st.sampled_from(["0.005", "12.5", "1e-3"]),
)
DIALECTS = sorted(set(dialect_loader.names()) & set(FORMATS))
USAGE_KEYS = ("usage", "x_groq")


@cache
def wire(dialect: str, *, stream: bool) -> bytes:
    """An answer of the mock in the dialect."""
    answer, _ = one_answer(dialect, stream=stream)
    return answer.body


def usages_in(value: Json) -> list[dict[str, Json]]:
    """Every usage object of a payload."""
    found: list[dict[str, Json]] = []
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name == "usage" and isinstance(inner, dict) and inner:
            found.append(inner)
        found += usages_in(inner)
    for inner in value if isinstance(value, list) else ():
        found += usages_in(inner)
    return found


def with_item(payload: Json, path: list[str], number: Json) -> bool:
    """Put the number into every usage object of a payload; returns whether there was any."""
    found = usages_in(payload)
    for usage in found:
        place = usage
        for name in path[:-1]:
            inner = place.get(name)
            if not isinstance(inner, dict):
                inner = place[name] = {}
            place = inner
        place[path[-1]] = number
    return bool(found)


def usage_with(dialect: str, path: list[str], number: Json, *, stream: bool) -> Usage | None:
    """The usage that the dialect reads from an answer with the number in it."""
    spoken: Endpoint = endpoint(dialect, stream=stream)
    reader = dialect_loader.new_parser(spoken)
    if not stream:
        body = json.loads(wire(dialect, stream=False))
        assert with_item(body, path, number)
        reader.feed_body(json.dumps(body).encode())
        return reader.reply({}).usage
    added = False
    for event, data in events_in(wire(dialect, stream=True)):
        if data == b"[DONE]":
            reader.feed_event(event, data)
            continue
        chunk = json.loads(data)
        added = with_item(chunk, path, number) or added
        reader.feed_event(event, json.dumps(chunk).encode())
    assert added
    return reader.reply({}).usage


@all_cases("stream", [True, False])
@all_cases("dialect", DIALECTS)
def test_without_the_item_the_amount_is_known(dialect: str, stream: bool) -> None:
    found = usage_with(dialect, ["created"], 1, stream=stream)  # a name that is listed as no charge
    assert isinstance(cost_of(found, PRICE, at=NOON), Cost)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=12, deadline=None)
@given(above=ABOVE, name=NAMES, number=NUMBERS)
def test_an_unknown_item_never_yields_an_exact_amount(
    dialect: str, stream: bool, above: list[str], name: str, number: Json
) -> None:
    found = usage_with(dialect, [*above, name], number, stream=stream)
    cost = cost_of(found, PRICE, at=NOON)
    assert isinstance(cost, CostUnknown), (found, cost)
