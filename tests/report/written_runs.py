"""Reports of runs whose contents are known."""

from __future__ import annotations

from collections.abc import Callable

from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.report import RunReport
from tests.report.runs import RunWriter

Maker = Callable[..., RunWriter]


def only(comparison: RunReport) -> ModelSummary:
    return comparison.tables[0].summaries[0]
