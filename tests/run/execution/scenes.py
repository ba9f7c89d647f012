"""Runs about to be sent to a scripted provider."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random

from harness.core.conversations import ConversationRules
from harness.core.types import EndpointLimits
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.backend import PulledBody, StreamingResponse
from harness.providers.transport.timing import Stopwatch
from harness.run.planning.plan import Plan
from harness.store.call_log import call_lines
from harness.store.codec import OutcomeLine
from harness.store.run_dir import RunDir
from tests.run.scripted_run import (
    Model,
    ScriptedProvider,
    ScriptedSession,
    error_body,
    make_run,
    plan_for,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A run about to be sent to a provider."""

    run: RunDir
    plan: Plan
    provider: ScriptedProvider

    def session(self, **fields: object) -> ScriptedSession:
        return ScriptedSession(run=self.run, plan=self.plan, provider=self.provider, **fields)  # type: ignore[arg-type]


def scene(
    folder: Path,
    *models: Model,
    prompts: int = 20,
    repeats: int = 1,
    max_usd: str | None = None,
    conversation: ConversationRules | None = None,
) -> Scene:
    texts = [f"prompt {number}" for number in range(prompts)]
    plan = plan_for(models, texts, repeats=repeats, conversation=conversation)
    run = make_run(folder / "run", plan, models, max_usd=None if max_usd is None else Decimal(max_usd))
    return Scene(
        run=run, plan=plan, provider=ScriptedProvider(models={one.name: one for one in models}, random=Random(5))
    )


def outcomes(run: RunDir) -> list[OutcomeLine]:
    return [line for line in call_lines(run) if isinstance(line, OutcomeLine)]


def received(one: Scene, name: str) -> int:
    return sum(count for (model, _), count in one.provider.received.items() if model == name)


@dataclass(slots=True)
class Refusing(ScriptedProvider):
    """Refuses all requests of one model from a moment on, for so long, with a status and headers."""

    name: str = "a"
    after_s: float = 5.0
    for_s: float = 1e9
    status: int = 402
    headers: Mapping[str, str] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        body, now = json.loads(request.body), asyncio.get_running_loop().time()
        if body["model"] != self.name or not self.after_s <= now < self.after_s + self.for_s:
            async with ScriptedProvider.open(self, request, limits, watch) as response:
                yield response
            return
        self.received[self.name, body["messages"][-1]["content"]] += 1
        watch.sent = now

        async def pieces() -> AsyncIterator[tuple[float, bytes]]:
            yield now, error_body("refused")

        yield StreamingResponse(status=self.status, headers=self.headers, body=PulledBody(pieces()))


def refusing(one: Scene, **fields: object) -> Scene:
    provider = Refusing(models=one.provider.models, random=Random(5), **fields)  # type: ignore[arg-type]
    return replace(one, provider=provider)
