"""A provider that is a Python object in place of the HTTP backend, with its own ledger of what it charged.

It plays what the runner must survive: latencies, refusals, broken connections, answers that were billed and never
arrived. `ScriptedSession` runs one session against it with the real engine, log, budget and files.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

from harness.core.conversations import ConversationRules
from harness.core.prices import Cost, CostUnknown
from harness.core.types import (
    Attempt,
    Endpoint,
    EndpointLimits,
    FailureKind,
    Grade,
    Job,
    Sample,
    SamplingParams,
    Verdict,
)
from harness.mock.testing import price_of
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.providers.client import ClientContext
from harness.providers.format.wire_types import WireRequest
from harness.providers.pacing.circuit_breaker import CircuitBreaker
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.providers.transport.backend import PulledBody, StreamingResponse, TransportError
from harness.providers.transport.timing import Stopwatch
from harness.run.execution.budget_guard import BudgetGuard
from harness.run.execution.engine import Engine
from harness.run.execution.grade_pool import GradeRequest
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.progress import ModelProgress, Progress
from harness.run.execution.restore import RestoredState, restore_state
from harness.run.execution.run_context import RunContext
from harness.run.planning.manifest import dialect_versions, has_budget
from harness.run.planning.plan import Plan, PlannedTask
from harness.run.planning.reuse import reused_lines
from harness.store.codec import SCHEMA_VERSION, Manifest, SampleLine, TaskEntry
from harness.store.log import LogWriter
from harness.store.run_dir import RunDir
from tests.virtual_time import EPOCH, virtual_clock

MTOK = Decimal(10) ** 6
STATUSES = {"refused": 401, "bad_request": 400, "rate_limit": 429, "server_error": 500}
FAULTS = ("refused", "rate_limit", "server_error", "cut", "lost", "dns", "empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the provider: its price, its latency, and the chance of each fault per attempt."""

    name: str
    usd_per_mtok: str = "1"
    latency_s: float = 0.1
    faults: Mapping[str, float] = field(default_factory=dict)
    reports_usage: bool = True
    concurrency: int = 8
    max_attempts: int = 4

    def endpoint(self) -> Endpoint:
        return Endpoint(
            label=f"sim/{self.name}",
            provider="sim",
            model=self.name,
            model_id=self.name,
            base_url="http://scripted.invalid/v1",
            dialect="generic",
            stream=False,
            limits=EndpointLimits(max_concurrency=self.concurrency, max_attempts=self.max_attempts),
        )


@dataclass(slots=True, kw_only=True)
class ScriptedProvider:
    """Answers every request after a random time; charges for all it generated, whether or not it arrived."""

    models: Mapping[str, Model]
    random: Random
    charged: list[tuple[str, Decimal]] = field(default_factory=list)
    received: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_flight: int = 0
    max_in_flight: int = 0
    closed: bool = False

    @property
    def total(self) -> Decimal:
        return sum((usd for _, usd in self.charged), Decimal(0))

    def total_of(self, name: str) -> Decimal:
        return sum((usd for model, usd in self.charged if model == name), Decimal(0))

    @contextlib.asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        body = json.loads(request.body)
        model = self.models[body["model"]]
        prompt = body["messages"][-1]["content"]
        self.received[model.name, prompt] += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        fault = self._fault(model)
        bill = _Bill(
            provider=self, model=model, prompt=prompt, most=body.get("max_tokens") or body["max_completion_tokens"]
        )
        try:
            if fault == "dns":
                raise TransportError(FailureKind.DNS, "no such host", was_sent=False)
            watch.sent = asyncio.get_running_loop().time()
            await asyncio.sleep(self.random.random() * 2 * model.latency_s)
            yield self._exchange(fault, bill, watch)
        finally:
            self.in_flight -= 1
            if fault in (None, "cut", "lost", "empty") and watch.sent is not None:
                bill.charge()

    def _fault(self, model: Model) -> str | None:
        point = self.random.random()
        for name, chance in model.faults.items():
            point -= chance
            if point < 0:
                return name
        return None

    def _exchange(self, fault: str | None, bill: _Bill, watch: Stopwatch) -> StreamingResponse:
        async def pieces() -> AsyncIterator[tuple[float, bytes]]:
            await asyncio.sleep(0)
            watch.last_byte = asyncio.get_running_loop().time()
            if fault == "cut":
                yield watch.last_byte, bill.answer()[:40]
                raise TransportError(FailureKind.CONNECTION_LOST, "reset", was_sent=True)
            if fault == "lost":
                raise TransportError(FailureKind.READ_TIMEOUT, "nothing came", was_sent=True)
            yield (
                watch.last_byte,
                error_body(fault) if fault not in (None, "empty") else b"" if fault else bill.answer(),
            )

        status = {"refused": 401, "bad_request": 400, "no_money": 402, "rate_limit": 429, "server_error": 500}.get(
            fault or "", 200
        )
        headers = {"content-type": "application/json"}
        if fault == "rate_limit":
            headers["retry-after"] = "1"
        return StreamingResponse(status=status, headers=headers, body=PulledBody(pieces()))

    async def close(self) -> None:
        self.closed = True


