"""The smallest drop in accuracy that a paired test can detect, in samples and in points."""

from __future__ import annotations

import math

from scipy import special

from harness.core.plurals import counted
from harness.stats.intervals import Undefined


def min_worse_samples(alpha: float) -> int:
    """How many samples must be worse, with none better, before the exact sign-flip test (two-sided) reaches alpha.

    m samples that all changed one way have p = 2 / 2^m, whatever their repeats. Source: McNemar 1947, Psychometrika
    12:153, in its binomial form. Raises ValueError unless 0 < alpha < 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"a test needs 0 < alpha < 1, got {alpha}")
    # 1e-9: for alpha = 2 / 2^m the result is m, and a rounding error above it would make it m + 1.
    return math.ceil(1 - math.log2(alpha) - 1e-9)


def min_significant_drop(samples: int, *, alpha: float, repeats: int = 1, power: float = 0.8) -> float | Undefined:
    """The drop in accuracy seen with that power where no sample gets better and each worse one loses one repeat.

    Real runs lose some samples and gain others, and see less. The chance that m or more of n samples are worse is
    I_d(m, n - m + 1) with d the share that gets worse, solved for d. Undefined where even all samples worse do not
    reach alpha. Source: binomial tail as the incomplete beta, Abramowitz and Stegun 1964, 26.5.24.
    """
    needed = min_worse_samples(alpha)
    if samples < needed:
        return Undefined(
            reason=f"{counted(samples, 'sample')}: only {needed} or more worse ones, and none better, would show"
        )
    return float(special.betaincinv(needed, samples - needed + 1, power)) / repeats
