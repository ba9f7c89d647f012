"""A run folder as an earlier run left it, written from values. Not a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from harness.core.prices import Price
from harness.core.types import (
    Attempt,
    Completion,
    Endpoint,
    Failure,
    FailureKind,
    FinishReason,
    Json,
    Sample,
    SamplingParams,
    Timing,
    Usage,
)
from harness.mock.testing import price_of
from harness.providers import dialect_loader
from harness.store.codec import SCHEMA_VERSION, JobHead, Manifest, OutcomeLine, SampleLine, TaskEntry, encode
from harness.store.run_dir import RunDir

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PARAMS = SamplingParams(max_tokens=1000)
TIMING = Timing(started_at=AT, waited_s=0.0, total_s=1.0)


def endpoint(label: str, *, speaks: str = "openai", simulated: bool = False) -> Endpoint:
    """An endpoint whose name is its label without the effort."""
    provider, _, model = label.partition("@")[0].partition("/")
    return Endpoint(
        label=label,
        provider=provider,
        model=model,
        model_id=model,
        base_url="http://127.0.0.1:1/v1",
        dialect=speaks,
        simulated=simulated,
    )


def price(label: str, **rates: str) -> Price:
    """A row for the endpoint of that label, in force since 2000."""
    provider, _, model = label.partition("@")[0].partition("/")
    made = price_of(model, **rates)
    return Price(
        id=f"test:{model}",
        provider=provider,
        model=model,
        currency="USD",
        rates=made.rates,
        effective_from=made.effective_from,
        effective_to=None,
        sources=("test",),
        read_on=made.read_on,
        confidence="high",
    )


def answer(usage: Usage | None = None, *, raw: Json = None, charge: str | None = None) -> Completion:
    """An answer with this usage, the raw usage it was read from, and the provider's own charge in dollars."""
    return Completion(
        text="4",
        reasoning="",
        finish_reason=FinishReason.STOP,
        timing=TIMING,
        usage=usage,
        raw_usage=raw,
        reported_cost_usd=None if charge is None else Decimal(charge),
    )


def cut(usage: Usage | None = None, *, raw: Json = None) -> Failure:
    """A stream that broke."""
    return Failure(
        kind=FailureKind.STREAM_TRUNCATED,
        message="cut",
        is_retryable=True,
        timing=TIMING,
        http_status=200,
        usage=usage,
        raw_usage=raw,
        partial_text="4",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidFolder:
    """What a run was: `jobs` holds the attempts of each job by endpoint label, one sample each."""

    endpoints: Sequence[Endpoint]
    prices: Sequence[Price]
    jobs: Mapping[str, Sequence[Sequence[Attempt]]] = field(default_factory=dict)
    task: str = "core-math"


def written(path: Path, made: PaidFolder) -> RunDir:
    """The folder on disk: manifest, samples, and one outcome line for each attempt."""
    count = max((len(jobs) for jobs in made.jobs.values()), default=0)
    samples = [Sample(id=f"s{number}", prompt=f"What is 2 + 2? ({number})", target="4") for number in range(count)]
    run = RunDir.create(path, _manifest(made, count), iter(SampleLine(task=made.task, sample=one) for one in samples))
    with (path / "calls-0.jsonl").open("ab") as file:
        for label, jobs in made.jobs.items():
            for place, attempts in enumerate(jobs):
                for line in _lines(made, label, place, attempts):
                    file.write(encode(line))
    return run


def key_of(label: str, place: int) -> str:
    """The key of the job at a place in `PaidFolder.jobs`."""
    return f"{label}#{place}".encode().hex().ljust(32, "0")[-32:]


def _lines(made: PaidFolder, label: str, place: int, attempts: Sequence[Attempt]) -> list[OutcomeLine]:
    one = next(endpoint for endpoint in made.endpoints if endpoint.label == label)
    head = JobHead(
        key=key_of(label, place),
        label=label,
        name=one.name,
        task=made.task,
        task_version=1,
        grader="math",
        sample_id=f"s{place}",
        repeat=0,
        params=PARAMS,
        simulated=one.simulated,
    )
    return [
        OutcomeLine(head=head, number=number, is_final=number == len(attempts) - 1, attempt=attempt)
        for number, attempt in enumerate(attempts)
    ]


def _manifest(made: PaidFolder, samples: int) -> Manifest:
    entry = TaskEntry(
        name=made.task,
        version=1,
        grader="math",
        content_hash="0" * 64,
        origin="test",
        licence="none",
        max_tokens=1000,
        samples=samples,
    )
    return Manifest(
        schema_version=SCHEMA_VERSION,
        harness_version="0",
        created_at=AT,
        command=("harness", "run"),
        endpoints=tuple(made.endpoints),
        dialects={one.dialect: dialect_loader.load(one.dialect).version for one in made.endpoints},
        tasks=(entry,),
        repeats=1,
        limit=None,
        seed=0,
        params=SamplingParams(),
        max_usd=None,
        allow_unpriced=True,
        prices=tuple(made.prices),
        sandbox_backend=None,
    )
