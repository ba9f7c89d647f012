"""What a comparison of models says of runs whose contents are known."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.core.prices import Price, Rates
from harness.core.types import Endpoint, FailureKind, SamplingParams, Verdict
from harness.report.comparison.build import ModelComparison, compare_models
from harness.report.comparison.model_runs import load_compared_runs
from harness.report.comparison.render import document
from harness.report.comparison.values import ComparisonRow, ComparisonTable, PairwiseComparison, ParetoPosition
from harness.report.render.formats import OutputFormat, render
from harness.report.run_data.load import RunData
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.paired import Difference
from tests.report.runs import PRICE, RunWriter, answer, endpoint, failure

ONE, TWO = endpoint(), endpoint("acme/two")
TWICE = replace(PRICE, id="acme/two@2026-01-01", model="two", rates=Rates(prompt=Decimal(2), completion=Decimal(8)))
FREE = replace(PRICE, id="acme/two@free", model="two", rates=Rates(prompt=Decimal(0), completion=Decimal(0)))
RIGHT, WRONG = Verdict.CORRECT, Verdict.WRONG

Maker = Callable[..., RunWriter]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Maker]:
    made: list[RunWriter] = []

    def make(
        *endpoints: Endpoint, samples: int, repeats: int = 1, prices: Sequence[Price] = (PRICE, TWICE)
    ) -> RunWriter:
        run = RunWriter(tmp_path / f"run{len(made)}", endpoints=endpoints, samples=samples, repeats=repeats)
        run.run.rewrite_manifest(replace(run.run.manifest(), prices=tuple(prices)))
        made.append(run)
        return run

    yield make
    for one in made:
        one.close()


def scored(run: RunWriter, who: Endpoint, verdicts: Sequence[Verdict], *, repeat: int = 0) -> None:
    """One answered job for each sample, in order."""
    for sample, verdict in enumerate(verdicts):
        run.job(who, sample, [answer()], verdict, repeat=repeat)


def compared(*runs: RunWriter, baseline: str | None = None, allow_mixed: bool = False) -> ModelComparison:
    return compare_models(load_compared_runs([one.data for one in runs], allow_mixed=allow_mixed), baseline=baseline)


def table_of(found: ModelComparison) -> ComparisonTable:
    assert len(found.tables) == 1
    return found.tables[0]


def versus_baseline(row: ComparisonRow) -> PairwiseComparison:
    assert row.vs_baseline is not None
    return row.vs_baseline


def figure(value: object) -> ConfidenceInterval:
    assert isinstance(value, ConfidenceInterval), value
    return value


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
    # the same tokens at twice every rate; half as many correct answers make each four times as dear
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


def test_ratio_over_jobs_without_a_price_is_refused_with_the_reason(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10)
    scored(run, ONE, [RIGHT] * 10)
    scored(run, TWO, [RIGHT] * 9)
    run.job(TWO, 9, [answer(usage=None)], RIGHT)
    found = compared(run)
    row = table_of(found).rows[1]
    assert isinstance(versus_baseline(row).values["cost_ratio"], Undefined)
    assert figure(row.values["share_priced"]).estimate == pytest.approx(0.9)
    assert any("1 of 10 jobs is unknown" in note and "$/job ratio" in note for note in found.notes)
    line = next(
        line
        for line in render(document(found), OutputFormat.MARKDOWN).splitlines()
        if line.startswith("| acme/two") and " 90% " in line
    )
    assert line.split("|")[2].strip() == "?"


def test_only_samples_that_both_have_are_compared_and_the_rest_is_counted(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10)
    scored(run, ONE, [RIGHT] * 9 + [WRONG])
    scored(run, TWO, [RIGHT] * 9)  # the last sample is not asked yet
    found = compared(run)
    table = table_of(found)
    assert (table.samples, table.left_out) == (9, 1)
    assert figure(table.rows[0].values["accuracy"]).estimate == 1.0
    assert any("acme/two on sums: 1 of 10 jobs not done" in note for note in found.notes)
    assert any("1 sample left out" in note for note in found.notes)


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
    dear = replace(PRICE, id="acme/three@1", model="three", rates=Rates(prompt=Decimal(9), completion=Decimal(36)))
    run = writer(ONE, TWO, three, samples=10, prices=(PRICE, TWICE, dear))
    scored(run, ONE, [RIGHT] * 5 + [WRONG] * 5)
    scored(run, TWO, [RIGHT] * 10)
    scored(run, three, [WRONG] * 9 + [RIGHT])
    standings = [row.pareto_usd for row in table_of(compared(run)).rows]
    assert [one.on_front for one in standings if isinstance(one, ParetoPosition)] == [True, True, False]
    assert isinstance(standings[2], ParetoPosition)
    assert standings[2].chance == 0.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "sums: version 1 in run0, 2 in run1"),
        ({"content_hash": "sha256:1"}, "content hash"),
        ({"max_tokens": 99}, "output limit of the task 100 in run0, 99 in run1"),
    ],
)
def test_runs_that_did_not_ask_the_same_are_refused_unless_allowed(
    writer: Maker, change: dict[str, object], said: str
) -> None:
    first, second = writer(ONE, samples=2), writer(TWO, samples=2)
    scored(first, ONE, [RIGHT] * 2)
    scored(second, TWO, [WRONG] * 2)
    manifest = second.run.manifest()
    entry = replace(manifest.tasks[0], **change)  # type: ignore[arg-type]  # one field of the entry
    second.run.rewrite_manifest(replace(manifest, tasks=(entry,)))
    with pytest.raises(UsageError, match="--allow-mixed") as refused:
        compared(first, second)
    assert said in str(refused.value)
    allowed = compared(first, second, allow_mixed=True)
    assert any(note.startswith("MIXED") and said in note for note in allowed.notes)
    assert figure(versus_baseline(table_of(allowed).rows[1]).values["accuracy_difference"]).estimate == -1.0


def test_runs_of_different_sampling_settings_are_refused(writer: Maker) -> None:
    first, second = writer(ONE, samples=2), writer(ONE, samples=2)
    for run in (first, second):
        scored(run, ONE, [RIGHT] * 2)
    second.run.rewrite_manifest(replace(second.run.manifest(), params=SamplingParams(temperature=0.7)))
    with pytest.raises(UsageError, match=r"sampling settings none in run0, temperature=0\.7 in run1"):
        compared(first, second)


def test_one_model_of_two_runs_is_told_apart_by_the_run(writer: Maker) -> None:
    before, after = writer(ONE, samples=4), writer(ONE, samples=4)
    scored(before, ONE, [RIGHT] * 4)
    scored(after, ONE, [RIGHT] * 2 + [WRONG] * 2)
    table = table_of(compared(before, after))
    assert [row.model_run.label for row in table.rows] == ["acme/one [run0]", "acme/one [run1]"]
    assert figure(versus_baseline(table.rows[1]).values["accuracy_difference"]).estimate == pytest.approx(-0.5)
    with pytest.raises(UsageError, match=r"several runs.*acme/one \[run0\]"):
        compared(before, after, baseline="acme/one")


def test_the_same_run_twice_and_a_run_without_outcomes_are_refused(writer: Maker) -> None:
    run = writer(ONE, samples=1)
    with pytest.raises(UsageError, match="run0 has an outcome yet"):
        compared(run)
    scored(run, ONE, [RIGHT])
    with pytest.raises(UsageError, match="named twice"):
        compared(run, run)


def test_a_model_without_any_outcome_is_named_and_left_out(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=1)
    scored(run, ONE, [RIGHT])
    found = compared(run)
    assert [row.model_run.label for row in table_of(found).rows] == ["acme/one"]
    assert "acme/two of run0 has no outcome yet and is left out" in found.notes


def _one_sample(run: RunWriter) -> None:
    for who in (ONE, TWO):
        scored(run, who, [RIGHT])


def _none_correct(run: RunWriter) -> None:
    for who in (ONE, TWO):
        scored(run, who, [WRONG] * 6)


def _all_failed(run: RunWriter) -> None:
    scored(run, ONE, [RIGHT] * 6)
    for sample in range(6):
        run.job(TWO, sample, [failure(FailureKind.UNAUTHORIZED)])


def _nothing_graded(run: RunWriter) -> None:
    for who in (ONE, TWO):
        scored(run, who, [Verdict.GRADER_ERROR] * 6)


def _free_of_charge(run: RunWriter) -> None:
    for who in (ONE, TWO):
        scored(run, who, [RIGHT] * 6)


@pytest.mark.parametrize(
    ("fill", "prices", "said"),
    [
        (_one_sample, (PRICE, TWICE), "one sample: the spread between samples is not known"),
        (_none_correct, (PRICE, TWICE), "no correct answer"),
        (_all_failed, (PRICE, TWICE), "every job failed (6): there is no answer to grade"),
        (_nothing_graded, (PRICE, TWICE), "none of the 6 answers is graded"),
        (_free_of_charge, (PRICE, FREE), "every value of one model is 0, so no ratio exists"),
        (_free_of_charge, (), "jobs is unknown"),
    ],
)
def test_what_cannot_be_stated_is_said_in_words_in_every_format(
    writer: Maker, fill: Callable[[RunWriter], None], prices: Sequence[Price], said: str
) -> None:
    run = writer(ONE, TWO, samples=1 if fill is _one_sample else 6, prices=prices)
    fill(run)
    found = compared(run)
    assert any(said in note for note in found.notes), found.notes
    for form in OutputFormat:
        assert not re.search(r"\b(nan|NaN|inf|Infinity|None)\b", render(document(found), form)), form


def test_made_up_models_are_marked_in_every_format(writer: Maker) -> None:
    made_up = endpoint("sim/two", simulated=True)
    run = writer(ONE, made_up, samples=4)
    for who in (ONE, made_up):
        scored(run, who, [RIGHT] * 4)
    found = compared(run)
    assert found.mode == "live and SIMULATED"
    for form in OutputFormat:
        assert "SIMULATED" in render(document(found), form)
    assert "~ sim/two" in render(document(found), OutputFormat.TEXT)
    assert "~ acme/one" not in render(document(found), OutputFormat.TEXT)


def test_csv_has_a_line_for_each_model_with_bounds_and_nothing_for_the_unknown(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10, prices=(PRICE,))
    scored(run, ONE, [RIGHT] * 10)
    scored(run, TWO, [RIGHT] * 6 + [WRONG] * 4)
    lines = list(csv.DictReader(io.StringIO(render(document(compared(run)), OutputFormat.CSV))))
    assert [line["model"] for line in lines] == ["acme/one", "acme/two"]
    assert float(lines[1]["accuracy_difference"]) == pytest.approx(-0.4)
    assert float(lines[1]["accuracy_difference_low"]) < -0.4 < float(lines[1]["accuracy_difference_high"])
    assert (lines[1]["cost_ratio"], lines[1]["usd_per_task"], lines[0]["p_holm"]) == ("", "", "")


def test_json_gives_each_missing_figure_its_reason(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=10, prices=(PRICE,))
    scored(run, ONE, [RIGHT] * 10)
    scored(run, TWO, [RIGHT] * 6 + [WRONG] * 4)
    rows = json.loads(render(document(compared(run)), OutputFormat.JSON))["tables"][0]["rows"]
    assert rows[0]["against_baseline"] is None
    assert rows[1]["usd_per_task"] == {"undefined": "the cost of 10 of 10 jobs is unknown"}
    assert rows[1]["against_baseline"]["test"]["p_value"] == pytest.approx(0.125)


def test_grades_of_several_versions_of_a_grader_are_said(writer: Maker, tmp_path: Path) -> None:
    first, second = writer(ONE, samples=1), writer(TWO, samples=1)
    scored(first, ONE, [RIGHT])
    scored(second, TWO, [RIGHT])
    grades = tmp_path / "run1" / "grades.jsonl"
    grades.write_text(grades.read_text().replace('"grader_version":"1"', '"grader_version":"2"'))
    notes = compare_models(
        load_compared_runs([first.data, RunData.load(tmp_path / "run1")], allow_mixed=False), baseline=None
    ).notes
    assert any("grader math graded in several versions: 1 in run0, 2 in run1" in note for note in notes)