def error_body(fault: str | None) -> bytes:
    return json.dumps({"error": {"message": f"{fault} for the test", "type": fault}}).encode()


@dataclass(slots=True, kw_only=True)
class _Bill:
    provider: ScriptedProvider
    model: Model
    prompt: str
    most: int
    tokens: int | None = None

    def charge(self) -> None:
        usd = Decimal(self.model.usd_per_mtok) * (len(self.prompt.encode()) + self.generated()) / MTOK
        self.provider.charged.append((self.model.name, usd))

    def generated(self) -> int:
        if self.tokens is None:
            self.tokens = self.provider.random.randint(1, self.most)
        return self.tokens

    def answer(self) -> bytes:
        prompt_tokens, generated = len(self.prompt.encode()), self.generated()
        usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": generated,
            "total_tokens": prompt_tokens + generated,
        }
        choice = {"index": 0, "message": {"role": "assistant", "content": "42"}, "finish_reason": "stop"}
        reply: dict[str, object] = {
            "id": "x",
            "object": "chat.completion",
            "model": self.model.name,
            "choices": [choice],
        }
        if self.model.reports_usage:
            reply["usage"] = usage
        return json.dumps(reply).encode()


class ScriptedGrader:
    """Grades in this process: every answer is correct."""

    def grade_at_sight(self, request: GradeRequest) -> Grade | None:
        return None

    async def grade(self, request: GradeRequest) -> Grade:
        await asyncio.sleep(0)
        return Grade(verdict=Verdict.CORRECT, why="", rule="scripted", grader="math", grader_version="1", seconds=0.0)


def plan_for(
    models: Sequence[Model],
    prompts: Sequence[str],
    *,
    repeats: int = 1,
    max_tokens: int = 100,
    conversation: ConversationRules | None = None,
) -> Plan:
    """Every model gets every prompt."""
    samples = tuple(Sample(id=f"s{number:03}", prompt=text, target="42") for number, text in enumerate(prompts))
    task = PlannedTask(name="t", version=1, grader="math", max_tokens=max_tokens, samples=samples)
    endpoints = tuple(model.endpoint() for model in models)
    return Plan(
        endpoints=endpoints,
        tasks=(task,),
        repeats=repeats,
        params=SamplingParams(),
        seed=0,
        conversation=conversation,
    )


