"""What prompt caching brought: each model of a warm run (`--cache warm`) against the same model of a cold one.

Both runs asked the same samples, so dollars and times to the first token are paired by sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.core.types import CacheMode, Origin
from harness.report.comparison.model_runs import ComparedRuns, ModelRun, SharedSamples, shared_samples
from harness.stats import metrics
from harness.stats.comparisons import accuracy_difference
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.marginal import mean_difference
from harness.stats.means import PerSample, mean
from harness.stats.metrics import MetricSettings, PerSampleTotals, Value
from harness.stats.model_data import ModelData
from harness.stats.ratio import mean_ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class CachingRow:
    """One model warm and cold. Dollars are of one job, all attempts; seconds are means over answers.

    `*_share`: of the prompt tokens, those that were read from a cache; None where that is not reported. `usd_saved` and
    `ttft_gained`: cold minus warm; `saved_share`: of the cold dollars. Intervals of dollars have no room for runaway
    answers, which caching does not bring about.
    """

    label: str
    warm: ModelRun
    cold: ModelRun
    samples: int
    warm_share: float | None
    cold_share: float | None
    warm_usd: Value
    cold_usd: Value
    usd_saved: Value
    saved_share: Value
    warm_ttft: Value
    cold_ttft: Value
    ttft_gained: Value
    accuracy_difference: Value
    is_mixed: bool

    @property
    def origin(self) -> Origin:
        """That of the side that is not measured, if one is."""
        return self.warm.origin if self.cold.origin is Origin.LIVE else self.cold.origin


@dataclass(frozen=True, slots=True, kw_only=True)
class CachingTable:
    """The models that a warm and a cold run have on these tasks."""

    tasks: tuple[str, ...]
    rows: tuple[CachingRow, ...]


def caching_tables(runs: ComparedRuns, groups: Sequence[tuple[str, ...]]) -> list[CachingTable]:
    """A table for each group of tasks on which a model was run warm and cold."""
    tables = (CachingTable(tasks=tasks, rows=tuple(_rows(runs.on(tasks), tasks))) for tasks in groups)
    return [table for table in tables if table.rows]


def _rows(model_runs: Sequence[ModelRun], tasks: tuple[str, ...]) -> Iterator[CachingRow]:
    for warm in (one for one in model_runs if one.cache is CacheMode.WARM):
        for cold in (one for one in model_runs if one.cache is CacheMode.COLD):
            if cold.endpoint.label == warm.endpoint.label:
                shared = shared_samples((warm, cold), tasks)
                if not isinstance(shared, Undefined):
                    yield _row(shared)


def _row(shared: SharedSamples) -> CachingRow:
    (warm, cold), (of_warm, of_cold) = shared.model_runs, shared.data
    warm_usd, cold_usd = (_plain(metrics.spent_usd(data)) for data in shared.data)
    warm_ttft, cold_ttft = (data.ttft_s.by_sample(data.answered) for data in shared.data)
    warm_ttft, cold_ttft = (replace(one, has_runaways=False) for one in (warm_ttft, cold_ttft))
    return CachingRow(
        label=warm.endpoint.label,
        warm=warm,
        cold=cold,
        samples=shared.samples,
        warm_share=_cached_share(of_warm),
        cold_share=_cached_share(of_cold),
        warm_usd=warm_usd if isinstance(warm_usd, Undefined) else mean(warm_usd),
        cold_usd=cold_usd if isinstance(cold_usd, Undefined) else mean(cold_usd),
        usd_saved=_saved(cold_usd, warm_usd),
        saved_share=_saved_share(warm_usd, cold_usd),
        warm_ttft=_mean_s(of_warm, warm_ttft),
        cold_ttft=_mean_s(of_cold, cold_ttft),
        ttft_gained=mean_difference(cold_ttft, warm_ttft),
        accuracy_difference=accuracy_difference(of_warm, of_cold, MetricSettings()),
        is_mixed=any(one.answering(shared.tasks).is_mixed for one in (warm, cold)),
    )


def _plain(found: PerSampleTotals | Undefined) -> PerSample | Undefined:
    return found if isinstance(found, Undefined) else replace(found.quantity, has_runaways=False)


def _saved(cold: PerSample | Undefined, warm: PerSample | Undefined) -> Value:
    if isinstance(cold, Undefined):
        return Undefined(reason=f"cold run: {cold.reason}")
    if isinstance(warm, Undefined):
        return Undefined(reason=f"warm run: {warm.reason}")
    return mean_difference(cold, warm)


def _saved_share(warm: PerSample | Undefined, cold: PerSample | Undefined) -> Value:
    """1 minus the ratio of dollars, warm over cold."""
    if isinstance(warm, Undefined) or isinstance(cold, Undefined):
        return _saved(cold, warm)
    found = mean_ratio(warm, cold)
    if not isinstance(found, ConfidenceInterval):
        return found
    return replace(found, estimate=1 - found.estimate, low=1 - found.high, high=1 - found.low)


def _mean_s(data: ModelData, seconds: PerSample) -> Value:
    return mean(seconds) if seconds.counts.any() else Undefined(reason=metrics.why_untimed(data))


def _cached_share(data: ModelData) -> float | None:
    """Cached tokens over prompt tokens, of the answers that report both."""
    known = data.answered & data.cached_tokens.known & data.prompt_tokens.known
    total = float(data.prompt_tokens.values[known].sum())
    return float(data.cached_tokens.values[known].sum()) / total if total else None
