"""What charts are drawn of, from run folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.report.charts.build import read_figures
from harness.report.charts.figures import ModelFigures
from tests.report.runs import RunWriter, answer, endpoint, failure


def model_of(path: Path, *, fails: bool = False) -> ModelFigures:
    """One model: one answer at once, one at the second attempt; a job with a failure of unknown cost if `fails`."""
    who = endpoint()
    run = RunWriter(path, endpoints=[who], samples=3)
    run.job(who, 0, [answer()], Verdict.CORRECT)
    run.job(who, 1, [failure(usage=answer().usage), answer()], Verdict.WRONG)
    if fails:
        run.job(who, 2, [failure()])
    run.close()
    (task,) = read_figures([run.run])
    (model,) = task.models
    return model


def test_money_is_split_into_accepted_and_retried(tmp_path: Path) -> None:
    money = model_of(tmp_path / "run").money
    # 1000 prompt tokens at $1 and 100 completion tokens at $4 a million: $0.0014 an attempt
    assert money["accepted"] == pytest.approx(0.0028)
    assert money["retried"] == pytest.approx(0.0014)
    assert money["failed"] == 0


def test_unknown_cost_leaves_the_known_part_open(tmp_path: Path) -> None:
    model = model_of(tmp_path / "run", fails=True)
    assert model.usd_per_task is not None
    assert model.usd_per_task.high is None
    assert model.usd_per_task.estimate == pytest.approx(0.0042 / 3)  # $0.0042 known, over 3 jobs
    assert model.unknown_jobs == 1


def test_tokens_by_class_sum_to_those_of_an_answer(tmp_path: Path) -> None:
    assert model_of(tmp_path / "run").tokens == {"input": 1000, "cached input": 0, "reasoning": 0, "output": 100}
