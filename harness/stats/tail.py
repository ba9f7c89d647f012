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
"""Without a known limit of one answer, fewer samples have no interval: their bound would be several times the mean."""
ASSUMED_FACTOR = 100.0
"""Without a known limit, one answer is assumed to be at most so many times the mean."""


def tail_upper_bound(totals: Floats, counts: Floats, limit: float | None, plan: Resampling) -> float | Undefined | None:
    """An upper bound of the mean (sum of totals over sum of counts) with room for runaway answers; None: no need of it.

    The upper quantile of the Bayesian bootstrap over the samples and one more, whose answers are as large as one can
    be: for samples without a runaway answer it is Clopper and Pearson's bound for their share, times their size. That
    size is `limit`, the largest amount of one repeat. Where the limit is not known it is 100 times the mean from 150
    samples on, and below the bound is Undefined. Above 2,000 samples None: they rule out all but 0.2% of such answers.
    Sources: Bayesian bootstrap, Rubin 1981, Ann. Stat. 9:130; with a further point at the largest possible value,
    Learned-Miller and Thomas 2019, arXiv 1905.06208; the assumed size is ours (docs/statistics.md).
    """
    values = totals / counts
    samples, largest = len(values), float(values.max())
    if samples > MAX_FOR_BOOTSTRAP:
        return None
    if limit is None and samples < ENOUGH_SAMPLES:
        return Undefined(
            reason=f"fewer than {ENOUGH_SAMPLES} samples and no known limit of one answer: rare runaway answers "
            "could be missing, so no reliable interval exists"
        )
    size = ASSUMED_FACTOR * float(totals.sum() / counts.sum()) if limit is None else limit
    # A stated limit below an observed amount is wrong (a bill above the price list): what was seen counts.
    return _upper(values, counts, max(size, largest), plan)


def room_words(*limits: float | None) -> str:
    """What the room of one or more models rests on, for the method of an interval."""
    unknown = f" (no limit of one answer is known: at most {ASSUMED_FACTOR:g} times the mean is assumed)"
    return "room for runaway answers" + (unknown if None in limits else "")


def _upper(values: Floats, counts: Floats, size: float, plan: Resampling) -> float:
    """The upper tail quantile of weighted means, weights of a Dirichlet law times the counts."""
    points = np.append(values, size)
    share = np.append(counts, counts.mean())
    rng = np.random.default_rng([plan.seed, 2])
    block = max(1, CELLS_AT_ONCE // len(points))
    means = []
    for start in range(0, plan.draws, block):
        # Normalized exponentials are a uniform Dirichlet (Rubin 1981); dividing the weighted sums normalizes them.
        weights = rng.standard_exponential((min(block, plan.draws - start), len(points))) * share
        means.append(weights @ points / weights.sum(axis=1))
    return float(np.quantile(np.concatenate(means), 1 - plan.tail, method="weibull"))
