"""How far rare runaway answers could raise a mean: those that few samples do not show, and those that they do.

An answer that runs on to its output limit costs many times the mean. Where 2% of the answers are 30 times as long, most
runs of 30 samples hold none of them, and no interval made of such a run alone contains the true mean.
"""

from __future__ import annotations

import numpy as np

from harness.stats.arrays import Floats
from harness.stats.intervals import Undefined
from harness.stats.resample import CELLS_AT_ONCE, MAX_FOR_BOOTSTRAP, Resampling

ENOUGH_SAMPLES = 150
"""That many samples without a runaway answer rule out a share of 2% of them or more: 0.98 ** 150 = 4.8%."""
VISIBLE = 10.0
"""A largest value of more than so many medians is a tail that the samples show."""
BEYOND_LARGEST = 3.0
"""The next runaway answer may be so many times as large as the largest one seen."""


def tail_upper_bound(totals: Floats, counts: Floats, limit: float | None, plan: Resampling) -> float | Undefined | None:
    """An upper bound of the mean (sum of totals over sum of counts) with room for runaway answers; None: no need of it.

    The upper quantile of the Bayesian bootstrap over the samples and one more, whose answers are as large as one can
    be: for samples without a runaway answer it is Clopper and Pearson's bound for their share, times their size. Below
    150 samples that size is `limit`, the largest amount of one repeat, and without a limit the bound is Undefined. From
    150 to 2,000 samples only a tail that they show counts; the size is then 3 times the largest value, at most `limit`.
    Sources: Bayesian bootstrap, Rubin 1981, Ann. Stat. 9:130; with a further point at the largest possible value,
    Learned-Miller and Thomas 2019, arXiv 1905.06208; the sizes above are ours (docs/statistics.md).
    """
    values = totals / counts
    samples, largest = len(values), float(values.max())
    if samples < ENOUGH_SAMPLES:
        if limit is None:
            return Undefined(
                reason=f"fewer than {ENOUGH_SAMPLES} samples and no known limit of one answer: rare runaway answers "
                "could be missing, so no reliable interval exists"
            )
        return _upper(values, counts, max(limit, largest), plan)
    if samples > MAX_FOR_BOOTSTRAP or largest <= VISIBLE * float(np.median(values)):
        return None
    size = BEYOND_LARGEST * largest
    return _upper(values, counts, size if limit is None else max(largest, min(limit, size)), plan)


def unseen_share(samples: int) -> float:
    """The share of runaway answers that so many samples hold none of in 5% of runs: rarer ones are not ruled out."""
    return 1 - float(0.05 ** (1 / samples))


def _upper(values: Floats, counts: Floats, size: float, plan: Resampling) -> float:
    """The upper tail quantile of weighted means, weights of a Dirichlet law times the counts."""
    points = np.append(values, size)
    share = np.append(counts, counts.mean())
    rng = np.random.default_rng([plan.seed, 2])
    block = max(1, CELLS_AT_ONCE // len(points))
    means = []
    for start in range(0, plan.draws, block):
        weights = rng.standard_exponential((min(block, plan.draws - start), len(points))) * share
        means.append(weights @ points / weights.sum(axis=1))
    return float(np.quantile(np.concatenate(means), 1 - plan.tail, method="weibull"))
