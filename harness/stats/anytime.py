"""Confidence sequences: bounds that hold at every number of samples at once, so that stopping early keeps coverage.

For a mean of values in 0..1 (a sample's score) and for the paired difference of two such. Values must arrive in an
order that says nothing of them: shuffle the samples first.
"""

from __future__ import annotations

import math

import numpy as np

from harness.stats.arrays import Flags, Floats, as_floats
from harness.stats.intervals import ConfidenceInterval, Undefined

GRID = 1_000
"""Candidate means are 0, 0.001 ... 1. Rounding a bound outwards to the next one costs at most a tenth of a point."""
BLOCK = 50
"""Values taken in at once: each is an array of bets on every candidate, so that a long run keeps its memory flat."""
# c of the paper: no bet may lose more than half the capital, so log1p never meets -1.
MAX_STAKE = 0.5
METHOD = "betting confidence sequence, valid at every n"


class MeanConfidenceSequence:
    """A hedged betting confidence sequence for the mean of independent values in 0..1.

    For each candidate mean two gamblers bet, one that the truth is higher and one that it is lower; a candidate that
    has made either rich is out for good. Bets follow the variance seen so far (predictable plug-in).
    Source: Waudby-Smith and Ramdas 2024, J. R. Stat. Soc. B 86:1, theorem 3 (hedged capital), with the
    predictable plug-in bets of its section 4 and c = 1/2, on a grid of 1,001 candidates, bounds one step outwards.
    """

    def __init__(self, *, confidence: float = 0.95) -> None:
        if not 0 < confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
        self._confidence = confidence
        self._candidates = np.linspace(0.0, 1.0, GRID + 1)
        self._up = np.zeros(GRID + 1)
        self._down = np.zeros(GRID + 1)
        self._lowest, self._highest = 0, GRID
        self._count = 0
        self._sum = 0.0
        self._squares = 0.0

    @property
    def count(self) -> int:
        """How many values have been taken in."""
        return self._count

    def extend(self, values: Floats) -> Floats:
        """Take in more values; the bounds after each of them, shape (values, 2).

        Raises ValueError for a value outside 0..1.
        """
        taken = as_floats(values, what="values", dimensions=1)
        if ((taken < 0) | (taken > 1)).any():
            raise ValueError(f"a confidence sequence needs values in 0..1, got {taken.min()} to {taken.max()}")
        blocks = [self._extend(taken[start : start + BLOCK]) for start in range(0, len(taken), BLOCK)]
        return np.concatenate(blocks) if blocks else np.zeros((0, 2))

    def interval(self) -> ConfidenceInterval | Undefined:
        """The mean so far with bounds that hold whenever one looks."""
        if not self._count:
            return Undefined(reason="no value yet")
        mean = self._sum / self._count
        low, high = self._candidates[self._lowest], self._candidates[self._highest]
        # The running bounds may exclude the mean of the last few values; an estimate lies inside its interval.
        return ConfidenceInterval(
            estimate=min(float(high), max(float(low), mean)),
            low=float(low),
            high=float(high),
            confidence=self._confidence,
            method=METHOD,
        )

    def _extend(self, values: Floats) -> Floats:
        """Bet on the candidates still inside the running bounds; those outside never come back."""
        inside = slice(self._lowest, self._highest + 1)
        candidates = self._candidates[inside]
        stakes = self._stakes(values)[:, None]
        with np.errstate(divide="ignore"):
            up_stakes = np.minimum(stakes, MAX_STAKE / candidates)
            down_stakes = np.minimum(stakes, MAX_STAKE / (1 - candidates))
        gaps = values[:, None] - candidates
        up = self._up[inside] + np.cumsum(np.log1p(up_stakes * gaps), axis=0)
        down = self._down[inside] + np.cumsum(np.log1p(-down_stakes * gaps), axis=0)
        self._up[inside], self._down[inside] = up[-1], down[-1]
        # max(up, down) / 2 >= 1 / alpha rules a candidate out.
        return self._narrow(np.maximum(up, down) < math.log(2 / (1 - self._confidence)))

    def _narrow(self, alive: Flags) -> Floats:
        """The running bounds after each value: one step outside the first and last candidate alive in every row."""
        reach = alive.shape[1] - 1
        any_alive = alive.any(axis=1)
        lows = self._lowest + np.where(any_alive, alive.argmax(axis=1) - 1, 0)
        highs = self._lowest + np.where(any_alive, reach - alive[:, ::-1].argmax(axis=1) + 1, reach)
        # Bounds only ever narrow: intersecting all earlier intervals keeps the coverage at every n.
        lows = np.maximum.accumulate(np.clip(lows, self._lowest, self._highest))
        highs = np.minimum.accumulate(np.clip(highs, self._lowest, self._highest))
        lows, highs = np.minimum(lows, highs), np.maximum(lows, highs)
        self._lowest, self._highest = int(lows[-1]), int(highs[-1])
        bounds: Floats = np.stack([self._candidates[lows], self._candidates[highs]], axis=1)
        return bounds

    def _stakes(self, values: Floats) -> Floats:
        """The bet before each value, by those before it: sqrt(2 log(2 / alpha) / (variance * t * log(1 + t)))."""
        times = np.arange(self._count + 1, self._count + len(values) + 1, dtype=np.float64)
        sums = self._sum + np.cumsum(values)
        # One pseudo-value of 1/2 with variance 1/4, as in the paper: the first bet needs a mean before any value came.
        means = (0.5 + sums) / (times + 1)
        squares = self._squares + np.cumsum((values - means) ** 2)
        variances = (0.25 + squares) / (times + 1)
        # Shifted by one: a bet that knew the value it is placed on would not be fair, and the bounds would not hold.
        before = np.concatenate([[(0.25 + self._squares) / (self._count + 1)], variances[:-1]])
        self._count, self._sum, self._squares = self._count + len(values), float(sums[-1]), float(squares[-1])
        stakes: Floats = np.sqrt(2 * math.log(2 / (1 - self._confidence)) / (before * times * np.log1p(times)))
        return stakes


class DifferenceConfidenceSequence:
    """A confidence sequence for the mean difference of two models' scores by sample, in -1..1.

    The differences are carried to 0..1 by (1 + difference) / 2 and bounded by Betting.
    """

    def __init__(self, *, confidence: float = 0.95) -> None:
        self._halved = MeanConfidenceSequence(confidence=confidence)

    @property
    def count(self) -> int:
        """How many samples have been taken in."""
        return self._halved.count

    def extend(self, first: Floats, second: Floats) -> Floats:
        """Take in more samples' scores of both models; the bounds after each, shape (samples, 2)."""
        gaps = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
        return 2 * self._halved.extend((1 + gaps) / 2) - 1

    def interval(self) -> ConfidenceInterval | Undefined:
        """The mean difference so far with bounds that hold whenever one looks."""
        halved = self._halved.interval()
        if isinstance(halved, Undefined):
            return halved
        return ConfidenceInterval(
            estimate=2 * halved.estimate - 1,
            low=2 * halved.low - 1,
            high=2 * halved.high - 1,
            confidence=halved.confidence,
            method=METHOD,
        )
