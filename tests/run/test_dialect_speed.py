"""A true 200 tokens per second shows as 200: in every dialect, for chunks of any size, with reasoning shown or hidden.

The mock's own writers make the streams; their bytes arrive at the moments they are due, on a clock that is set.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from harness.core.clock import Clock
from harness.core.types import Completion, Endpoint, EndpointLimits, Job, Sample, SamplingParams
from harness.mock.billing import Tokens, bill
from harness.mock.formats.base import AnswerPlan, Chunk, StopCause
from harness.mock.formats.known import FORMATS
from harness.mock.testing import price_of
from harness.mock.tokens import pieces
from harness.providers import dialect_loader
from harness.providers.client import ClientContext, complete
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import PulledBody, StreamingResponse
from harness.providers.transport.timing import Stopwatch
from harness.report.run_data.records import answer_speeds
from tests.cases import all_cases

TRUE_SPEED = 200.0
ANSWER = pieces(" ".join(["abcd"] * 400))  # 400 tokens, all but the first of 5 characters: 1,000 characters a second
REASONING = pieces(" ".join(["hmmm"] * 300))
TTFT_S = 1.5
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueBackend:
    """Answers with bytes that arrive when they are due."""

    frames: tuple[tuple[float, bytes], ...]

    @asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        watch.sent = watch.headers = 0.0
        yield StreamingResponse(
            status=200, headers={"content-type": "text/event-stream"}, body=PulledBody(self._pieces(watch))
        )

    async def _pieces(self, watch: Stopwatch) -> AsyncIterator[tuple[float, bytes]]:
        for at, data in self.frames:
            watch.last_byte = at
            yield at, data

    async def close(self) -> None:
        """Nothing is open."""


def chunks(plan: AnswerPlan, size: int, *, shows_reasoning: bool) -> Iterator[Chunk]:
    """Tokens in chunks of that size, each due when its last token is generated; hidden reasoning takes its time."""
    generated = 0
    for is_reasoning, parts in ((True, plan.reasoning), (False, plan.answer)):
        for start in range(0, len(parts), size):
            group = parts[start : start + size]
            generated += len(group)
            at = TTFT_S + (generated - 1) / TRUE_SPEED
            if shows_reasoning or not is_reasoning:
                yield Chunk(at=at, is_reasoning=is_reasoning, text="".join(group), generated=generated)


def answer_of(dialect: str, size: int, *, reasons: bool, shows_reasoning: bool) -> Completion:
    """The completion that comes of such a stream."""
    form = FORMATS[dialect]
    reasoning = REASONING if reasons else []
    tokens = Tokens(prompt=10, cached=0, written=0, reasoning=len(reasoning), visible=len(ANSWER))
    plan = AnswerPlan(
        id="1",
        created=0,
        model="m",
        reasoning=tuple(reasoning),
        answer=tuple(ANSWER),
        finish=StopCause.STOP,
        tokens=tokens,
        bill=bill(price_of("m", prompt="1", completion="4"), tokens, at=NOON),
        body={"stream": True, "stream_options": {"include_usage": True}},
        thinks=reasons,
        reports_cache=False,
        ttft_s=TTFT_S,
        tokens_per_s=TRUE_SPEED,
        finish_word=None,
    )
    frames = form.frames(plan, chunks(plan, size, shows_reasoning=shows_reasoning))
    endpoint = Endpoint(
        label="p/m", provider="p", model="m", model_id="m", base_url="http://127.0.0.1:1/v1", dialect=dialect
    )
    job = Job(
        key="k",
        task="t",
        task_version=1,
        grader="",
        sample=Sample(id="s", prompt="?", target="1"),
        endpoint=endpoint,
        params=SamplingParams(),
        repeat=0,
    )
    clock = Clock(now=lambda: NOON, monotonic=lambda: 0.0)
    backend = DueBackend(frames=tuple((frame.at, frame.data) for frame in frames))
    found = asyncio.run(complete(ClientContext(backends={"http": backend}, keys={}, clock=clock), job, attempt=0))
    assert isinstance(found, Completion), found
    assert found.text == "".join(ANSWER)
    return found


@all_cases("size", [1, 4, 25, 150])
@all_cases(("reasons", "shows_reasoning"), [(False, False), (True, True), (True, False)])
@all_cases("dialect", dialect_loader.names())
def test_a_true_200_tokens_per_second_shows_as_200(
    dialect: str, reasons: bool, shows_reasoning: bool, size: int
) -> None:
    found = answer_of(dialect, size, reasons=reasons, shows_reasoning=shows_reasoning)
    assert answer_speeds(found)[1] == pytest.approx(5 * TRUE_SPEED, rel=0.03)
    assert found.usage is not None
    is_counted = found.usage.reasoning_tokens is not None or bool(found.reasoning)
    if is_counted or not reasons:  # else hidden reasoning is counted as answer, and characters alone compare
        assert answer_speeds(found)[0] == pytest.approx(TRUE_SPEED, rel=0.03)


def test_an_answer_in_one_chunk_has_no_speed() -> None:
    found = answer_of("openai", len(ANSWER), reasons=False, shows_reasoning=False)
    assert answer_speeds(found) == (None, None)
