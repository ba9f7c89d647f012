"""Levels of effort compared in the order of effort: gains, no gains, levels that change nothing, and what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.labels import Effort
from harness.core.types import Endpoint, SamplingParams, Usage, Verdict
from harness.report.effort.steps import EffortStep, StepOutcome, sweeps
from harness.report.run_report.build import build_run_report
from harness.report.run_report.notes import EARLY_STOP_NOTE
from harness.report.run_report.report import RunReport
from tests.cases import all_cases
from tests.report.comparison.compared import compared, table_of
from tests.report.runs import RunWriter, answer, endpoint

RIGHT, WRONG = Verdict.CORRECT, Verdict.WRONG


def level(word: str) -> Endpoint:
    return replace(endpoint("acme/one"), label=f"acme/one@{word}", params=SamplingParams(effort=Effort(word)))


def swept(path: Path, *levels: tuple[str, int, int, str], samples: int = 40) -> RunWriter:
    """A run of levels, each (word, correct answers, generated tokens, what was sent); a token more for odd samples."""
    run = RunWriter(path, endpoints=[level(word) for word, *_ in levels], samples=samples, max_tokens=2000)
    for word, correct, tokens, sent in levels:
        for number in range(samples):
            usage = Usage(prompt_tokens=1000, completion_tokens=tokens + number % 2, reasoning_tokens=0)
            found = replace(answer(usage=usage), effective={"model": "one", "reasoning_effort": sent})
            run.job(level(word), number, [found], RIGHT if number < correct else WRONG)
    run.close()
    return run


def report_of(run: RunWriter) -> RunReport:
    return build_run_report(run.data)


def steps_of(run: RunWriter) -> Sequence[EffortStep]:
    (table,) = report_of(run).tables
    return table.efforts


def test_neighbouring_levels_are_compared_from_the_lowest_up_whatever_their_order(tmp_path: Path) -> None:
    run = swept(tmp_path / "r", ("high", 36, 1000, "high"), ("low", 10, 100, "low"), ("medium", 20, 500, "medium"))
    first, second = steps_of(run)
    assert (first.words, second.words) == ("@low to @medium", "@medium to @high")
    assert first.accuracy_difference.estimate == pytest.approx(0.25)  # 20 of 40 against 10
    # 400 tokens more at $4 a million tokens (PRICE), for 25 points
    assert first.usd_difference.estimate == pytest.approx(float(400 * Decimal(4) / 10**6))
    assert first.usd_per_point.estimate == pytest.approx(400 * 4e-6 / 25)
    assert first.outcome is StepOutcome.MORE_ACCURATE
    # the comparison has the same steps of the same run
    assert [step.usd_per_point for step in table_of(compared(run)).efforts] == [
        step.usd_per_point for step in (first, second)
    ]


def test_level_that_costs_more_and_gains_nothing_has_no_price_of_a_point(tmp_path: Path) -> None:
    (step,) = steps_of(swept(tmp_path / "r", ("low", 20, 100, "low"), ("high", 21, 900, "high")))
    assert step.outcome is StepOutcome.NO_GAIN
    assert step.usd_per_point.estimate is None


def test_level_with_fewer_correct_answers_is_less_accurate(tmp_path: Path) -> None:
    (step,) = steps_of(swept(tmp_path / "r", ("low", 30, 100, "low"), ("high", 10, 900, "high")))
    assert step.outcome is StepOutcome.LESS_ACCURATE


def test_level_that_changes_nothing_is_warned_of(tmp_path: Path) -> None:
    report = report_of(swept(tmp_path / "r", ("low", 20, 100, "low"), ("high", 20, 100, "high")))
    (note,) = [note for note in report.notes if "effort" in note]
    assert note.startswith("acme/one on sums: effort @low to @high had no effect: 1.00 [1.00, 1.00] times")
    assert "the provider may ignore it" in note


def test_levels_that_are_sent_alike_are_one(tmp_path: Path) -> None:
    report = report_of(swept(tmp_path / "r", ("minimal", 10, 100, "low"), ("low", 30, 500, "low")))
    assert (
        "acme/one on sums: effort @minimal to @low: both were sent as reasoning_effort=low, so the levels are one"
        in report.notes
    )


def test_a_run_that_could_stop_early_says_what_the_intervals_are_made_for(tmp_path: Path) -> None:
    run = swept(tmp_path / "r", ("low", 10, 100, "low"), ("high", 30, 500, "high"))
    with run.run.locked():
        run.run.rewrite_manifest(replace(run.run.manifest(), until_width=0.1))
    assert EARLY_STOP_NOTE in report_of(run).notes


def test_few_samples_do_not_make_a_level_one_without_effect(tmp_path: Path) -> None:
    run = RunWriter(tmp_path / "r", endpoints=[level("low"), level("high")], samples=8, max_tokens=2000)
    for place, word in enumerate(("low", "high")):
        for number in range(8):
            usage = Usage(prompt_tokens=10, completion_tokens=50 * (1 + (number * 3 + place * 5) % 8))
            run.job(level(word), number, [answer(usage=usage)], RIGHT)
    run.close()
    (step,) = steps_of(run)
    assert step.outcome is StepOutcome.NO_GAIN  # the ratio of tokens is too uncertain to say that nothing changed


@all_cases(
    ("labels", "found"),
    [
        (["a/m@high", "a/m@none", "b/m@low", "a/m@low"], [("a/m@none", "a/m@low", "a/m@high")]),
        (["a/m", "a/m@high", "a/m@low"], [("a/m@low", "a/m@high")]),  # which level the default is is not known
        (["a/m", "a/m@none"], [("a/m@none", "a/m")]),
        (["a/m", "a/m@high", "x@y/z", "b/m"], []),
    ],
)
def test_a_sweep_is_a_model_with_two_levels(labels: list[str], found: list[tuple[str, ...]]) -> None:
    assert sweeps(labels) == found
