"""One model on one task as arrays: unknown is masked, never 0; the last outcome of a job counts."""

from __future__ import annotations

import numpy as np
import pytest

from harness.core.types import SamplingParams, Verdict
from harness.report.run_data.series import CORRECT, ModelSeries, SampleGrid, load_series, settings_text
from harness.stats.intervals import Undefined
from tests.report.runs import RunWriter, answer, endpoint, failure
from tests.report.written_runs import Maker

ONE, TWO = endpoint(), endpoint("acme/two")
RIGHT, WRONG = Verdict.CORRECT, Verdict.WRONG


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


def test_models_are_aligned_on_the_samples_that_both_have(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=3)
    for sample in range(3):
        run.job(ONE, sample, [answer()], RIGHT)
    for sample in (2, 0):
        run.job(TWO, sample, [answer()], WRONG)
    run.close()
    found = load_series([run.data]).aligned(["acme/one", "acme/two"], ["sums"])
    assert not isinstance(found, Undefined)
    first, second = found.data["acme/one"], found.data["acme/two"]
    assert first.samples == second.samples
    both = first.attempted & second.attempted
    assert np.flatnonzero(both).tolist() == [first.samples.index("sums/s0"), first.samples.index("sums/s2")]


def test_a_task_that_a_model_did_not_run_is_no_comparison(writer: Maker) -> None:
    run = writer(ONE, TWO, samples=1)
    run.job(ONE, 0, [answer()], RIGHT)
    run.close()
    assert isinstance(load_series([run.data]).aligned(["acme/one", "acme/two"], ["sums"]), Undefined)


@pytest.mark.parametrize(
    ("params", "text"),
    [(SamplingParams(), "none"), (SamplingParams(temperature=0.0, max_tokens=5), "temperature=0.0, max_tokens=5")],
)
def test_settings_are_those_that_are_sent(params: SamplingParams, text: str) -> None:
    assert settings_text(params) == text
