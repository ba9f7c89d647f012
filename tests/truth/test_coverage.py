"""Every 95 % interval holds the truth in 93.5 to 96.5 % of simulated runs, but for the exceptions listed here.

The figures are those of docs/statistics.md. A measured share is itself right to two standard errors only, and the
bounds are widened by these.
"""

from __future__ import annotations

import math

import pytest

from harness.stats.truth import count_coverage
from harness.stats.worlds import CASES, Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

RUNS = 800
QUICK_RUNS = 300  # for the dearest cells: 164 samples or more, drawn again in every run
DEAR = ("dollars", "cost")

EXCEPTIONS = {
    # (statistic, world): (lowest, highest) share, and the reason in docs/statistics.md
    ("accuracy", "30 x 4, near 0"): (0.935, 0.985),
    ("accuracy", "60 x 4, near 1"): (0.935, 0.985),
    ("dollars per correct", "30 x 4, near 0"): (0.935, 0.985),
    ("median", "164 x 2, very unequal"): (0.935, 0.975),
    ("accuracy difference", "30 x 4, near 0"): (0.935, 0.995),
    ("accuracy difference", "60 x 4, hard"): (0.935, 0.985),
    ("accuracy difference", "60 x 4, near 1"): (0.935, 0.985),
    ("accuracy ratio", "30 x 4, near 0"): (0.935, 0.985),
    ("accuracy ratio", "60 x 4, near 1"): (0.935, 0.99),
    ("cost per correct ratio", "30 x 4, near 0"): (0.935, 0.985),
    ("ratio of medians", "30 x 1, easy"): (0.935, 0.985),
    ("ratio of medians", "30 x 4, near 0"): (0.935, 0.985),
    ("dollars per task", "30 x 2, tail 1.3"): (0.925, 0.965),
    ("dollars per task", "300 x 2, tail 1.3"): (0.925, 0.965),
    ("cost ratio", "30 x 2, tail 1.0"): (0.925, 0.965),
    ("cost ratio", "30 x 2, tail 1.3"): (0.915, 0.965),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.statistic}, {case.title}")
def test_a_95_percent_interval_holds_the_truth_as_often_as_it_says(case: Case) -> None:
    runs = QUICK_RUNS if case.statistic.startswith(DEAR) and case.world.samples > 60 else RUNS
    found = count_coverage(case.world, case.models, case.judged, runs=runs)
    if case.statistic == "95 % quantile" and case.world.samples < 72:
        assert found.undefined == runs  # 0.95 ** 72 < 0.025: fewer samples have no upper bound
        return
    assert found.runs > 0.8 * runs
    lowest, highest = EXCEPTIONS.get((case.statistic, case.title), (0.935, 0.965))
    noise = 2 * math.sqrt(0.05 * 0.95 / found.runs)
    assert lowest - noise <= found.share <= highest + noise
