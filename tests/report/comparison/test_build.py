"""What a comparison of models says of runs whose contents are known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.errors import UsageError
from harness.core.prices import Rates
from harness.core.types import FailureKind, Verdict
from harness.report.comparison.render import document
from harness.report.comparison.values import ParetoPosition
from harness.report.render.formats import OutputFormat, render
from harness.stats.paired import Difference
from tests.report.comparison.compared import (
    ONE,
    RIGHT,
    TWICE,
    TWO,
    WRONG,
    Maker,
    compared,
    figure,
    scored,
    table_of,
    versus_baseline,
)
from tests.report.runs import PRICE, answer, endpoint, failure


def test_difference_is_paired_by_sample_with_the_exact_test_beside_it(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10)
    scored(run, ONE, [RIGHT] * 10)
    scored(run, TWO, [RIGHT] * 6 + [WRONG] * 4)
    first, second = table_of(compared(run)).rows
    assert first.vs_baseline is None  # the first model named is the baseline
    versus = versus_baseline(second)
    assert figure(versus.values["accuracy_difference"]).estimate == pytest.approx(-0.4)
    assert isinstance(versus.test, Difference)
    assert (versus.test.test, versus.test.differing) == ("exact McNemar", 4)
    assert versus.p_adjusted == pytest.approx(0.125)  # four of four one way: 2 x 0.5^4


def test_could_see_is_the_half_width_scaled_to_a_chance_of_80_percent(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10)
    scored(run, ONE, [RIGHT] * 10)
    scored(run, TWO, [RIGHT] * 9 + [WRONG])
    versus = versus_baseline(table_of(compared(run)).rows[1])
    difference = figure(versus.values["accuracy_difference"])
    # Student's t with 9 degrees of freedom: 2.2622 at 97.5%, 0.8834 at 80%
    assert versus.detectable == pytest.approx((difference.estimate - difference.low) * (1 + 0.8834 / 2.2622), rel=1e-3)


def test_effective_and_list_ratios_stand_side_by_side(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10)
    scored(run, ONE, [RIGHT] * 10)
    scored(run, TWO, [RIGHT] * 5 + [WRONG] * 5)
    versus = versus_baseline(table_of(compared(run)).rows[1])
    # the same tokens at twice every rate; half as many correct answers make each cost four times as much
    assert figure(versus.values["cost_ratio"]).estimate == pytest.approx(2.0)
    assert figure(versus.values["cost_per_correct_ratio"]).estimate == pytest.approx(4.0)
    assert figure(versus.values["verbosity_ratio"]).estimate == pytest.approx(1.0)
    assert versus.list_ratios == {"input": 2.0, "output": 2.0, "blended": 2.0}


def test_baseline_can_be_named_and_then_ratios_turn_round(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=4)
    scored(run, ONE, [RIGHT] * 4)
    scored(run, TWO, [RIGHT] * 4)
    first, second = table_of(compared(run, baseline="acme/two")).rows
    assert second.vs_baseline is None
    assert figure(versus_baseline(first).values["cost_ratio"]).estimate == pytest.approx(0.5)


def test_unknown_baseline_names_the_nearest(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=1)
    for who in (ONE, TWO):
        scored(run, who, [RIGHT])
    with pytest.raises(UsageError, match=r"acme/tow.*did you mean acme/two"):
        compared(run, baseline="acme/tow")


def test_failed_jobs_are_left_out_and_counted_as_wrong_side_by_side(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=4)
    scored(run, ONE, [RIGHT] * 4)
    scored(run, TWO, [RIGHT] * 3)
    run.job(TWO, 3, [failure(FailureKind.SERVER_ERROR)])
    row = table_of(compared(run)).rows[1]
    assert figure(row.values["accuracy"]).estimate == 1.0
    assert figure(row.values["accuracy_failures_wrong"]).estimate == 0.75
    assert figure(versus_baseline(row).values["accuracy_difference_failures_wrong"]).estimate == pytest.approx(-0.25)


def test_scores_over_repeats_are_worked_out_by_sample(writer: Maker) -> None:
    run = writer(ONE, samples=2, repeats=2)
    scored(run, ONE, [RIGHT, RIGHT], repeat=0)
    scored(run, ONE, [RIGHT, WRONG], repeat=1)
    values = table_of(compared(run)).rows[0].values
    # by sample 2 and 1 of 2 correct: pass@2 (1 + 1) / 2, pass^2 (1 + 0) / 2; the wrong answer has no text, so no vote
    assert figure(values["accuracy"]).estimate == 0.75
    assert figure(values["pass_at_k"]).estimate == 1.0
    assert figure(values["pass_hat_k"]).estimate == 0.5
    assert figure(values["maj_at_k"]).estimate == 1.0


def test_majority_counts_equal_answers_as_one_however_they_are_written(writer: Maker) -> None:
    run = writer(ONE, samples=1, repeats=5)
    for repeat, said in enumerate(["7", "7", "1/2", "0.5", r"\frac{1}{2}"]):
        run.job(ONE, 0, [answer()], Verdict.CORRECT if said == "7" else Verdict.WRONG, repeat=repeat, said=said)
    # three say one half and two say seven: by text seven would have won
    assert figure(table_of(compared(run)).rows[0].values["maj_at_k"]).estimate == 0.0


def test_best_is_marked_only_where_it_is_separated_from_every_other(writer: Maker) -> None:
    apart = writer(ONE, TWO, samples=30)
    scored(apart, ONE, [WRONG] * 25 + [RIGHT] * 5)
    scored(apart, TWO, [RIGHT] * 30)
    close = writer(ONE, TWO, samples=30)
    scored(close, ONE, [RIGHT] * 29 + [WRONG])
    scored(close, TWO, [RIGHT] * 30)
    assert ["accuracy" in row.best for row in table_of(compared(apart)).rows] == [False, True]
    assert ["accuracy" in row.best for row in table_of(compared(close)).rows] == [False, False]
    assert "100% [89, 100] *" in render(document(compared(apart)), OutputFormat.TEXT)
    assert "usd_per_task" in table_of(compared(close)).rows[0].best  # half the price, and the same tokens each time


def test_front_holds_the_cheap_and_the_good_and_not_the_dear_and_bad(writer: Maker) -> None:
    three = endpoint("acme/three")
    costly = replace(PRICE, id="acme/three@1", model="three", rates=Rates(prompt=Decimal(9), completion=Decimal(36)))
    run = writer(ONE, TWO, three, samples=10, prices=(PRICE, TWICE, costly))
    scored(run, ONE, [RIGHT] * 5 + [WRONG] * 5)
    scored(run, TWO, [RIGHT] * 10)
    scored(run, three, [WRONG] * 9 + [RIGHT])
    standings = [row.pareto_usd for row in table_of(compared(run)).rows]
    assert [one.on_front for one in standings if isinstance(one, ParetoPosition)] == [True, True, False]
    assert isinstance(standings[2], ParetoPosition)
    assert standings[2].chance == 0.0
