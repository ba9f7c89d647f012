"""From a run folder to a baseline: the jobs of each model on each task summed up, as a whole and by sample.

Reads rows as a stream and keeps counts, sums and seconds. Cannot send anything. Not here: the values and the file
(baseline), what is held against what (gate).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from harness.core.errors import UsageError
from harness.core.prices import Cost
from harness.core.types import Completion, Endpoint, FailureKind, JobResult, Verdict
from harness.pricing.bill import exact_sum
from harness.report.gate.baseline import (
    FORMAT,
    FORMAT_VERSION,
    Baseline,
    ModelTotals,
    RunSettings,
    SampleTotals,
    TimingStats,
)
from harness.report.run_data.rows import is_timing_discarded, price_book_of, rows
from harness.report.run_data.series import settings_text
from harness.report.run_data.summary import ModelSummary
from harness.stats.intervals import Undefined, quantile
from harness.stats.latency import quantile_interval
from harness.store.codec import Manifest, TaskEntry
from harness.store.run_dir import RunDir


def baseline_of(run: RunDir) -> Baseline:
    """Derive grades and dollars of a run anew and boil them down. Free; sends nothing.

    Raises UsageError for a measurement of speed, and for a run that was free to stop early: which samples such a run
    asks depends on its own figures, so they cannot be paired fairly with another run's.
    """
    manifest = run.manifest()
    if manifest.kind != "run":
        raise UsageError(f"{run.path} measures speed and grades nothing; a gate takes what harness run makes")
    if manifest.may_stop_early:
        raise UsageError(f"{run.path} was free to stop early: which samples it asked depends on its own figures")
    found = {
        (endpoint.label, entry.name): _ModelAccumulator(endpoint=endpoint, entry=entry, manifest=manifest)
        for entry in manifest.tasks
        for endpoint in manifest.endpoints
    }
    for row in rows(run, manifest, price_book_of(manifest)):
        found[row.call.label, row.call.task].add(row)
    return Baseline(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        harness_version=manifest.harness_version,
        run=run.name,
        created_at=manifest.created_at,
        command=manifest.command,
        rows=tuple(tally.figures() for tally in found.values()),
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

    def add(self, row: JobResult) -> None:
        """Take in one job that ended."""
        self.jobs += 1
        if isinstance(row.spent, Cost) and self.usd is not None:
            self.usd = exact_sum((self.usd, row.spent.usd))
        else:
            self.usd = None
        answer = row.call.accepted
        if answer is None:
            return
        self.answers += 1
        usage = answer.usage
        self.prompt_tokens = _plus(self.prompt_tokens, None if usage is None else usage.prompt_tokens)
        self.completion_tokens = _plus(self.completion_tokens, None if usage is None else usage.completion_tokens)
        if row.grade is not None and row.grade.verdict is not Verdict.GRADER_ERROR:
            self.ruled += 1
            self.correct += row.grade.verdict is Verdict.CORRECT
        self._add_times(answer)

    def _add_times(self, answer: Completion) -> None:
        if is_timing_discarded(answer):
            return
        self.total_s.append(answer.timing.total_s)
        if answer.timing.ttft_s is not None:
            self.ttft_s.append(answer.timing.ttft_s)

    def figures(self) -> SampleTotals:
        return SampleTotals(
            correct=self.correct,
            ruled=self.ruled,
            jobs=self.jobs,
            answers=self.answers,
            usd=self.usd,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
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
            simulated=self.endpoint.simulated,
        )

    def add(self, row: JobResult) -> None:
        """Take in one job."""
        self.summary.add(row)
        if row.call.is_finished:
            self.samples.setdefault(row.call.sample_id, _SampleAccumulator()).add(row)
        if row.grade is not None:
            self.grader_versions.add(row.grade.grader_version)
        if isinstance(row.spent, Cost) and row.spent.price_id:
            self.prices.add(row.spent.price_id)

    def figures(self) -> ModelTotals:
        """What all of it comes to."""
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
            ttft_s=_times([one.ttft_s for one in self.samples.values()]),
            total_s=_times([one.total_s for one in self.samples.values()]),
            samples={name: one.figures() for name, one in sorted(self.samples.items())},
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
        )


def _by_name(item: tuple[FailureKind, int]) -> str:
    return item[0].value


def _plus(total: int | None, count: int | None) -> int | None:
    return None if total is None or count is None else total + count


def _times(groups: list[list[float]]) -> TimingStats | None:
    """None where nothing was timed."""
    values = [value for group in groups for value in group]
    if not values:
        return None
    bounds = quantile_interval([np.array(group) for group in groups], 0.5)
    low, high = (None, None) if isinstance(bounds, Undefined) else (round(bounds.low, 6), round(bounds.high, 6))
    return TimingStats(median=round(quantile(values, 0.5), 6), low=low, high=high, n=len(values))
