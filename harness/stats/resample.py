"""The bootstrap over samples, and the percentile-t interval for ratios of means on the log scale.

All repeats of a sample are drawn together, and every column of a call sees the same draws, so two models stay paired.
Covers any product and quotient of means: dollars per task, dollars of A over dollars of B, tokens per second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from harness.stats.arrays import Floats
from harness.stats.intervals import ConfidenceInterval

# Blocks bound the memory: 2,000 draws of 100,000 samples at once would be 1.6 GB of float64.
CELLS_AT_ONCE = 2_000_000
MIN_FOR_BOOTSTRAP = 8
"""Below it draws repeat too few samples: with 7 a draw leaves out 2 or 3, and studentised values scatter widely."""
MAX_FOR_BOOTSTRAP = 2_000
"""Above it the bootstrap and Student's t agree, and the draws only take time."""
MAX_FOR_SHAPE = 500
"""Above it the samples themselves hold the tail of tokens, and the fitted law is not needed beside them."""
MAX_ERRORS = 25.0
"""A bound is at most this many standard errors off: where one sample holds all the spread, draws without it have next
to none and their studentised values grow without limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How an interval is drawn: its confidence, the number of bootstrap draws, the seed that fixes them."""

    confidence: float = 0.95
    draws: int = 2000
    # Any number: it is fixed so that one run folder always reports the same bounds.
    seed: int = 20_251_121

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, got {self.confidence}")
        if self.draws < 100:
            raise ValueError(f"a bootstrap interval needs at least 100 draws, got {self.draws}")

    @property
    def tail(self) -> float:
        """The chance left out on each side."""
        return (1 - self.confidence) / 2


STANDARD = Resampling()
FEW = 2_000
"""Samples up to which the rows of a block are counted at once."""
REMEMBERED_CELLS = 80_000_000
"""Draws times samples, a byte each, up to which they are kept for the next figure."""


def draw_weights(samples: int, *, draws: int, seed: int) -> Iterator[Floats]:
    """How often each sample was drawn, in blocks of shape (some draws, samples); each row sums to `samples`.

    The draws depend on nothing but the three arguments. Source: Efron 1979, Ann. Stat. 7:1.
    """
    counts = _remembered_counts if draws * samples <= REMEMBERED_CELLS else _draw_counts
    for block in counts(samples, draws, seed):
        yield block.astype(np.float64)


@lru_cache(maxsize=2)
def _remembered_counts(samples: int, draws: int, seed: int) -> list[np.ndarray]:
    """The draws of the last sizes asked for: a comparison asks for the same ones for every figure of a table."""
    return list(_draw_counts(samples, draws, seed))


