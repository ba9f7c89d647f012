"""Scores of one sample from its repeats: avg@k, pass@k, pass^k and maj@k, each unbiased from n >= k repeats.

Scores are by sample, in 0..1; `score` puts an interval on their mean.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from harness.stats.arrays import Counts, Floats
from harness.stats.intervals import ConfidenceInterval, Undefined, clustered_proportion, proportion

NO_ANSWER = -1
"""In place of a cluster: it counts as a repeat and has no vote."""
MAX_SUBSETS = 5_000
"""Subsets of repeats that are looked at; of more, so many are drawn. A share of 5,000 draws has a standard error of
at most 0.007, far below the spread between samples."""


def pass_at_k(n: int, c: int, k: int) -> float:
    """Chance that at least one of k draws is correct, unbiased, from c correct of n repeats.

    Source: Chen et al. 2021, arXiv 2107.03374, eq. 1. Raises ValueError unless 0 <= c <= n and 1 <= k <= n.
    """
    _check("pass@k", n, c, k)
    return 1.0 - math.comb(n - c, k) / math.comb(n, k)


def pass_hat_k(n: int, c: int, k: int) -> float:
    """Chance that all k draws are correct (pass^k), unbiased, from c correct of n repeats.

    Source: Yao et al. 2024, tau-bench, arXiv 2406.12045, sec. 4. Raises ValueError unless 0 <= c <= n, 1 <= k <= n.
    """
    _check("pass^k", n, c, k)
    return math.comb(c, k) / math.comb(n, k)


def maj_at_k(clusters: Counts, right: int | None, k: int, *, seed: int = 0) -> float:
    """Chance that the answer given most often among k draws is the right one; ties share it evenly.

    `clusters`: shape (repeats,), equal numbers for equal answers, -1 for no answer, which has no vote. `right` is the
    number of the correct cluster, None where no repeat was correct. The mean over all subsets of k repeats, or over
    5,000 drawn ones (by `seed`) where there are more, which makes it unbiased for n > k.
    Source: Wang et al. 2022, self-consistency, arXiv 2203.11171; cons@64 of DeepSeek-R1, arXiv 2501.12948.
    Raises ValueError unless 1 <= k <= n.
    """
    n = len(clusters)
    _check("maj@k", n, 0, k)
    if right is None or not (clusters == right).any():
        return 0.0
    if math.comb(n, k) <= MAX_SUBSETS:
        subsets = np.array(list(combinations(range(n), k)))
    else:
        rng = np.random.default_rng(seed)
        subsets = np.argpartition(rng.random((MAX_SUBSETS, n)), k - 1, axis=1)[:, :k]
    kinds = np.unique(clusters[clusters != NO_ANSWER])
    votes = np.stack([(clusters == kind)[subsets].sum(axis=1) for kind in kinds], axis=1)
    top = votes.max(axis=1, keepdims=True)
    winners = (votes == top) & (top > 0)
    shares = winners[:, kinds == right][:, 0] / np.maximum(1, winners.sum(axis=1))
    return float(shares.mean())


def score(scores: Floats, repeats: Floats, *, confidence: float = 0.95) -> ConfidenceInterval | Undefined:
    """The mean over samples of such scores with bounds, both arrays of shape (samples,).

    Each sample weighs the same whatever its repeats. Source of the bounds: intervals.clustered_proportion.
    """
    held = repeats > 0
    if not held.any():
        return Undefined(reason="no sample has enough repeats")
    typical = max(1, round(float(repeats[held].mean())))
    if typical == 1 and not (scores[held] % 1).any():
        return proportion(float(scores[held].sum()), int(held.sum()), confidence=confidence)
    samples = [(float(value) * typical, typical) for value in scores[held]]
    return clustered_proportion(samples, confidence=confidence)


def _check(what: str, n: int, c: int, k: int) -> None:
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"{what} needs 0 <= c <= n and 1 <= k <= n, got n={n} c={c} k={k}")
