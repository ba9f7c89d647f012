"""The settings whose coverage is measured: CASES, a statistic in a simulated benchmark.

Few samples, accuracies near 0 and 1, repeats, unequal difficulty, heavy tails, rare runaway answers, other families.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.stats.coverage import IntervalAndTruth, SyntheticBenchmark, SyntheticModel, SyntheticRun
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.latency import median_ratio, quantile_interval
from harness.stats.marginal import cost_per_point, mean_difference
from harness.stats.means import mean, per_correct, rate
from harness.stats.paired import paired_difference
from harness.stats.ratio import accuracy_ratio, mean_ratio, per_correct_ratio
from harness.stats.resample import Resampling

DRAWS = 600
"""Bootstrap draws in each simulated run. Fewer than a report takes, because a cell needs hundreds of such runs."""
MODELS = (SyntheticModel(), SyntheticModel(ease=-0.4, tokens=1800.0, usd_per_token=3e-6))

EASILY_BEATEN = SyntheticModel(ease=-2.0, tokens=400.0)
"""So much worse that nearly every run shows it: without a gain in accuracy there are no dollars per point."""

BENCHMARKS: Mapping[str, SyntheticBenchmark] = {
    "30 x 1, easy": SyntheticBenchmark(samples=30, repeats=1, ease=2.5),
    "30 x 8, middling": SyntheticBenchmark(samples=30, repeats=8, ease=0.0),
    "30 x 4, near 0": SyntheticBenchmark(samples=30, repeats=4, ease=-4.5),
    "60 x 4, hard": SyntheticBenchmark(samples=60, repeats=4, ease=-2.5),
    "60 x 4, near 1": SyntheticBenchmark(samples=60, repeats=4, ease=5.0),
    "164 x 1, near 1": SyntheticBenchmark(samples=164, repeats=1, ease=4.5),
    "164 x 2, very unequal": SyntheticBenchmark(samples=164, repeats=2, ease=1.5, unequal=3.0),
    "300 x 1, middling": SyntheticBenchmark(samples=300, repeats=1, ease=1.0),
}


def _plan(seed: int) -> Resampling:
    return Resampling(draws=DRAWS, seed=seed)


def _accuracy(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    scored = runs[0].scored
    return rate(scored.correct, scored.repeats, confidence=0.95), runs[0].accuracy


def _usd_per_task(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    return mean(runs[0].spent, _plan(seed)), runs[0].mean_usd


def _usd_per_correct(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    correct = runs[0].scored.correct
    return per_correct(runs[0].spent, correct, _plan(seed)), runs[0].mean_usd / runs[0].accuracy


def _difference(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    found = paired_difference(runs[0].scored, runs[1].scored, seed=seed)
    return found if isinstance(found, Undefined) else found.interval, runs[0].accuracy - runs[1].accuracy


def _accuracy_ratio(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    return accuracy_ratio(runs[0].scored, runs[1].scored), runs[0].accuracy / runs[1].accuracy


def _cost_ratio(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    return mean_ratio(runs[0].spent, runs[1].spent, _plan(seed)), runs[0].mean_usd / runs[1].mean_usd


def _per_correct_ratio(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    one, other = runs
    found = per_correct_ratio((one.spent, one.scored.correct), (other.spent, other.scored.correct), _plan(seed))
    return found, (one.mean_usd / one.accuracy) / (other.mean_usd / other.accuracy)


def _usd_per_solved(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    spent = replace(runs[0].spent, has_runaways=False)  # as of conversations, whose turns are limited
    found = per_correct(spent, runs[0].scored.correct, _plan(seed))
    return found, runs[0].mean_usd / runs[0].accuracy


def _usd_difference(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    return mean_difference(runs[0].spent, runs[1].spent, _plan(seed)), runs[0].mean_usd - runs[1].mean_usd


def _usd_per_point(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    one, other = runs
    found = cost_per_point((one.spent, one.scored), (other.spent, other.scored), _plan(seed))
    return found, (one.mean_usd - other.mean_usd) / (100 * (one.accuracy - other.accuracy))


def _median(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    return quantile_interval(list(runs[0].tokens), 0.5), runs[0].token_quantile(0.0)


def _p95(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    return quantile_interval(list(runs[0].tokens), 0.95), runs[0].token_quantile(1.6448536)


def _median_ratio(runs: list[SyntheticRun], seed: int) -> tuple[ConfidenceInterval | Undefined, float]:
    truth = runs[0].token_quantile(0.0) / runs[1].token_quantile(0.0)
    return median_ratio(list(runs[0].tokens), list(runs[1].tokens)), truth


STATISTICS: Mapping[str, IntervalAndTruth] = {
    "accuracy": _accuracy,
    "dollars per task": _usd_per_task,
    "dollars per correct": _usd_per_correct,
    "accuracy difference": _difference,
    "accuracy ratio": _accuracy_ratio,
    "cost ratio": _cost_ratio,
    "cost per correct ratio": _per_correct_ratio,
    "median": _median,
    "95% quantile": _p95,
    "ratio of medians": _median_ratio,
}
SPENDING_STATISTICS: Mapping[str, IntervalAndTruth] = {
    "dollars per solved": _usd_per_solved,
    "dollars difference": _usd_difference,
    "dollars per further point": _usd_per_point,
}
"""Of conversations, caches and effort levels."""


HEAVY = {
    f"{samples} x 2, tail {tail}": (
        SyntheticBenchmark(samples=samples, repeats=2, ease=1.0),
        tuple(replace(model, tail=tail) for model in MODELS),
    )
    for tail in (1.0, 1.3)
    for samples in (30, 100, 300)
}
FEW = {
    f"{samples} x 1, {word}": SyntheticBenchmark(samples=samples, repeats=1, ease=ease)
    for samples in (2, 3, 5)
    for word, ease in (("near 0", -4.5), ("near 1", 5.0))
}
MIXTURES: Mapping[str, SyntheticModel] = {
    "2% x 30": SyntheticModel(runaway=0.02, runaway_factor=30.0, limit=100_000.0),
    "1% x 100": SyntheticModel(runaway=0.01, runaway_factor=100.0, limit=300_000.0),
    "5% x 10": SyntheticModel(runaway=0.05, runaway_factor=10.0, limit=100_000.0),
    "gamma": SyntheticModel(lengths="gamma"),
    "two modes": SyntheticModel(lengths="two modes"),
    "2% x 30, no limit": SyntheticModel(runaway=0.02, runaway_factor=30.0, limit=None),
    "1% x 100, no limit": SyntheticModel(runaway=0.01, runaway_factor=100.0, limit=None),
}
MIXED = {
    f"{samples} x 1, {title}": (
        SyntheticBenchmark(samples=samples, repeats=1, ease=1.0),
        (model, replace(model, ease=-0.4, tokens=1800.0, usd_per_token=3e-6)),
    )
    for title, model in MIXTURES.items()
    for samples in (30, 100, 164)
}
HEAVY_STATISTICS = ("dollars per task", "dollars per correct", "cost ratio", "cost per correct ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageCase:
    """One cell of the coverage table."""

    statistic: str
    title: str
    benchmark: SyntheticBenchmark
    models: tuple[SyntheticModel, ...]

    @property
    def interval_and_truth(self) -> IntervalAndTruth:
        return {**STATISTICS, **SPENDING_STATISTICS}[self.statistic]


CASES = tuple(
    CoverageCase(statistic=statistic, title=title, benchmark=benchmark, models=MODELS)
    for statistic in STATISTICS
    for title, benchmark in {**BENCHMARKS, **(FEW if statistic == "accuracy" else {})}.items()
) + tuple(
    CoverageCase(statistic=statistic, title=title, benchmark=benchmark, models=models)
    for statistic in HEAVY_STATISTICS
    for title, (benchmark, models) in {**HEAVY, **MIXED}.items()
)

SPENDING_CASES = tuple(
    CoverageCase(statistic=statistic, title=title, benchmark=BENCHMARKS[title], models=(MODELS[0], EASILY_BEATEN))
    for statistic in SPENDING_STATISTICS
    for title in ("30 x 8, middling", "164 x 2, very unequal", "300 x 1, middling")
)


RUNAWAY_SAMPLES = (30, 100, 164, 500, 1000)
RUNAWAY_SHARES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
RUNAWAY_FACTORS = (5.0, 30.0, 100.0)
LIMIT_OF_RUNAWAY = 4000.0
"""The output limit in tokens over the factor: three times a runaway answer's mean, so that hardly any is longer."""


def _runaway_case(statistic: str, samples: int, share: float, factor: float, tail: float) -> CoverageCase:
    first = SyntheticModel(runaway=share, runaway_factor=factor, limit=LIMIT_OF_RUNAWAY * factor, tail=tail)
    spread = "" if tail == SyntheticModel().tail else f", tail {tail}"
    return CoverageCase(
        statistic=statistic,
        title=f"{samples} x 1, runaway {share:.1%} x {factor:g}{spread}",
        benchmark=SyntheticBenchmark(samples=samples, repeats=1, ease=1.0),
        models=(first, replace(first, ease=-0.4, tokens=1800.0, limit=1.8 * LIMIT_OF_RUNAWAY * factor)),
    )


RUNAWAY_CASES = tuple(
    _runaway_case(statistic, samples, share, factor, tail)
    for statistic in HEAVY_STATISTICS
    for samples in RUNAWAY_SAMPLES
    for share in RUNAWAY_SHARES
    for factor in RUNAWAY_FACTORS
    for tail in ((0.7, 1.3) if (share, factor) == (0.01, 30.0) else (0.7,))
)
"""Each share of runaway answers, factor and number of samples; only `harness coverage --setting` runs them."""
