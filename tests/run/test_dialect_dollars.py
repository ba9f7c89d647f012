"""Our dollars against the ledger of a provider that speaks each dialect: equal to the last digit, or a bound above it.

The mock bills by its own arithmetic and its own count of tokens; ours come off the wire, through the client and the
dialect, the engine and the log, and from the price rows alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from harness.config.simulation import Simulation
from harness.core.clock import SYSTEM_CLOCK
from harness.core.prices import Cost, CostUnknown, Price, Rates, Tier, Window
from harness.core.types import (
    Attempt,
    Completion,
    Endpoint,
    EndpointLimits,
    Failure,
    FailureKind,
    Job,
    Sample,
    SamplingParams,
)
from harness.mock.billing import LedgerEntry, read_ledger
from harness.mock.config import MockConfig
from harness.mock.formats.base import ErrorKind
from harness.mock.formats.known import FORMATS as MOCK_FORMATS
from harness.mock.process import MockProcess
from harness.mock.scenario import SimulatedModel
from harness.mock.testing import RunningMock, price_of, running_mock
from harness.pricing.attempts import attempt_cost
from harness.pricing.book import PriceBook, load_book
from harness.pricing.worst_case import worst_case
from harness.providers import dialect_loader
from harness.providers.client import ClientContext, complete
from harness.providers.format.dialect_spec import UsageRules
from harness.providers.parsing.usage import read_usage
from harness.providers.transport.http_backend import HttpBackend
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.run.execute import execute
from harness.run.planning.call_keys import CallKeys
from harness.run.prepare import check_request, create_run
from harness.run.request import RunRequest
from harness.run.session import open_session
from harness.store.run_dir import RunDir
from harness.tasks.load import LoadedTask, load_task
from tests.cases import all_cases

GATEWAY_FEE = Decimal("0.055")
QUICK = {"answer_tokens": {"median": 24, "spread": 0.5}, "ttft_s": {"median": 0}, "tokens_per_s": 1000}
CACHED = {"cached_share": {"chance": 0.6, "share": 0.5, "write_share": 0.3}}
HIGHER = Rates(prompt=Decimal("2.5"), completion=Decimal("15"), cached=Decimal("0.25"), cache_write=Decimal("3.1"))
FLEX = Rates(prompt=Decimal("0.6"), completion=Decimal("5"), cached=Decimal("0.06"), cache_write=Decimal("0.7"))
ALL_DAY = Window(start="00:00", end="24:00", time_zone="Asia/Shanghai", rates=FLEX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What the model does, what is known of it, and what is special in its price."""

    simulation: Mapping[str, object] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()
    service_tier: str | None = None
    thinking_rate: Decimal | None = None
    windows: tuple[Window, ...] = ()


