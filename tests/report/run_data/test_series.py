"""Models side by side: on the tasks and samples that all of them have."""

from __future__ import annotations

import numpy as np

from harness.report.run_data.series import load_series
from harness.stats.intervals import Undefined
from tests.report.run_data.series_runs import ONE, RIGHT, TWO, WRONG
from tests.report.runs import answer
from tests.report.written_runs import Maker


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
