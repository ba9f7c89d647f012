"""Simulated models whose true accuracy, dollars and latencies are known, and how often intervals contain them.

Samples of unequal difficulty, harder ones with longer answers, repeats that are alike; token counts of several
families, with rare runaway answers where a model has them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from harness.stats.arrays import Counts, Floats
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.means import PerSample
from harness.stats.paired import SampleScores

Lengths: TypeAlias = Literal["lognormal", "gamma", "two modes"]
LONG_SHARE, LONG_FACTOR = 0.2, 8.0
GAMMA_SHAPE = 0.7
"""Below 1, so that the most frequent lengths are the shortest: more skewed than an exponential law."""
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticModel:
    """A model: `ease` is added to each sample's, on the logit scale; tokens are spread about `tokens`.

    `tail`: the standard deviation of log tokens, a part of which, `own`, is new in each repeat. `lengths`: the law of
    the tokens; a gamma law has shape 0.7, of two modes one in five answers is 8 times as long. `runaway`: the share of
    answers that are `runaway_factor` times as long. `limit`: tokens of one answer that the intervals are told.
    """

    ease: float = 0.0
    tokens: float = 1000.0
    tail: float = 0.7
    own: float = 0.6
    usd_per_token: float = 1e-5
    tokens_per_s: float = 80.0
    lengths: Lengths = "lognormal"
    runaway: float = 0.0
    runaway_factor: float = 1.0
    limit: float | None = 32_000.0

    @property
    def mean_factor(self) -> float:
        """The mean of what the law of lengths and runaway answers multiply the lognormal tokens by."""
        law = 1 + LONG_SHARE * (LONG_FACTOR - 1) if self.lengths == "two modes" else 1.0
        return law * (1 + self.runaway * (self.runaway_factor - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticBenchmark:
    """A benchmark: `ease` and `unequal` are mean and standard deviation of its samples' ease, on the logit scale.

    `harder_longer`: how much log tokens grow for each unit that a sample is harder than the mean. `shared`: the share
    of the variance of a sample's length that both models have in common. `jitter`: each run's mean ease is drawn
    evenly within this distance, so that a discrete statistic is tried over nearby rates and not at one point of its
    saw-tooth (Brown, Cai and DasGupta 2001, sec. 2).
    """

    samples: int
    repeats: int
    ease: float
    unequal: float = 1.5
    harder_longer: float = 0.2
    shared: float = 0.5
    jitter: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticRun:
    """One model's simulated run: correct answers by sample, tokens by (sample, repeat), and the truths behind them."""

    model: SyntheticModel
    correct: Counts
    tokens: Floats
    accuracy: float
    mean_tokens: float
    log_spread: float

    @property
    def scored(self) -> SampleScores:
        """Correct answers and repeats by sample."""
        return SampleScores(
            correct=self.correct.astype(np.float64), repeats=np.full(len(self.correct), self.tokens.shape[1])
        )

    @property
    def spent(self) -> PerSample:
        """Dollars by sample."""
        return PerSample(
            totals=self.tokens.sum(axis=1) * self.model.usd_per_token,
            counts=np.full(len(self.correct), self.tokens.shape[1]),
            limit=None if self.model.limit is None else self.model.limit * self.model.usd_per_token,
        )

    @property
    def mean_usd(self) -> float:
        """The true dollars for one job."""
        return self.mean_tokens * self.model.usd_per_token

    def token_quantile(self, z: float) -> float:
        """The true quantile of tokens, z standard deviations above the median."""
        return self.model.tokens * math.exp(z * self.log_spread)


def true_accuracy(ease: float, unequal: float) -> float:
    """The mean over samples of the chance of a correct answer, by Gauss-Hermite quadrature."""
    chances = 1 / (1 + np.exp(-(ease + unequal * NODES)))
    return float(chances @ WEIGHTS / WEIGHTS.sum())


