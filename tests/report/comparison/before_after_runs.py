"""Runs of one model, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.types import Endpoint, Verdict
from harness.report.comparison.build import ModelComparison, compare_models
from harness.report.comparison.model_runs import load_compared_runs
from tests.report.runs import RunWriter, answer, endpoint

ONE, TWO = endpoint(), endpoint("acme/two")

RIGHT, WRONG, CUT = Verdict.CORRECT, Verdict.WRONG, Verdict.TRUNCATED


def graded(run: RunWriter, who: Endpoint, verdicts: Sequence[Verdict], *, repeat: int = 0) -> None:
    for sample, verdict in enumerate(verdicts):
        run.job(who, sample, [answer()], verdict, repeat=repeat)


def compared(*runs: RunWriter) -> ModelComparison:
    return compare_models(load_compared_runs([one.data for one in runs], allow_mixed=False), baseline=None)