def _draw_counts(samples: int, draws: int, seed: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    block = max(1, CELLS_AT_ONCE // samples)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        if samples < FEW:
            # Row numbers times `samples` keep the rows apart, so that one bincount counts all of the block.
            picked = rng.integers(samples, size=(rows, samples)) + np.arange(rows)[:, None] * samples
            yield _in_bytes(np.bincount(picked.ravel(), minlength=rows * samples).reshape(rows, samples))
        else:
            # Row by row: what one row needs stays in the processor's cache. The stream of numbers is the same.
            drawn = (np.bincount(rng.integers(samples, size=samples), minlength=samples) for _ in range(rows))
            yield np.stack([_in_bytes(row) for row in drawn])


def _in_bytes(counts: np.ndarray) -> np.ndarray:
    # One sample drawn 256 times in a row would wrap to 0 in a byte, in silence.
    return counts.astype(np.uint8) if counts.max() < 256 else counts


def resampled_means(columns: Floats, *, draws: int, seed: int) -> Floats:
    """The mean of each column in each draw: shape (draws, columns) from (samples, columns)."""
    samples = len(columns)
    # A column of one whole number, such as the answers of each sample, has that mean in every draw, to the last bit.
    varies = (columns != columns[0]).any(axis=0) | (columns[0] % 1 != 0)
    means = np.tile(columns[0], (draws, 1))
    if varies.any():
        drawn = np.ascontiguousarray(columns[:, varies])
        blocks = [weights @ drawn for weights in draw_weights(samples, draws=draws, seed=seed)]
        means[:, varies] = np.concatenate(blocks) / samples
    return means


def influence(columns: Floats, signs: Sequence[int]) -> Floats:
    """What each sample adds to the log of the signed product of column means, shape (samples,), mean 0.

    The linearisation (delta method) of sum_c sign_c * log(mean_c). Source: Davison and Hinkley 1997, Bootstrap
    Methods and their Application, sec. 2.7.2. Every column mean must be above 0.
    """
    sign = np.asarray(signs, dtype=np.float64)
    scaled: Floats = (columns / columns.mean(axis=0)) @ sign - sign.sum()
    return scaled


def product_interval(
    columns: Floats, signs: Sequence[int], plan: Resampling, *, shape: tuple[Floats, Sequence[int]] | None = None
) -> ConfidenceInterval:
    """Bounds for the product of column means, those with sign -1 dividing; columns have shape (samples, columns).

    Percentile-t bootstrap over samples on the log scale, its standard error from the linearisation in each draw. With
    `shape`, the positive values of each sample (samples, quantities) and their signs, the same is drawn from the
    lognormal law fitted to them, and each bound is the wider of the two: a few dozen samples seldom hold the far tail
    of tokens, so their own bootstrap covers 92% where this covers 94 to 95% (docs/statistics.md). Below 8 samples
    Student's t on the same scale, for there the draws repeat too few samples; above 2,000 too, for there the two
    agree. With no spread the bounds are the estimate. Sources: Hall 1988, Ann. Stat. 16:927; clusters drawn whole,
    Davison and Hinkley 1997, sec. 3.8; parametric draws, ibid. sec. 2.2; taking the wider is ours. Raises ValueError
    for fewer than two samples or a mean of 0.
    """
    samples = len(columns)
    means = columns.mean(axis=0)
    if samples < 2 or not (means > 0).all():
        raise ValueError(f"needs two samples or more and means above 0, got {samples} samples, means {means.tolist()}")
    # On the log scale: a ratio and its inverse then have the same interval, and no lower bound is below 0.
    centre = float(np.log(means) @ np.asarray(signs, dtype=np.float64))
    error = float(influence(columns, signs).std(ddof=1)) / math.sqrt(samples)
    if error < 1e-12:
        value = math.exp(centre)
        return ConfidenceInterval(
            estimate=value, low=value, high=value, confidence=plan.confidence, method="no spread at all"
        )
    below, above, method = _quantiles(columns, signs, centre, plan, shape)
    return ConfidenceInterval(
        estimate=math.exp(centre),
        # Studentised quantiles change places: the upper one belongs to the lower bound (Hall 1988). The max and min
        # with 0 keep the estimate inside its own interval.
        low=math.exp(centre - min(max(0.0, above), MAX_ERRORS) * error),
        high=math.exp(centre - max(min(0.0, below), -MAX_ERRORS) * error),
        confidence=plan.confidence,
        method=method,
    )


def _quantiles(
    columns: Floats, signs: Sequence[int], centre: float, plan: Resampling, shape: tuple[Floats, Sequence[int]] | None
) -> tuple[float, float, str]:
    """The two tail quantiles of (log estimate - truth) / standard error, and how they were found."""
    samples = len(columns)
    widest = float(special.stdtrit(samples - 1, 1 - plan.tail))
    if not MIN_FOR_BOOTSTRAP <= samples <= MAX_FOR_BOOTSTRAP:
        return -widest, widest, "Student's t, log scale"
    drawn = _bootstrap_ratios(columns, np.asarray(signs, dtype=np.float64), centre, plan)
    if len(drawn) < plan.draws / 2:  # most draws show no spread: one sample holds nearly all of it
        return -widest, widest, "Student's t, log scale"
    low, high = _tails(drawn, plan)
    if shape is None or samples > MAX_FOR_SHAPE or not (shape[0] > 0).all():
        return low, high, "percentile-t bootstrap over samples, log scale"
    fitted = _tails(_lognormal_ratios(shape[0], np.asarray(shape[1], dtype=np.float64), plan), plan)
    method = "percentile-t, the wider of bootstrap over samples and fitted lognormal on each side, log scale"
    return min(low, fitted[0]), max(high, fitted[1]), method


def _tails(ratios: Floats, plan: Resampling) -> tuple[float, float]:
    """Both tail quantiles, by the rank (draws + 1) p: Davison and Hinkley 1997, sec. 5.2.1."""
    low, high = np.quantile(ratios, [plan.tail, 1 - plan.tail], method="weibull")
    return float(low), float(high)


def _bootstrap_ratios(columns: Floats, sign: Floats, centre: float, plan: Resampling) -> Floats:
    """(log estimate of a draw - log estimate) / standard error of the draw, for each bootstrap draw that has one.

    A draw's variance needs only its means of products of two columns, so all draws are one matrix product. Draws in
    which a mean is 0 or nothing varies have no such number and are left out.
    """
    samples, width = columns.shape
    # Second moments are linear in the weights as means are: no pass over the samples of each draw is needed.
    first, second = np.triu_indices(width)
    moments = np.concatenate([columns, columns[:, first] * columns[:, second]], axis=1)
    drawn = resampled_means(moments, draws=plan.draws, seed=plan.seed)
    means, products = drawn[:, :width], drawn[:, width:]
    usable = (means > 0).all(axis=1)
    means, products = means[usable], products[usable]
    pull = sign / means
    twice = np.where(first == second, 1.0, 2.0)
    # Var(sum_c s_c x_c / m_c) written out in second moments; the mean of that sum is sum_c s_c in each draw.
    variance = (products * pull[:, first] * pull[:, second]) @ twice - sign.sum() ** 2
    varies = variance > 1e-12
    errors = np.sqrt(variance[varies] / (samples - 1))
    ratios: Floats = (np.log(means[varies]) @ sign - centre) / errors
    return ratios


def _lognormal_ratios(values: Floats, sign: Floats, plan: Resampling) -> Floats:
    """The same number for samples drawn from the (joint) lognormal law with the values' log means and covariances."""
    samples, width = values.shape
    logs = np.log(values)
    covariance = np.cov(logs, rowvar=False).reshape(width, width)
    lengths, axes = np.linalg.eigh(covariance)
    # By eigenvalues and not by Cholesky: two proportional columns (dollars at one price) have a singular covariance,
    # and rounding leaves eigenvalues of -1e-17.
    spread = axes * np.sqrt(np.maximum(lengths, 0.0))
    # The log of a lognormal mean is mu + sigma^2 / 2, not mu: draws are compared with the mean that they are drawn
    # around.
    truth = float((logs.mean(axis=0) + np.diag(covariance) / 2) @ sign)
    # A stream of its own: with the seed alone its numbers would be those that chose the bootstrap samples.
    rng = np.random.default_rng([plan.seed, 1])
    block = max(1, CELLS_AT_ONCE // (samples * width))
    ratios = []
    for start in range(0, plan.draws, block):
        size = (min(block, plan.draws - start), samples, width)
        drawn = np.exp(rng.standard_normal(size) @ spread.T + logs.mean(axis=0))
        means = drawn.mean(axis=1)
        pulls = (drawn / means[:, None, :]) @ sign
        errors = np.maximum(pulls.std(axis=1, ddof=1), 1e-12) / math.sqrt(samples)
        ratios.append((np.log(means) @ sign - truth) / errors)
    return np.concatenate(ratios)