def draw_run(
    benchmark: SyntheticBenchmark, models: tuple[SyntheticModel, ...], rng: np.random.Generator
) -> list[SyntheticRun]:
    """One run of every model on the same samples."""
    level = benchmark.ease + rng.uniform(-benchmark.jitter, benchmark.jitter)
    deviations = rng.normal(0.0, benchmark.unequal, benchmark.samples)
    common = rng.normal(0.0, 1.0, benchmark.samples)
    return [_draw(benchmark, model, level, deviations, common, rng) for model in models]


def _draw(
    benchmark: SyntheticBenchmark,
    model: SyntheticModel,
    level: float,
    deviations: Floats,
    common: Floats,
    rng: np.random.Generator,
) -> SyntheticRun:
    chances = 1 / (1 + np.exp(-(level + model.ease + deviations)))
    correct = rng.binomial(benchmark.repeats, chances)
    alone = rng.normal(0.0, 1.0, benchmark.samples)
    tail = 0.0 if model.lengths == "gamma" else model.tail
    # Log tokens of one sample: a part that lasts over repeats, which both models share in part, and one that is new in
    # each repeat. Their variances sum to tail**2; harder samples come on top.
    lasting = tail * math.sqrt(1 - model.own**2)
    by_sample = lasting * (math.sqrt(benchmark.shared) * common + math.sqrt(1 - benchmark.shared) * alone)
    logs = (
        math.log(model.tokens)
        + (by_sample - benchmark.harder_longer * deviations)[:, None]
        + tail * model.own * rng.normal(0.0, 1.0, (benchmark.samples, benchmark.repeats))
    )
    spread = math.sqrt(tail**2 + (benchmark.harder_longer * benchmark.unequal) ** 2)
    return SyntheticRun(
        model=model,
        correct=correct,
        tokens=np.exp(logs) * _length_factors(model, logs.shape, rng),
        accuracy=true_accuracy(level + model.ease, benchmark.unequal),
        # The mean of a lognormal law is exp(mu + sigma**2 / 2).
        mean_tokens=model.tokens * math.exp(spread**2 / 2) * model.mean_factor,
        log_spread=spread,
    )


def _length_factors(model: SyntheticModel, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """What multiplies the lognormal tokens of each answer; draws nothing for a model that is lognormal alone."""
    factors = np.ones(shape)
    if model.lengths == "gamma":
        factors = rng.gamma(GAMMA_SHAPE, 1 / GAMMA_SHAPE, shape)
    if model.lengths == "two modes":
        factors = np.where(rng.random(shape) < LONG_SHARE, LONG_FACTOR, 1.0)
    if model.runaway:
        factors = np.where(rng.random(shape) < model.runaway, model.runaway_factor, 1.0) * factors
    return factors


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often the truth lay inside: `runs` with an interval, of which `above` and `below` had it outside.

    `above`: the truth lay above the interval. `undefined`: runs that gave no interval, with a reason.
    """

    runs: int
    above: int
    below: int
    undefined: int

    @property
    def share(self) -> float:
        """The share of intervals that held the truth."""
        return 1 - (self.above + self.below) / max(1, self.runs)


IntervalAndTruth = Callable[[list[SyntheticRun], int], tuple[ConfidenceInterval | Undefined, float]]
"""From a run of every model and a seed: an interval and the truth it should hold."""


def count_coverage(
    benchmark: SyntheticBenchmark,
    models: tuple[SyntheticModel, ...],
    interval_and_truth: IntervalAndTruth,
    *,
    runs: int,
    seed: int = 1,
) -> Coverage:
    """How often the interval holds the truth over that many simulated runs, each with its own seed."""
    rng = np.random.default_rng(seed)
    above = below = undefined = 0
    for run in range(runs):
        interval, truth = interval_and_truth(draw_run(benchmark, models, rng), seed + run)
        if isinstance(interval, Undefined):
            undefined += 1
            continue
        above += truth > interval.high
        below += truth < interval.low
    return Coverage(runs=runs - undefined, above=above, below=below, undefined=undefined)