BREAKS = {"truncate_stream": 0.3, "reset": 0.2}
THINKS = frozenset({"reasoning"})
VARIANTS: Mapping[str, Variant] = {
    "plain": Variant(),
    "cached": Variant(simulation=CACHED),
    "reasoning": Variant(simulation={"reasoning_share": 0.6}, traits=THINKS),
    "cached and reasoning": Variant(simulation={**CACHED, "reasoning_share": 0.4}, traits=THINKS),
    "thinking costs more": Variant(simulation={"reasoning_share": 0.4}, traits=THINKS, thinking_rate=Decimal("12.25")),
    "thinking costs more and off": Variant(traits=frozenset({"thinking_optional"}), thinking_rate=Decimal("12.25")),
    "by the hour": Variant(simulation=CACHED, windows=(ALL_DAY,)),
    "flex": Variant(simulation=CACHED, service_tier="flex"),
    "broken off": Variant(simulation={**CACHED, "reasoning_share": 0.4, "faults": BREAKS}, traits=THINKS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A model as the mock plays it, in the shape of that name, and as we call it."""

    shape: str
    endpoint: Endpoint
    model: SimulatedModel


GENERATIONS = {
    "minimax_old": "minimax",
    "moonshot_new": "moonshot",
    "xai_grok4": "xai",
    "vllm_old": "vllm",
    "vllm_new": "vllm",
    "anthropic_messages_new": "anthropic_messages",
}
"""Older or newer answers of a provider, and the dialect that must read them too."""

SPOKEN = [name for name in dialect_loader.names() if name in MOCK_FORMATS]
"""A dialect is tested here from the day the mock speaks it (harness/mock/formats)."""
FORMATS = [*SPOKEN, *GENERATIONS]


def served(shape: str, variant: str, *, stream: bool) -> Served:
    """A model whose price has every class of rates, and higher ones for longer prompts."""
    name = GENERATIONS.get(shape, shape)
    chosen = VARIANTS[variant]
    model = f"{shape}-{variant.replace(' ', '-')}-{'stream' if stream else 'whole'}"
    plain = price_of(model, prompt="1.25", completion="10", cached="0.125", cache_write="1.5625")
    price = replace(
        plain,
        rates=replace(plain.rates, thinking_completion=chosen.thinking_rate),
        tiers=() if chosen.windows else (Tier(above_prompt_tokens=60, rates=HIGHER, service_tiers={"flex": FLEX}),),
        windows=chosen.windows,
        service_tiers={"flex": FLEX},
        fee_share=GATEWAY_FEE if name == "openrouter" else Decimal(0),
    )
    has_tiers = dialect_loader.load(name).service_tier_field is not None
    endpoint = Endpoint(
        label=f"sim/{model}",
        provider="sim",
        model=model,
        model_id=model,
        base_url="http://127.0.0.1:1/v1",
        dialect=name,
        service_tier=chosen.service_tier if has_tiers else None,
        traits=chosen.traits,
        limits=EndpointLimits(max_attempts=2),
        stream=stream,
        simulated=True,
        starts_with_run=True,
    )
    simulation = Simulation.model_validate({**QUICK, **chosen.simulation})
    return Served(shape=shape, endpoint=endpoint, model=SimulatedModel(name=model, simulation=simulation, price=price))


@cache
def core_math() -> LoadedTask:
    return load_task("core-math", cwd=Path("/nonexistent"), data_dir=None)


def theirs(entries: Sequence[LedgerEntry]) -> Decimal:
    """What the mock charged for one attempt."""
    return sum((entry.bill.usd for entry in entries), Decimal(0))


def our_cost(attempt: Attempt, endpoint: Endpoint, price: Price, params: SamplingParams) -> Cost | CostUnknown:
    return attempt_cost(
        attempt, price, service_tier=endpoint.service_tier, is_thinking=endpoint.reasoning_enabled(params)
    )


def verdict(
    attempt: Attempt, ours: Cost | CostUnknown, charged: Decimal, bound: Decimal, *, has_usage: bool
) -> str | None:
    """What is wrong with our dollars of one attempt; None where they are right.

    `has_usage`: a whole answer brings its usage, so its dollars must be known. Those of a broken stream may be unknown
    where the output was not counted, and then under the bound.
    """
    if isinstance(ours, Cost):
        return None if ours.usd == charged else f"ours ${ours.usd}, ledger ${charged}, {attempt.usage}"
    if isinstance(attempt, Completion) and has_usage:
        return f"a whole answer without dollars: {ours.reason}, ledger ${charged}, {attempt.raw_usage}"
    if attempt.usage is not None and attempt.usage.completion_tokens is not None:
        return f"dollars unknown though usage came: {ours.reason}, ledger ${charged}"
    return None if bound >= charged else f"bound ${bound} below the ledger's ${charged}"


# One attempt after another, through the client


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client that talks to a mock."""

    caller: ClientContext
    mock: RunningMock

    async def ask(self, one: Served, sample: Sample, *, has_usage: bool) -> list[str]:
        """Draw one answer; returns what is wrong with our dollars. `has_usage`: as in `verdict`."""
        endpoint = replace(one.endpoint, base_url=self.mock.base_url(one.shape))
        price, params = one.model.price, SamplingParams(max_tokens=400)
        before = len(self.mock.ledger.entries())
        attempt = await complete(self.caller, job_of(endpoint, sample, params), attempt=0)
        await asyncio.sleep(0)  # lets the mock note a client that left
        ours = our_cost(attempt, endpoint, price, params)
        bound = worst_case(endpoint, len(sample.prompt.encode()), params.max_tokens, price)
        assert isinstance(bound, Decimal)
        found = verdict(attempt, ours, theirs(self.mock.ledger.entries()[before:]), bound, has_usage=has_usage)
        if isinstance(attempt, Failure) and attempt.kind in (FailureKind.BAD_REQUEST, FailureKind.NOT_FOUND):
            found = f"refused: {attempt.message}"
        return [] if found is None else [f"{endpoint.model} {sample.id}: {found}"]


@contextlib.asynccontextmanager
async def client_of(models: Sequence[Served], samples: Sequence[Sample]) -> AsyncIterator[Client]:
    async with running_mock([one.model for one in models], samples) as mock:
        backend = HttpBackend()
        try:
            yield Client(caller=ClientContext(backends={"http": backend}, keys={}, clock=SYSTEM_CLOCK), mock=mock)
        finally:
            await backend.close()


async def draw(models: Sequence[Served], samples: Sequence[Sample]) -> list[str]:
    """Ask every model every sample once; returns what is wrong with our dollars."""
    async with client_of(models, samples) as client:
        return [
            wrong for one in models for sample in samples for wrong in await client.ask(one, sample, has_usage=True)
        ]


def job_of(endpoint: Endpoint, sample: Sample, params: SamplingParams) -> Job:
    version = dialect_loader.load(endpoint.dialect).version
    key = CallKeys(endpoint=endpoint, dialect_version=version, task=("t", 1), params=params).key(sample, 0)
    return Job(
        key=key, endpoint=endpoint, task="t", task_version=1, grader="math", sample=sample, repeat=0, params=params
    )


@all_cases("shape", FORMATS)
def test_dollars_equal_the_ledger_to_the_last_digit(shape: str) -> None:
    models = [served(shape, variant, stream=stream) for variant in VARIANTS for stream in (True, False)]
    assert asyncio.run(draw(models, core_math().samples[:1])) == []


BROKEN: tuple[Mapping[str, object], ...] = (
    {"cut_before": "usage"},
    {"cut_before": "usage", "cut": "clean"},
    {"cut_before": "done"},
    {"cut": "clean", "after_chunks": 3},
    {"error_event": "overloaded"},
    {"omit_usage": True},
)
ODD: tuple[Mapping[str, object], ...] = (
    {"duplicate_usage": True},
    {"no_done": True},
    {"chunk_without_choices": True, "comments": 2, "blank_lines": 3},
    {"split": "byte", "crlf": True},
    {"finish_word": "something_new"},
)


NO_USAGE: tuple[Mapping[str, object], ...] = (
    {"cut_before": "usage"},
    {"cut_before": "usage", "cut": "clean"},
    {"omit_usage": True},
    {"cut": "clean", "after_chunks": 3},  # a shorter answer is cut after its finish reason
)
"""Steps that may keep the usage of a whole answer back."""


async def draw_scripted(one: Served, steps: Sequence[Mapping[str, object]]) -> list[str]:
    """What is wrong with our dollars when each step happens in turn."""
    samples = core_math().samples[: len(steps)]
    async with client_of([one], samples) as client:
        client.mock.script(steps)
        return [
            f"{step}: {wrong}"
            for step, sample in zip(steps, samples, strict=True)
            for wrong in await client.ask(one, sample, has_usage=step not in NO_USAGE)
        ]


@all_cases("shape", FORMATS)
def test_a_broken_stream_is_billed_as_its_usage_says_or_unknown_under_a_bound(shape: str) -> None:
    one = served(shape, "cached and reasoning", stream=True)
    assert asyncio.run(draw_scripted(one, BROKEN)) == []


@pytest.mark.slow
@all_cases("shape", FORMATS)
def test_an_odd_stream_that_is_whole_has_the_ledgers_dollars(shape: str) -> None:
    one = served(shape, "cached and reasoning", stream=True)
    assert asyncio.run(draw_scripted(one, ODD)) == []


BROKEN_RULES: Mapping[str, Mapping[str, object]] = {
    "no completion count": {"completion": ("no_such_field",), "total": ("no_such_field",), "reasoning": ()},
    "no prompt count": {"prompt": ("no_such_field",), "total": ("no_such_field",)},
    "the prompt's count as the completion's": {"completion": UsageRules().prompt, "total": ("no_such_field",)},
    "no counts at all": {"prompt": ("no",), "completion": ("no",), "total": ("no",), "cached": (), "cache_write": ()},
}


@all_cases("shape", FORMATS)
def test_a_dialect_that_misreads_its_usage_would_be_noticed(shape: str) -> None:
    """The check of this file applied to usage that was read by each of the wrong rules, whole and streamed."""

    async def answer(one: Served) -> tuple[Attempt, Decimal]:
        sample = core_math().samples[0]
        async with client_of([one], [sample]) as client:
            endpoint = replace(one.endpoint, base_url=client.mock.base_url(shape))
            job = job_of(endpoint, sample, SamplingParams(max_tokens=400))
            return await complete(client.caller, job, attempt=0), theirs(client.mock.ledger.entries())

    for stream in (True, False):
        one = served(shape, "reasoning", stream=stream)
        dialect = dialect_loader.load(one.endpoint.dialect)
        attempt, charged = asyncio.run(answer(one))
        assert isinstance(attempt, Completion)
        for name, broken in BROKEN_RULES.items():
            rules = replace(dialect.usage, reshape=None, check=None, **broken)  # type: ignore[arg-type]
            misread = replace(attempt, usage=read_usage(replace(dialect, usage=rules), attempt.raw_usage))
            ours = our_cost(misread, one.endpoint, one.model.price, SamplingParams(max_tokens=400))
            assert verdict(misread, ours, charged, Decimal("Infinity"), has_usage=True) is not None, (stream, name)


MAY_HAVE_WORKED = (ErrorKind.OVERLOADED, ErrorKind.SERVER_ERROR, ErrorKind.CONTENT_FILTERED)
REFUSALS = [{"error": kind.value} for kind in ErrorKind if kind not in MAY_HAVE_WORKED]


@all_cases("shape", FORMATS)
def test_a_refusal_costs_nothing_and_is_known_to(shape: str) -> None:
    async def refused() -> list[tuple[object, Attempt, Cost | CostUnknown]]:
        one, sample = served(shape, "plain", stream=True), core_math().samples[0]
        found: list[tuple[object, Attempt, Cost | CostUnknown]] = []
        async with client_of([one], [sample]) as client:
            client.mock.script(REFUSALS)
            endpoint = replace(one.endpoint, base_url=client.mock.base_url(shape))
            params = SamplingParams(max_tokens=400)
            for step in REFUSALS:
                attempt = await complete(client.caller, job_of(endpoint, sample, params), attempt=0)
                found.append((step, attempt, our_cost(attempt, endpoint, one.model.price, params)))
            assert client.mock.ledger.entries() == []
        return found

    for step, attempt, cost in asyncio.run(refused()):
        assert isinstance(attempt, Failure), step
        assert isinstance(cost, Cost), (step, attempt.kind, cost)
        assert cost.usd == 0


# A whole run, through the engine, the log and the report


def run_all(folder: Path, models: Sequence[Served], *, limit: int) -> RunDir:
    """A finished run of core-math by all models against a mock process that keeps its ledger in the folder."""

    @contextlib.contextmanager
    def simulator(_known: Mapping[str, Price], samples: Sequence[Sample], ledger: Path) -> Iterator[str]:
        config = MockConfig(
            models=tuple(one.model for one in models), samples=tuple(samples), ledger=ledger, time_scale=0.0
        )
        with MockProcess(config) as mock:
            yield mock.url

    request = RunRequest(
        endpoints=tuple(one.endpoint for one in models),
        tasks=(core_math(),),
        prices=tuple(one.model.price for one in models),
        limit=limit,
        repeats=2,
        params=SamplingParams(max_tokens=400),
        seed=0,
        max_usd=None,
        max_usd_per_model=None,
        allow_unpriced=False,
        unsafe_no_sandbox=False,
        command=("harness", "run"),
    )
    run = create_run(check_request(request, datetime.now(UTC)), folder)

    async def send() -> None:
        with run.locked():
            await execute(open_session(run, keys={}, simulator=simulator, clock=SYSTEM_CLOCK))

    asyncio.run(send())
    return run


def ledger_of(run: RunDir) -> dict[tuple[str, str | None, str, str], list[LedgerEntry]]:
    """What was charged by (model, sample, repeat, attempt)."""
    found: dict[tuple[str, str | None, str, str], list[LedgerEntry]] = {}
    for entry in read_ledger(run.path / "mock-ledger.jsonl"):
        found.setdefault((entry.model, entry.sample_id, entry.repeat, entry.attempt), []).append(entry)
    return found


def differences(run: RunDir, book: PriceBook, models: Sequence[Served]) -> Iterator[str]:
    """Every attempt of the run whose dollars are wrong, and every row whose sum is."""
    charged = ledger_of(run)
    by_label = {one.endpoint.label: one for one in models}
    prompts = {sample_id: sample.prompt for (_, sample_id), sample in run.samples().items()}
    for row in RunData(run=run, manifest=run.manifest(), book=book).results():
        call, one = row.call, by_label[row.call.label]
        where = f"{call.label} {call.sample_id} #{call.repeat}"
        bound = worst_case(one.endpoint, len(prompts[call.sample_id].encode()), call.params.max_tokens, one.model.price)
        assert isinstance(bound, Decimal)
        sums = Decimal(0)
        for number, attempt in enumerate(call.attempts):
            entries = charged.pop((one.endpoint.model_id, call.sample_id, str(call.repeat), str(number)), [])
            sums += theirs(entries)
            ours = our_cost(attempt, one.endpoint, one.model.price, call.params)
            found = verdict(attempt, ours, theirs(entries), bound, has_usage=True)
            if found is not None:
                yield f"{where} attempt {number}: {found}"
        if isinstance(row.spent, Cost) and row.spent.usd != sums:
            yield f"{where}: the report says ${row.spent.usd}, the ledger ${sums}"
    yield from (f"in the ledger only: {key}" for key in charged)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_run_in_every_dialect_ends_with_the_ledgers_dollars(variant: str, tmp_path: Path) -> None:
    models = [served(name, variant, stream=stream) for name in dialect_loader.names() for stream in (True, False)]
    run = run_all(tmp_path / "run", models, limit=6)
    book = load_book(own=[one.model.price for one in models])
    assert list(differences(run, book, models)) == []
    comparison = build_run_report(RunData.load(run))
    known = [summary for table in comparison.tables for summary in table.summaries if not summary.unpriced]
    assert len(known) == len(models) or variant == "broken off"
    by_model: dict[str, Decimal] = {}
    for entries in ledger_of(run).values():
        for entry in entries:
            by_model[f"sim/{entry.model}"] = by_model.get(f"sim/{entry.model}", Decimal(0)) + entry.bill.usd
    assert {summary.label: summary.spent_usd for summary in known} == {
        summary.label: by_model[summary.label] for summary in known
    }
    gaps = [note for note in comparison.notes if "provider charged" in note or "own charges" in note]
    assert gaps == []
