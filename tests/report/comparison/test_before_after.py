"""Each model before and after: pairs of runs, flips, McNemar, and every format that shows them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.prices import Rates
from harness.core.types import Usage, Verdict
from harness.report.comparison.before_after import BeforeAfter
from harness.report.comparison.build import ModelComparison
from harness.report.comparison.render import document
from harness.report.render.formats import OutputFormat, render
from harness.stats.intervals import ConfidenceInterval
from harness.stats.paired import Difference
from tests.report.comparison.compared import CUT, ONE, RIGHT, TWO, WRONG, Maker, compared, scored
from tests.report.runs import PRICE, answer, failure


def rows_of(found: ModelComparison) -> tuple[BeforeAfter, ...]:
    assert len(found.before_after) == 1
    return found.before_after[0].rows


def test_flips_are_listed_with_both_verdicts_and_tested_by_mcnemar(writer: Maker) -> None:
    before, after = writer(ONE, samples=10), writer(ONE, samples=10)
    scored(before, ONE, [RIGHT] * 6 + [WRONG] * 4)
    scored(after, ONE, [RIGHT] * 5 + [CUT] + [RIGHT] * 3 + [WRONG])
    (row,) = rows_of(compared(before, after))
    assert [(flip.sample, flip.before, flip.after) for flip in row.flips] == [
        ("s5", "correct", "truncated"),
        ("s6", "wrong", "correct"),
        ("s7", "wrong", "correct"),
        ("s8", "wrong", "correct"),
    ]
    assert (row.improved, row.regressed) == (3, 1)
    assert isinstance(row.test, Difference)
    assert row.test.test == "exact McNemar"
    assert row.test.p_value == pytest.approx(0.625)  # 1 of 4 one way: 2 x (1 + 4) / 16
    change = row.change["accuracy_difference"]
    assert isinstance(change, ConfidenceInterval)
    assert change.estimate == pytest.approx(0.2)  # 8 of 10 after, 6 of 10 before


def test_a_wrong_answer_that_is_wrong_otherwise_is_no_flip(writer: Maker) -> None:
    before, after = writer(ONE, samples=3), writer(ONE, samples=3)
    scored(before, ONE, [RIGHT, WRONG, CUT])
    scored(after, ONE, [RIGHT, CUT, Verdict.REFUSED])
    (row,) = rows_of(compared(before, after))
    assert row.flips == ()


def test_jobs_without_a_grade_are_in_no_pair_and_are_counted(writer: Maker) -> None:
    before, after = writer(ONE, samples=5), writer(ONE, samples=5)
    scored(before, ONE, [RIGHT] * 5)
    after.job(ONE, 0, [failure()])
    after.job(ONE, 1, [answer()], Verdict.GRADER_ERROR)
    after.job(ONE, 2, [answer()], WRONG)
    after.job(ONE, 3, [answer()], RIGHT)
    found = compared(before, after)
    (row,) = rows_of(found)
    assert [flip.sample for flip in row.flips] == ["s2"]
    assert isinstance(row.test, Difference)
    assert (row.test.samples, row.test.left_out, row.left_out) == (2, 2, 1)
    said = [note for note in found.notes if note.startswith("sums: acme/one, run0 to run1")]
    assert said == [
        "sums: acme/one, run0 to run1: 1 sample left out: only one of the runs has an outcome there",
        "sums: acme/one, run0 to run1: 2 samples not graded in both runs, in no difference of accuracy",
    ]


def test_repeats_flip_by_sample_with_how_many_are_correct(writer: Maker) -> None:
    before, after = writer(ONE, samples=3, repeats=2), writer(ONE, samples=3, repeats=2)
    for repeat in (0, 1):
        scored(before, ONE, [RIGHT, RIGHT, WRONG], repeat=repeat)
    scored(after, ONE, [WRONG, RIGHT, WRONG], repeat=0)
    scored(after, ONE, [RIGHT, RIGHT, WRONG], repeat=1)
    (row,) = rows_of(compared(before, after))
    assert [(flip.sample, flip.before, flip.after) for flip in row.flips] == [
        ("s0", "2 of 2 correct", "1 of 2 correct")
    ]
    assert (row.flips[0].score_before, row.flips[0].score_after) == (1.0, 0.5)


def test_each_model_is_paired_with_itself_and_p_is_adjusted_over_the_models(writer: Maker) -> None:
    before, after = writer(ONE, TWO, samples=8), writer(TWO, ONE, samples=8)
    scored(before, ONE, [RIGHT] * 8)
    scored(before, TWO, [WRONG] * 8)
    scored(after, ONE, [WRONG] * 6 + [RIGHT] * 2)
    scored(after, TWO, [WRONG] * 8)
    one, two = rows_of(compared(before, after))
    assert (one.label, two.label) == ("acme/one", "acme/two")
    assert one.p_adjusted == pytest.approx(2 * 2 * 0.5**6)  # six of six one way, times the two models
    assert (two.p_adjusted, two.flips) == (1.0, ())


def test_three_runs_are_compared_each_with_the_one_before(writer: Maker) -> None:
    runs = [writer(ONE, samples=4) for _ in range(3)]
    for run, correct in zip(runs, (4, 3, 3), strict=True):
        scored(run, ONE, [RIGHT] * correct + [WRONG] * (4 - correct))
    first, second = rows_of(compared(*runs))
    assert [(row.first.run, row.second.run, len(row.flips)) for row in (first, second)] == [
        ("run0", "run1", 1),
        ("run1", "run2", 0),
    ]
    assert "run1 to run2" in render(document(compared(*runs)), OutputFormat.TEXT)


def test_one_run_has_nothing_before_and_after(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=2)
    scored(run, ONE, [RIGHT, RIGHT])
    scored(run, TWO, [RIGHT, WRONG])
    assert compared(run).before_after == ()


def test_dollars_change_with_the_price_and_the_change_of_list_price_is_said(writer: Maker) -> None:
    rates = Rates(prompt=Decimal(2), completion=Decimal(8))
    before, after = (
        writer(ONE, samples=4),
        writer(ONE, samples=4, prices=(replace(PRICE, id="acme/one@b", rates=rates),)),
    )
    for run in (before, after):
        scored(run, ONE, [RIGHT] * 4)
    found = compared(before, after)
    (row,) = rows_of(found)
    ratio = row.change["cost_ratio"]
    assert isinstance(ratio, ConfidenceInterval)
    assert ratio.estimate == pytest.approx(2.0)  # both rates doubled, the same tokens
    assert any("in and out, from $1.00 / $4.00 to $2.00 / $8.00" in note for note in found.notes)


def test_unknown_dollars_stay_unknown(writer: Maker) -> None:
    before, after = writer(ONE, samples=3), writer(ONE, samples=3)
    scored(before, ONE, [RIGHT] * 3)
    for sample in range(3):
        after.job(ONE, sample, [answer(usage=Usage() if sample else None)], RIGHT)
    shown = render(document(compared(before, after)), OutputFormat.TEXT)
    (line,) = [line for line in shown.split("models: accuracy")[0].splitlines() if line.startswith("acme/one ")][:1]
    assert line.split()[-4:-3] == ["?"]  # $/job, before the ratio of seconds
