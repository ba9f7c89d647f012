"""A comparison in every format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.prices import Price, Rates
from harness.core.types import FailureKind, Verdict
from harness.report.comparison.render import document
from harness.report.render.formats import OutputFormat, render
from tests.report.comparison.compared import (
    ONE,
    RIGHT,
    TWICE,
    TWO,
    WRONG,
    Maker,
    compared,
    scored,
)
from tests.report.runs import PRICE, RunWriter, endpoint, failure

FREE = replace(PRICE, id="acme/two@free", model="two", rates=Rates(prompt=Decimal(0), completion=Decimal(0)))


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
