"""What the tests of dialects share: an endpoint of a dialect, and reading a payload file the way the client does.

Not a test. Splitting of event streams here is deliberately plain: the module `sse` has tests of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from harness.core.types import Endpoint, Json, Usage
from harness.core.usage import usage_breakdown
from harness.providers import dialect_loader
from harness.providers.format.wire_types import ParsedResponse


def endpoint(name: str, *traits: str, stream: bool = True, base_url: str = "http://host.example/v1") -> Endpoint:
    """An endpoint that speaks the dialect."""
    return Endpoint(
        label="p/m",
        provider="p",
        model="m",
        model_id="m-1",
        base_url=base_url,
        dialect=name,
        traits=frozenset(traits),
        stream=stream,
    )


def read_body(name: str, body: bytes, headers: Mapping[str, str] | None = None) -> ParsedResponse:
    """The reply of a whole body."""
    reader = dialect_loader.new_parser(endpoint(name))
    reader.feed_body(body)
    return reader.reply(headers or {})


def read_events(name: str, events: list[tuple[str, bytes]], *traits: str) -> ParsedResponse:
    """The reply of a stream."""
    reader = dialect_loader.new_parser(endpoint(name, *traits))
    for event, data in events:
        reader.feed_event(event, data)
    return reader.reply({})


def event(kind: str, **fields: Json) -> tuple[str, bytes]:
    """One event of a Responses API stream, with its name."""
    return kind, json.dumps({"type": kind, **fields}).encode()


def events_in(stream: bytes) -> Iterator[tuple[str, bytes]]:
    """The events of a stored stream: (name, data)."""
    for block in stream.replace(b"\r\n", b"\n").split(b"\n\n"):
        fields = [line.partition(b":") for line in block.split(b"\n")]
        data = [value.removeprefix(b" ") for key, _, value in fields if key == b"data"]
        names = [value.strip().decode() for key, _, value in fields if key == b"event"]
        if data:
            yield names[-1] if names else "", b"\n".join(data)


def usage_counts(usage: Usage | None) -> dict[str, Json]:
    """The tokens by the rate they are billed at, by name (`core.usage.UsageBreakdown`)."""
    return asdict(usage_breakdown(usage))
