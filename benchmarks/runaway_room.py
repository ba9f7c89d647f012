"""Prints what the room for runaway answers costs and what it buys: two tables of docs/statistics.md.

python benchmarks/runaway_room.py [--runs 400]

Widths: how far the upper bound of a mean lies above the mean for lognormal samples without a runaway answer, the mean
of 12 runs. Coverage: how often the interval contains the true mean where some answers run away, without the room and
with it (the limit is three times the mean of a runaway answer).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator

import numpy as np

from harness.stats.arrays import Floats
from harness.stats.intervals import ConfidenceInterval
from harness.stats.means import PerSample, mean

SPREAD = 0.76
"""Standard deviation of the logarithm, as in `harness coverage`."""
SAMPLES = (30, 100, 164, 300, 500, 1000)
LIMITS = (4.0, 10.0, 32.0)
WIDTH_RUNS = 12
MIXTURES = ((0.02, 30.0), (0.01, 30.0))


def lognormal(samples: int, rng: np.random.Generator) -> Floats:
    """Values of mean 1."""
    return rng.lognormal(-(SPREAD**2) / 2, SPREAD, samples)


def widths() -> Iterator[str]:
    """A row for each number of samples: without room, with a limit of so many times the mean, with none known."""
    for samples in SAMPLES:
        runs = [lognormal(samples, np.random.default_rng(seed)) for seed in range(WIDTH_RUNS)]
        cells = [above(runs, None, has_runaways=False), *(above(runs, limit) for limit in LIMITS), above(runs, None)]
        yield f"| {samples:,} | {' | '.join(cells)} |"


def above(runs: list[Floats], limit: float | None, *, has_runaways: bool = True) -> str:
    """How far the upper bound lies above the mean."""
    found = [interval_of(values, limit, has_runaways=has_runaways) for values in runs]
    bounds = [one.high / one.estimate - 1 for one in found if one is not None]
    return f"+{np.mean(bounds):.0%}" if bounds else "none"


def interval_of(values: Floats, limit: float | None, *, has_runaways: bool) -> ConfidenceInterval | None:
    """The interval of the mean; None where there is none."""
    quantity = PerSample(totals=values, counts=np.ones(len(values)), limit=limit, has_runaways=has_runaways)
    found = mean(quantity)
    return found if isinstance(found, ConfidenceInterval) else None


def coverage(samples: int, share: float, factor: float, runs: int) -> tuple[float, float]:
    """Shares of runs whose interval contains the true mean: without room, with it."""
    true = 1 + share * (factor - 1)
    held = np.zeros(2)
    for seed in range(runs):
        rng = np.random.default_rng((seed, samples))
        values = lognormal(samples, rng) * np.where(rng.random(samples) < share, factor, 1.0)
        for place, has_runaways in enumerate((False, True)):
            found = interval_of(values, 3 * factor, has_runaways=has_runaways)
            held[place] += found is not None and found.low <= true <= found.high
    return float(held[0] / runs), float(held[1] / runs)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    print("| samples | no room | " + " | ".join(f"limit {limit:g} x mean" for limit in LIMITS) + " | not known |")
    print(*widths(), sep="\n")
    error = 100 * math.sqrt(0.25 / runs)
    print(f"\ncovered in {runs} runs (accurate to {error:.1f} points at 50%): without room, with it")
    for share, factor in MIXTURES:
        for samples in SAMPLES[:3]:
            without, with_room = coverage(samples, share, factor, runs)
            print(f"{share:.0%} x {factor:g}, {samples} samples: {without:.0%}, {with_room:.0%}")


if __name__ == "__main__":
    main()
