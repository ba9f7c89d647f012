"""Run folders with known contents, written through the store as a run writes them, for tests of reports."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from harness.core.prices import Price, Rates
from harness.core.types import (
    Attempt,
    Completion,
    Endpoint,
    Failure,
    FailureKind,
    FinishReason,
    Grade,
    Sample,
    SamplingParams,
    Timing,
    Usage,
    Verdict,
)
from harness.report.run_data.load import RunData
from harness.store.codec import (
    SCHEMA_VERSION,
    GradeLine,
    JobHead,
    Manifest,
    OutcomeLine,
    SampleLine,
    SentLine,
    TaskEntry,
    encode,
)
from harness.store.run_dir import RunDir

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PRICE = Price(
    id="acme/one@2026-01-01",
    provider="acme",
    model="one",
    currency="USD",
    rates=Rates(prompt=Decimal(1), completion=Decimal(4)),
    effective_from=datetime(2026, 1, 1, tzinfo=UTC),
    effective_to=None,
    sources=("a price list made up for tests",),
    read_on=date(2026, 11, 20),
    confidence="high",
)


def endpoint(label: str = "acme/one", *, simulated: bool = False) -> Endpoint:
    """A made-up model at a made-up provider."""
    provider, _, model = label.partition("/")
    return Endpoint(
        label=label,
        provider=provider,
        model=model,
        model_id=model,
        base_url="http://127.0.0.1:9/v1",
        dialect="openai",
        simulated=simulated,
    )


LATER_CHARS = 2
"""The whole of the answer `42`."""


def timing(*, total_s: float = 2.0, ttft_s: float | None = 0.5, lag_s: float = 0.0, chunks: int = 10) -> Timing:
    """An attempt begun at NOON: answer text from `ttft_s` to `total_s`, whose first chunk holds nothing of it."""
    return Timing(
        started_at=NOON,
        waited_s=0.0,
        total_s=total_s,
        ttft_s=ttft_s,
        first_answer_s=ttft_s,
        last_answer_s=None if ttft_s is None else total_s,
        later_answer_chars=None if ttft_s is None else LATER_CHARS,
        text_chunks=chunks,
        loop_lag_s=lag_s,
    )


USAGE = Usage(prompt_tokens=1000, completion_tokens=100, reasoning_tokens=0)


def answer(
    *,
    usage: Usage | None = USAGE,
    at: Timing | None = None,
    reasoning: str = "",
) -> Completion:
    """An answer; by default 1000 prompt and 100 completion tokens."""
    return Completion(
        text="42",
        reasoning=reasoning,
        finish_reason=FinishReason.STOP,
        timing=at or timing(),
        usage=usage,
    )


def failure(
    kind: FailureKind = FailureKind.STREAM_TRUNCATED, *, usage: Usage | None = None, said: str = "made up"
) -> Failure:
    """A failed attempt that was sent."""
    return Failure(kind=kind, message=said, is_retryable=True, timing=timing(), usage=usage)


class RunWriter:
    """Writes one run folder line by line."""

    def __init__(
        self,
        path: Path,
        *,
        endpoints: Sequence[Endpoint],
        samples: int,
        repeats: int = 1,
        max_tokens: int = 100,
        task: str = "sums",
    ) -> None:
        self._task = task
        self._prices = (PRICE,)
        manifest = Manifest(
            schema_version=SCHEMA_VERSION,
            harness_version="0",
            created_at=NOON,
            command=("harness", "run"),
            endpoints=tuple(endpoints),
            dialects={"openai": 1},
            tasks=(
                TaskEntry(
                    name=task,
                    version=1,
                    grader="math",
                    content_hash="sha256:0",
                    origin="made up",
                    licence="Apache-2.0",
                    max_tokens=max_tokens,
                    samples=samples,
                ),
            ),
            repeats=repeats,
            limit=None,
            seed=0,
            params=SamplingParams(),
            max_usd=None,
            allow_unpriced=False,
            prices=self._prices,
            sandbox_backend=None,
        )
        lines = (
            SampleLine(task=task, sample=Sample(id=f"s{n}", prompt=f"{n}+1?", target=str(n + 1)))
            for n in range(samples)
        )
        self.run = RunDir.create(path, manifest, lines)
        self._calls = (path / "calls-0.jsonl").open("ab")
        self._grades = (path / "grades.jsonl").open("ab")

    def job(
        self,
        who: Endpoint,
        sample: int,
        attempts: Sequence[Attempt],
        verdict: Verdict | None = None,
        *,
        repeat: int = 0,
        is_final: bool = True,
        said: str | None = None,
        reused_from: str | None = None,
        lost: int = 0,
        findings: Mapping[str, bool] | None = None,
    ) -> None:
        """One job with all its attempts, and its grade where there is one; `said` is what the grader extracted.

        `lost`: attempts before them that were sent, for a dollar at most, and whose outcome never came.
        """
        key = hashlib.sha256(f"{who.label} {sample} {repeat}".encode()).hexdigest()[:32]
        head = JobHead(
            key=key,
            label=who.label,
            name=who.name,
            task=self._task,
            task_version=1,
            grader="math",
            sample_id=f"s{sample}",
            repeat=repeat,
            params=SamplingParams(),
            simulated=who.simulated,
            imported=who.imported,
            replayed=who.replayed,
        )
        for number in range(lost):
            self._calls.write(encode(SentLine(head=head, number=number, at=NOON, bound_usd=Decimal(1))))
        for number, attempt in enumerate(attempts):
            last = number == len(attempts) - 1
            line = OutcomeLine(
                head=head, number=lost + number, is_final=last and is_final, attempt=attempt, reused_from=reused_from
            )
            self._calls.write(encode(line))
        self._calls.flush()
        if verdict is not None:
            grade = Grade(
                verdict=verdict,
                answer=said,
                why="made up",
                rule="made up",
                grader="math",
                grader_version="1",
                seconds=0.0,
                findings=findings,
            )
            self._grades.write(encode(GradeLine(key=key, at=NOON, grade=grade)))
            self._grades.flush()

    @property
    def data(self) -> RunData:
        """The run for reading."""
        return RunData.load(self.run)

    def close(self) -> None:
        """Close the files."""
        self._calls.close()
        self._grades.close()
