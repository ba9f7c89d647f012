"""From a run folder to a baseline, its file, and back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.core.prices import Rates
from harness.report.gate.baseline import SampleTotals
from harness.report.gate.baseline_of_run import baseline_of
from harness.report.run_data.load import RunData
from tests.report.gate.baselines import write_run


def test_figures_of_each_sample_and_of_the_row(tmp_path: Path) -> None:
    (row,) = baseline_of(write_run(tmp_path / "r").data).rows
    wrong = SampleTotals(
        correct=0,
        graded=1,
        jobs=1,
        answers=1,
        usd=Decimal("0.0014"),  # 1000 x 1/M + 100 x 4/M
        prompt_tokens=1000,
        completion_tokens=100,
        ttft_s=(1.0,),
        total_s=(4.0,),
        verdicts={"wrong": 1},
        given=("",),  # the grader of these runs names no answer
        truncated=0,
    )
    assert row.samples["s1"] == wrong
    ungraded = replace(wrong, graded=0, ttft_s=(0.5,), total_s=(2.0,), verdicts={"grader_error": 1})
    assert row.samples["s3"] == ungraded
    assert row.samples["s0"].usd is None  # the cut attempt may have been billed
    assert (row.samples["s2"].answers, row.samples["s2"].graded) == (0, 0)
    assert (row.planned, row.finished, row.failed, row.ungraded) == (4, 4, 1, 1)
    assert row.attempts_failed == {"stream_truncated": 1, "rate_limited": 1}
    assert sum(row.unpriced.values()) == 2  # the cut one, and the failed job: neither said what it was billed
    assert row.total_s is not None
    assert (row.total_s.median, row.total_s.n) == (2.0, 3)  # of 2, 2 and 4
    assert row.terms.grader_versions == ("1",)


def test_rates_are_those_of_the_tier_that_was_asked_for(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r").run
    manifest = run.manifest()
    half = Rates(prompt=Decimal("0.5"), completion=Decimal(2))
    run.rewrite_manifest(
        replace(
            manifest,
            endpoints=tuple(replace(one, service_tier="batch") for one in manifest.endpoints),
            prices=tuple(replace(price, service_tiers={"batch": half}) for price in manifest.prices),
        )
    )
    (row,) = baseline_of(RunData.load(run)).rows
    (text,) = row.rates.values()
    assert text.startswith("prompt 0.5, completion 2 USD per million tokens in the tier batch, all terms ")


def test_run_that_was_free_to_stop_and_measurement_of_speed_are_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r").run
    manifest = run.manifest()
    for changed, said in (
        (replace(manifest, until_width=0.1), "free to stop early"),
        (replace(manifest, kind="speed"), "measures speed"),
    ):
        run.rewrite_manifest(changed)
        with pytest.raises(UsageError, match=said):
            baseline_of(RunData.load(run))
