"""Series as arrays of samples and repeats: unknown is masked, never 0."""

from __future__ import annotations

import pytest

from harness.report.run_data.model_series import CORRECT, ModelSeries
from harness.report.run_data.sample_grid import SampleGrid
from harness.report.run_data.series import load_series
from tests.report.run_data.series_runs import ONE, RIGHT, WRONG
from tests.report.runs import RunWriter, answer, failure
from tests.report.written_runs import Maker


def series_of(run: RunWriter, label: str) -> ModelSeries:
    run.close()
    (found,) = [one for one in load_series([run.data]).series if one.label == label]
    return found


def test_a_job_without_usage_has_unknown_tokens_and_dollars(writer: Maker) -> None:
    run = writer(ONE, samples=2)
    run.job(ONE, 0, [answer()], RIGHT)
    run.job(ONE, 1, [answer(usage=None)], RIGHT)
    data = SampleGrid.of([series_of(run, "acme/one")]).model_data([series_of(run, "acme/one")])
    assert data.completion_tokens.known.tolist() == [[True], [False]]
    assert data.spent_usd.known.tolist() == [[True], [False]]
    assert data.spent_usd.values[0, 0] == pytest.approx(0.0014)  # 1000 x $1 + 100 x $4 per million
    assert data.graded.all()


def test_a_failed_job_is_attempted_and_neither_graded_nor_wrong(writer: Maker) -> None:
    run = writer(ONE, samples=1)
    run.job(ONE, 0, [failure()])
    data = SampleGrid.of([series_of(run, "acme/one")]).model_data([series_of(run, "acme/one")])
    flags = {name: bool(getattr(data, name)[0, 0]) for name in ("attempted", "failed", "graded", "correct")}
    assert flags == {"attempted": True, "failed": True, "graded": False, "correct": False}


def test_correct_answers_vote_together_however_they_are_written(writer: Maker) -> None:
    run = writer(ONE, samples=1, repeats=3)
    for repeat, verdict in enumerate((RIGHT, WRONG, RIGHT)):
        run.job(ONE, 0, [answer()], verdict, repeat=repeat)
    one = series_of(run, "acme/one")
    kinds = SampleGrid.of([one]).model_data([one]).answer_kind[0]
    assert kinds[0] == kinds[2] != kinds[1]
    assert one.answers.count(CORRECT) == 2
