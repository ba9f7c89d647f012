"""Makes a baseline of a run folder: the jobs of each model on each task summed up, as a whole and by sample."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.errors import UsageError
from harness.core.types import Endpoint, FailureKind, Verdict
from harness.pricing.exact import exact_sum
from harness.report.gate.baseline import (
    FORMAT,
    FORMAT_VERSION,
    Baseline,
    ModelTotals,
    RunSettings,
    SampleTotals,
    TimingStats,
)
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.report.run_data.series import settings_text
from harness.report.run_data.summary import ModelSummary
from harness.store.codec import Manifest, TaskEntry


def baseline_of(run: RunData) -> Baseline:
    """The figures of a run as a baseline.

    Raises UsageError for a measurement of speed, and for a run that could stop early: which samples such a run holds
    depends on its own results, so pairing them with another run's is biased.
    """
    manifest, path = run.manifest, run.run.path
    if manifest.kind != "run":
        raise UsageError(f"{path} measures speed and grades nothing; a gate takes what harness run makes")
    if manifest.may_stop_early:
        raise UsageError(f"{path} was free to stop early: which samples it asked depends on its own figures")
    totals = {
        (endpoint.label, entry.name): _ModelAccumulator(endpoint=endpoint, entry=entry, manifest=manifest)
        for entry in manifest.tasks
        for endpoint in manifest.endpoints
    }
    run.read(_RunTotals(totals))
    return Baseline(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        harness_version=manifest.harness_version,
        run=run.run.name,
        created_at=manifest.created_at,
        command=manifest.command,
        rows=tuple(tally.figures() for tally in totals.values()),
    )


@dataclass(slots=True, kw_only=True)
class _SampleAccumulator:
    """One sample so far. A sum is None once a part of it is unknown."""

    correct: int = 0
    ruled: int = 0
    jobs: int = 0
    answers: int = 0
    usd: Decimal | None = Decimal(0)
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    ttft_s: list[float] = field(default_factory=list)
    total_s: list[float] = field(default_factory=list)

    def add(self, record: JobRecord) -> None:
        """Take in one job that ended."""
        self.jobs += 1
        if record.spent_usd is not None and self.usd is not None:
            self.usd = exact_sum((self.usd, record.spent_usd))
        else:
            self.usd = None
        if not record.is_answered:
            return
        self.answers += 1
        self.prompt_tokens = _plus(self.prompt_tokens, record.prompt_tokens)
        self.completion_tokens = _plus(self.completion_tokens, record.completion_tokens)
        if record.verdict not in (None, Verdict.GRADER_ERROR):
            self.ruled += 1
            self.correct += record.verdict is Verdict.CORRECT
        self._add_times(record)

    def _add_times(self, record: JobRecord) -> None:
        total_s, ttft_s, *_ = record.usable_timings
        if total_s is not None:
            self.total_s.append(total_s)
        if ttft_s is not None:
            self.ttft_s.append(ttft_s)

    def figures(self) -> SampleTotals:
        return SampleTotals(
            correct=self.correct,
            ruled=self.ruled,
            jobs=self.jobs,
            answers=self.answers,
            usd=self.usd,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            ttft_s=tuple(round(value, 6) for value in self.ttft_s),
            total_s=tuple(round(value, 6) for value in self.total_s),
        )


@dataclass(slots=True, kw_only=True)
class _ModelAccumulator:
    """One model on one task so far."""

    endpoint: Endpoint
    entry: TaskEntry
    manifest: Manifest
    summary: ModelSummary = field(init=False)
    samples: dict[str, _SampleAccumulator] = field(default_factory=dict)
    grader_versions: set[str] = field(default_factory=set)
    prices: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.summary = ModelSummary(
            label=self.endpoint.label,
            name=self.endpoint.name,
            task=self.entry.name,
            task_version=self.entry.version,
            planned=self.entry.samples * self.manifest.repeats,
            origin=self.endpoint.origin,
        )

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        self.summary.add(record)
        if record.is_finished:
            self.samples.setdefault(record.sample_id, _SampleAccumulator()).add(record)
        if record.grader_version is not None:
            self.grader_versions.add(record.grader_version)
        if record.spent_price_id:
            self.prices.add(record.spent_price_id)

    def figures(self) -> ModelTotals:
        """The sums over all jobs taken in."""
        total = self.summary
        return ModelTotals(
            task=self.entry.name,
            model=self.endpoint.label,
            terms=self._terms(),
            planned=total.planned,
            finished=total.finished,
            failed=total.failed,
            attempts_failed={kind.value: count for kind, count in sorted(total.causes.items(), key=_by_name)},
            unruled=total.ungraded + total.verdicts[Verdict.GRADER_ERROR],
            known_usd=exact_sum(total.known_usd),
            unpriced=dict(sorted(total.unpriced.items())),
            prices=tuple(sorted(self.prices)),
            reasoning_tokens=total.reasoning.known,
            ttft_s=TimingStats.of(one.ttft_s for one in self.samples.values()),
            total_s=TimingStats.of(one.total_s for one in self.samples.values()),
            samples={name: one.figures() for name, one in sorted(self.samples.items())},
            other_models=dict(sorted(total.answering.others.items())),
        )

    def _terms(self) -> RunSettings:
        entry, endpoint = self.entry, self.endpoint
        return RunSettings(
            task_version=entry.version,
            content_hash=entry.content_hash,
            grader=entry.grader,
            grader_versions=tuple(sorted(self.grader_versions)),
            max_tokens=entry.max_tokens,
            repeats=self.manifest.repeats,
            settings=settings_text(self.manifest.params),
            own_settings=settings_text(endpoint.params),
            model_id=endpoint.model_id,
            dialect=endpoint.dialect,
            dialect_version=self.manifest.dialects.get(endpoint.dialect),
            backend=endpoint.backend,
            service_tier=endpoint.service_tier,
            extra_body=json.dumps(endpoint.extra_body, sort_keys=True),
            streamed=endpoint.stream,
            simulated=endpoint.simulated,
            imported=endpoint.imported,
            replayed=endpoint.replayed,
        )


@dataclass(frozen=True, slots=True)
class _RunTotals:
    """The models of a run by (label, task)."""

    by_place: Mapping[tuple[str, str], _ModelAccumulator]

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        self.by_place[record.label, record.task].add(record)


def _by_name(item: tuple[FailureKind, int]) -> str:
    return item[0].value


def _plus(total: int | None, count: int | None) -> int | None:
    return None if total is None or count is None else total + count
