"""Each dialect on payloads composed from its documented fields, and the door to them all."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.core.types import Json
from harness.providers import dialect_loader
from harness.providers.format.dialect_spec import TRAITS
from harness.providers.format.wire_types import ParsedResponse
from tests.cases import all_cases
from tests.providers.reading import endpoint, events_in, read_body, read_events, usage_counts

PAYLOADS = Path(__file__).parent / "dialects"

CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
    for path in sorted(PAYLOADS.glob("*.json"))
    for case in json.loads(path.read_text())
]

DIALECT_OF = {
    "openai-responses": "openai_responses",
    "azure-openai": "azure",
    "anthropic-compaction": "anthropic_messages",
    "anthropic-compat": "anthropic_compat",
    "anthropic": "anthropic_messages",
    "xai-responses": "xai_responses",
    "gemini-compat": "gemini_compat",
    "gemini": "gemini_compat",
}


def dialect_of(file: str) -> str:
    """The dialect that a development payload is written in, by its file name."""
    known = [name for prefix, name in DIALECT_OF.items() if file.startswith(prefix)]
    return known[0] if known else file.partition("-")[0].removesuffix(".json")


def reply_of(name: str, case: dict[str, Json]) -> ParsedResponse:
    """The reply of a composed case."""
    headers = case.get("headers")
    assert headers is None or isinstance(headers, dict)
    if "body" in case:
        return read_body(name, json.dumps(case["body"]).encode(), headers)
    events = case["stream"]
    assert isinstance(events, list)
    texts = ((event, data if isinstance(data, str) else json.dumps(data)) for event, data in events)
    return read_events(name, [(event, data.encode()) for event, data in texts])


@all_cases(("name", "case"), CASES)
def test_composed_payload_reads_as_worked_out_by_hand(name: str, case: dict[str, Json]) -> None:
    reply, expect = reply_of(name, case), case["expect"]
    assert isinstance(expect, dict)
    assert usage_counts(reply.usage) == expect["usage"], case["why"]
    assert (reply.text, reply.reasoning) == (expect["text"], expect["reasoning"])
    assert (reply.finish_reason.value if reply.finish_reason else None) == expect["finish"]
    assert (reply.error.kind.value if reply.error else None) == expect.get("error")
    charge = expect.get("charge")
    assert reply.reported_cost_usd == (None if charge is None else Decimal(charge))
    for field in ("served_model", "served_by", "service_tier", "request_id"):
        assert field not in expect or getattr(reply, field) == expect[field]
    if reply.usage is not None:
        assert reply.usage.problems == ()
        assert reply.usage.cache_counts_overlap == expect.get("overlapping", False)
        assert reply.usage.cache_write_1h_tokens == expect.get("written_1h", reply.usage.cache_write_1h_tokens)


@all_cases(("name", "case"), CASES)
def test_stored_usage_reads_again_to_the_same(name: str, case: dict[str, Json]) -> None:
    reply = reply_of(name, case)
    stored = json.loads(json.dumps(reply.raw_usage, allow_nan=False))
    assert dialect_loader.read_usage(dialect_loader.load(name), stored) == reply.usage


@all_cases("name", dialect_loader.names())
def test_every_dialect_has_two_payloads_in_each_mode(name: str) -> None:
    cases = json.loads((PAYLOADS / f"{name}.json").read_text())
    streamed = sum("stream" in case for case in cases)
    assert streamed >= 2
    assert len(cases) - streamed >= 2


@all_cases("name", dialect_loader.names())
def test_the_name_is_the_file(name: str) -> None:
    value = dialect_loader.load(name)
    assert (value.name, value.version >= 1) == (name, True)
    controls = [value.thinking, *value.thinking_by_trait.values()]
    assert {control.off_needs for control in controls} - {None} <= TRAITS.keys()
    assert value.thinking_by_trait.keys() <= TRAITS.keys()


def test_an_unknown_dialect_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"dialect 'antropic' is unknown; did you mean anthropic"):
        dialect_loader.load("antropic")
    with pytest.raises(ConfigError, match="'base' is unknown"):
        dialect_loader.load("base")


@pytest.mark.shared("dialects")
def test_every_recorded_payload_has_the_expected_usage(shared: Path) -> None:
    folder = shared / "dialects"
    rows = [row for row in json.loads((folder / "expected.json").read_text()) if row["expected"] is not None]
    wrong = {}
    for row in rows:
        file, body = row["file"], (folder / row["file"]).read_bytes()
        name = dialect_of(file)
        reply = read_events(name, list(events_in(body))) if file.endswith(".sse") else read_body(name, body)
        if usage_counts(reply.usage) != row["expected"]:
            wrong[file] = (usage_counts(reply.usage), row["expected"])
    print(f"{len(rows)} recorded payloads with usage, {len(rows) - len(wrong)} as expected")
    assert wrong == {}
    assert len(rows) >= 55


def test_reading_limits_needs_no_dialect_of_its_own() -> None:
    limits = dialect_loader.read_limits(endpoint("generic"), {"x-ratelimit-remaining-requests": "3"})
    assert limits.remaining_requests == 3
