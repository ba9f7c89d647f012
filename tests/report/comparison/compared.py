"""Runs, tables and figures for the tests of comparisons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from harness.core.prices import Rates
from harness.core.types import Endpoint, Verdict
from harness.report.comparison.build import ModelComparison, compare_models
from harness.report.comparison.model_runs import load_compared_runs
from harness.report.comparison.values import ComparisonRow, ComparisonTable, PairwiseComparison
from harness.stats.intervals import ConfidenceInterval
from tests.report.runs import PRICE, RunWriter, answer, endpoint

ONE, TWO = endpoint(), endpoint("acme/two")

TWICE = replace(PRICE, id="acme/two@2026-01-01", model="two", rates=Rates(prompt=Decimal(2), completion=Decimal(8)))

RIGHT, WRONG, CUT = Verdict.CORRECT, Verdict.WRONG, Verdict.TRUNCATED

Maker = Callable[..., RunWriter]


def scored(run: RunWriter, who: Endpoint, verdicts: Sequence[Verdict], *, repeat: int = 0) -> None:
    """One answered job for each sample, in order."""
    for sample, verdict in enumerate(verdicts):
        run.job(who, sample, [answer()], verdict, repeat=repeat)


def compared(*runs: RunWriter, baseline: str | None = None, allow_mixed: bool = False) -> ModelComparison:
    return compare_models(load_compared_runs([one.data for one in runs], allow_mixed=allow_mixed), baseline=baseline)


def table_of(found: ModelComparison) -> ComparisonTable:
    assert len(found.tables) == 1
    return found.tables[0]


def versus_baseline(row: ComparisonRow) -> PairwiseComparison:
    assert row.vs_baseline is not None
    return row.vs_baseline


def figure(value: object) -> ConfidenceInterval:
    assert isinstance(value, ConfidenceInterval), value
    return value
