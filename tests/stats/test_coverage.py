"""Every 95% interval holds the truth in 93.5 to 96.5% of 1,000 simulated runs, but for the exceptions listed here.

The runs are seeded, so the figures are those of `harness coverage --runs 1000` and of docs/statistics.md, which gives
the reason of each exception. Intervals of dollars take seconds for each setting: a third of the settings a day.
"""

from __future__ import annotations

import pytest

from harness.stats.coverage import count_coverage
from harness.stats.coverage_cases import CASES, FEW, HEAVY_STATISTICS, RUNAWAY_CASES, SPENDING_CASES, CoverageCase
from harness.stats.tail import ENOUGH_SAMPLES
from tests.cases import part_of_the_day

pytestmark = pytest.mark.slow

RUNS = 1000
DOLLAR_RUNS, DOLLAR_NOISE = 400, 0.022
"""Twice the standard error of a share of 95% in 400 runs is 2.2 points."""
LOWEST, HIGHEST = 0.935, 0.965
SAME = 0.0025
"""Another machine's arithmetic may turn a run or two that lie on the edge."""

EXCEPTIONS = {
    # few possible outcomes: no interval can lie within the band at every rate
    ("accuracy", "30 x 4, near 0"): 0.968,
    ("accuracy", "60 x 4, near 1"): 0.977,
    ("accuracy difference", "30 x 4, near 0"): 0.987,
    ("accuracy difference", "60 x 4, hard"): 0.973,
    ("accuracy difference", "60 x 4, near 1"): 0.968,
    ("accuracy ratio", "30 x 4, near 0"): 0.968,
    ("accuracy ratio", "60 x 4, near 1"): 0.982,
    # medians of 30 samples, and of samples whose repeats are alike: too wide, never too narrow
    ("median", "164 x 2, very unequal"): 0.970,
    ("ratio of medians", "30 x 1, easy"): 0.977,
    ("ratio of medians", "30 x 4, near 0"): 0.970,
    # within the noise of 1,000 runs; with --seed 2001: 0.939
    ("95% quantile", "164 x 2, very unequal"): 0.933,
}


def expected_runaways(case: CoverageCase) -> float:
    return case.benchmark.samples * case.models[0].runaway


DOLLARS = [case for case in CASES if case.statistic in HEAVY_STATISTICS]
OTHERS = [case for case in CASES if case.statistic not in HEAVY_STATISTICS]


def name_of(case: CoverageCase) -> str:
    return f"{case.statistic}, {case.title}"


@pytest.mark.parametrize("case", OTHERS, ids=name_of)
def test_a_95_percent_interval_holds_the_truth_as_often_as_it_says(case: CoverageCase) -> None:
    found = count_coverage(case.benchmark, case.models, case.interval_and_truth, runs=RUNS)
    if case.statistic == "95% quantile" and case.benchmark.samples < 72:
        assert found.undefined == RUNS  # 0.95 ** 72 < 0.025: fewer samples have no upper bound
        return
    assert found.runs > 0.8 * RUNS
    listed = EXCEPTIONS.get((case.statistic, case.title))
    if case.title in FEW:
        assert found.share >= 0.95  # Clopper and Pearson's interval is exact
    elif listed is None:
        assert LOWEST <= round(found.share, 3) <= HIGHEST
    else:
        assert found.share == pytest.approx(listed, abs=SAME)


@pytest.mark.parametrize("case", part_of_the_day(DOLLARS), ids=name_of)
def test_dollars_are_covered_or_withheld(case: CoverageCase) -> None:
    """Dollars cover at least 93%, chance allowed for, or are withheld: below 150 samples without a known limit."""
    runs = 20 if case.models[0].limit is None and case.benchmark.samples < ENOUGH_SAMPLES else DOLLAR_RUNS
    found = count_coverage(case.benchmark, case.models, case.interval_and_truth, runs=runs)
    if case.models[0].limit is None and case.benchmark.samples < ENOUGH_SAMPLES:
        assert found.undefined == runs
        return
    assert found.runs > 0.8 * runs
    assert found.share >= 0.93 - DOLLAR_NOISE


FEW_RUNS, FEW_NOISE = 100, 0.044
HARD = [case for case in RUNAWAY_CASES if case.models[0].runaway_factor >= 30 and 0.5 <= expected_runaways(case) <= 3]


@pytest.mark.parametrize("case", part_of_the_day(HARD), ids=name_of)
def test_dollars_cover_where_a_run_may_hold_no_runaway_answer(case: CoverageCase) -> None:
    """The cells of the grid that fail without room for unseen answers; docs/statistics.md has all of them."""
    found = count_coverage(case.benchmark, case.models, case.interval_and_truth, runs=FEW_RUNS)
    assert found.runs > 0.8 * FEW_RUNS
    assert found.share >= 0.93 - FEW_NOISE


def test_each_exception_is_one_and_stands_in_the_table_of_cases() -> None:
    cases = {(case.statistic, case.title) for case in CASES}
    assert cases >= EXCEPTIONS.keys()
    assert not [cell for cell, share in EXCEPTIONS.items() if LOWEST <= share <= HIGHEST]


@pytest.mark.parametrize("case", SPENDING_CASES[::3], ids=name_of)
def test_dollars_of_solved_tasks_and_of_steps_between_levels_are_covered(case: CoverageCase) -> None:
    """100 runs each: a share of 95% is right to 4.4 points."""
    found = count_coverage(case.benchmark, case.models, case.interval_and_truth, runs=100)
    assert found.runs > 80
    assert found.share >= 0.9
