"""A stream is read the same however the network cut it, and as if each event were decoded."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Attempt, EndpointLimits, Json, Timing
from harness.providers.client import ClientContext, complete
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import PulledBody, StreamingResponse
from harness.providers.transport.timing import Stopwatch
from tests.providers.calling import job


@dataclass(frozen=True, slots=True)
class CutStream:
    """A backend whose body comes in these pieces, one a second."""

    pieces: Sequence[bytes]

    @asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        del request, limits
        watch.sent = 0.0
        yield StreamingResponse(status=200, headers={}, body=PulledBody(self._arriving(watch)))

    async def _arriving(self, watch: Stopwatch) -> AsyncIterator[tuple[float, bytes]]:
        for second, piece in enumerate(self.pieces):
            watch.last_byte = float(second)
            yield float(second), piece

    async def close(self) -> None:
        pass


def read(pieces: Sequence[bytes]) -> tuple[Attempt, int]:
    """The attempt without its times, and how many chunks with text it counted."""

    async def run() -> Attempt:
        caller = ClientContext(backends={"http": CutStream(pieces)}, keys={}, clock=SYSTEM_CLOCK)
        return await complete(caller, job("http://127.0.0.1:9/v1"), attempt=0)

    attempt = asyncio.run(run())
    return replace(attempt, timing=Timing()), attempt.timing.text_chunks


def chunk(text: str, field: str, usage: int | None, escaped: bool) -> str:
    whole: dict[str, Json] = {"choices": [{"index": 0, "delta": {field: text}}]}
    if usage is not None:
        whole["usage"] = {"prompt_tokens": usage}
    return f"data: {json.dumps(whole, ensure_ascii=escaped)}"


TEXTS = st.sampled_from(
    ["a", "b 6", "so ", "", '"', "\\n", "\n", "\x7f", "\u3000", "é", "😀", '"}', "<think>", "</think>"]
)
ALIKE = st.lists(TEXTS, min_size=4).map(lambda texts: [chunk(text, "content", None, False) for text in texts])
ODD = st.builds(
    chunk, TEXTS, st.sampled_from(["content", "content", "reasoning_content"]), st.integers(1, 9), st.booleans()
)
OTHERS = st.sampled_from([": ping", "data:", "event: x\ndata: {}", "data: ping"])
END = ['data: {"choices":[{"delta":{},"finish_reason":"stop"}]}', "data: [DONE]"]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(ALIKE, st.lists(st.one_of(ODD, OTHERS), max_size=2)), max_size=3),
    st.sampled_from(["\n", "\n", "\r\n"]),
    st.lists(st.integers(1, 600), max_size=4),
)
def test_stream_is_read_the_same_however_it_is_cut(
    runs: list[tuple[list[str], list[str]]], line_end: str, sizes: list[int]
) -> None:
    events = [event for alike, odd in runs for event in (*alike, *odd)]
    whole = stream(events, line_end)
    borders = [0, *itertools.accumulate(sizes), len(whole)]
    cut = [whole[start:end] for start, end in itertools.pairwise(borders) if whole[start:end]]
    # no event has the bytes of the one before around its text, so each is decoded
    decoded = stream([event.replace("{", "{" + place * " ", 1) for place, event in enumerate(events)], line_end)
    assert read(cut) == read([decoded])


def stream(events: list[str], line_end: str) -> bytes:
    return "".join(f"{event}\n\n" for event in [*events, *END]).replace("\n", line_end).encode()