def make_run(
    folder: Path,
    plan: Plan,
    models: Sequence[Model],
    *,
    max_usd: Decimal | None = None,
    per_model_usd: Decimal | None = None,
    reused: Sequence[RunDir] = (),
) -> RunDir:
    """The folder of a run of this plan, with the answers that `reused` runs have."""
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        harness_version="0",
        created_at=EPOCH,
        command=("test",),
        endpoints=plan.endpoints,
        dialects=dialect_versions(plan.endpoints),
        tasks=tuple(
            TaskEntry(
                name=task.name,
                version=task.version,
                grader=task.grader,
                content_hash="",
                origin="test",
                licence="",
                max_tokens=task.max_tokens,
                samples=len(task.samples),
            )
            for task in plan.tasks
        ),
        repeats=plan.repeats,
        limit=None,
        seed=plan.seed,
        params=plan.params,
        max_usd=max_usd,
        per_model_usd={} if per_model_usd is None else {one.label: per_model_usd for one in plan.endpoints},
        allow_unpriced=False,
        prices=tuple(price_of(one.name, prompt=one.usd_per_mtok, completion=one.usd_per_mtok) for one in models),
        sandbox_backend=None,
        conversation=plan.conversation,
    )
    lines = (SampleLine(task=task.name, sample=sample) for task in plan.tasks for sample in task.samples)
    return RunDir.create(folder, manifest, lines, reused=reused_lines(plan, reused))


@dataclass(slots=True, kw_only=True)
class ScriptedSession:
    """One session of a run; `go(leave_after_s=...)` stops it gently, `cancel_after_s` cancels it."""

    run: RunDir
    plan: Plan
    provider: ScriptedProvider
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    retry_failed: bool = False
    keep_going: bool = False
    max_wait_s: float = 300.0
    commit_every_s: float = 0.02
    grader: ScriptedGrader = field(default_factory=ScriptedGrader)
    watch: Callable[[Job, Attempt, Cost | CostUnknown], None] | None = None
    budget: Budget = field(init=False)
    back: RestoredState = field(init=False)
    engine: Engine = field(init=False)
    grades: LogWriter = field(init=False)
    progress: Progress = field(init=False)

    async def go(self, *, leave_after_s: float | None = None, cancel_after_s: float | None = None) -> RunOutcome:
        await self._open()
        log = self.engine.context.log
        try:
            working = asyncio.create_task(self.engine.run(self.back.backlog(self.run, self.run.samples())))
            loop = asyncio.get_running_loop()
            if leave_after_s is not None:
                loop.call_later(leave_after_s, self.stop.set)
            if cancel_after_s is not None:
                loop.call_later(cancel_after_s, working.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await working
        finally:
            await log.close()
            await self.grades.close()
        return self.engine.outcome

    async def _open(self) -> None:
        clock, manifest = virtual_clock(), self.run.manifest()
        book = load_book(own=manifest.prices)
        self.budget = Budget(cap_usd=manifest.max_usd, model_caps_usd=manifest.per_model_usd)
        models = {
            one.label: ModelProgress(label=one.label, simulated=False, total=self.plan.jobs_per_endpoint)
            for one in self.plan.endpoints
        }
        self.back = restore_state(
            self.run, manifest, models, budget=self.budget, book=book, retry_failed=self.retry_failed
        )
        self.progress = Progress(models=models, started=clock.monotonic(), budget_usd=manifest.max_usd)

        def watch(job: Job, attempt: Attempt, cost: Cost | CostUnknown) -> None:
            models[job.endpoint.label].on_attempt(attempt, cost)
            if self.watch is not None:
                self.watch(job, attempt, cost)

        context = RunContext(
            client=ClientContext(backends={"http": self.provider}, keys={}, clock=clock),
            log=LogWriter(self.run.next_call_file(), commit_every_s=self.commit_every_s),
            budget=BudgetGuard(self.budget, is_limited=has_budget(manifest)),
            clock=clock,
            book=book,
            on_attempt=watch,
            on_wait=lambda job, wait: models[job.endpoint.label].on_wait(job.key, wait),
            stop=self.stop,
            rules=manifest.conversation,
        )
        self.grades = LogWriter(self.run.grades_path, commit_every_s=self.commit_every_s)
        self.engine = Engine(
            plan=self.plan,
            completed=self.back.completed,
            context=context,
            pool=self.grader,
            grades=self.grades,
            progress=self.progress,
            clock=clock,
            limiters={
                one.label: RateLimiter(one.limits, clock, CircuitBreaker(clock, max_wait_s=self.max_wait_s))
                for one in self.plan.endpoints
            },
            keep_going=self.keep_going,
        )
