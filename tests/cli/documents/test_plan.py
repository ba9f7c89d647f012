"""What harness plan prints: sizes with their dollars, and why a size does not fit."""

from __future__ import annotations

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from tests.cli.planned_runs import MODELS, planned, sizes


@pytest.mark.usefixtures("plan_dir")
def test_more_samples_than_there_are_is_said_with_what_they_would_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "own.jsonl", "--grader", "math", *MODELS, "--detect", "0.01"]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "more samples than there are (400)" in shown
    assert "all 400 samples x 8 detect" in shown


@pytest.mark.usefixtures("plan_dir")
def test_repeats_beyond_the_usual_are_offered_where_they_suffice(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--detect", "0.025", "--assume-correlation", "0.1", "--assume-stable", "0.1")
    found = planned(capsys, *MODELS, *words)
    last = sizes(found)[-1]
    assert last["fits"]
    assert last["samples"] == 400
    # no variance is shared by both: 7.849 x 0.9 x (0.7 x 0.3 + 0.675 x 0.325) / 0.025^2 = 4854 answers, 12.1 x 400
    assert last["repeats"] == 13


@pytest.mark.slow
@pytest.mark.usefixtures("plan_dir")
def test_a_model_without_a_price_leaves_the_dollars_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "own.jsonl", "--grader", "math", "-m", "acme/one", "-m", "acme/unpriced", "--detect", "0.15"]
    assert main(words) == EXIT_OK
    shown = capsys.readouterr().out
    assert "? no price row of acme/unpriced" in shown
    first = next(line for line in shown.splitlines() if line.split()[:1] == ["1"])
    assert first.split()[-3:] == ["?", "?", "?"]
