"""Before and after in every format."""

from __future__ import annotations

import csv
import io
import json

import pytest

from harness.report.comparison.render import document
from harness.report.render.formats import OutputFormat, render
from tests.report.comparison.compared import ONE, RIGHT, WRONG, Maker, compared, scored


@pytest.mark.parametrize("form", list(OutputFormat))
def test_every_format_has_the_flips(form: OutputFormat, writer: Maker) -> None:
    before, after = writer(ONE, samples=4), writer(ONE, samples=4)
    scored(before, ONE, [RIGHT] * 4)
    scored(after, ONE, [RIGHT, WRONG, RIGHT, RIGHT])
    shown = render(document(compared(before, after)), form)
    match form:
        case OutputFormat.JSON:
            (row,) = json.loads(shown)["before_after"][0]["rows"]
            assert row["flips"] == [
                {
                    "task": "sums",
                    "sample": "s1",
                    "before": "correct",
                    "after": "wrong",
                    "score_before": 1.0,
                    "score_after": 0.0,
                }
            ]
            assert (row["improved"], row["regressed"], row["test"]["name"]) == (0, 1, "exact McNemar")
        case OutputFormat.CSV:
            changed, *others = csv.DictReader(io.StringIO(shown))
            assert (changed["comparison"], changed["run_before"], changed["run"]) == (
                "before and after",
                "run0",
                "run1",
            )
            assert changed["flips"] == "sums/s1: correct to wrong"
            assert [row["comparison"] for row in others] == ["models", "models"]
        case _:
            assert "1 flip: 0 better, 1 worse" in shown
            assert shown.index("before and after") < shown.index("each model: accuracy")
            assert "McNemar" in shown


def test_a_long_list_of_flips_is_cut_in_tables_and_whole_in_json(writer: Maker) -> None:
    before, after = writer(ONE, samples=60), writer(ONE, samples=60)
    scored(before, ONE, [RIGHT] * 60)
    scored(after, ONE, [WRONG] * 60)
    found = document(compared(before, after))
    text = render(found, OutputFormat.TEXT)
    assert "60 flips: 0 better, 60 worse; the first 50, --format json has all" in text
    assert sum(line.startswith("acme/one  s") for line in text.splitlines()) == 50
    assert len(json.loads(render(found, OutputFormat.JSON))["before_after"][0]["rows"][0]["flips"]) == 60
