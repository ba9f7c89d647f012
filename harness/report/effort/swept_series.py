"""The jobs of a run's models that were asked at several efforts, gathered in the one pass over the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.report.effort.steps import EffortStep, steps_of_series, sweeps
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.report.run_data.series import RunSeries


@dataclass(frozen=True, slots=True)
class SweptSeries:
    """The series of models with levels (`RecordConsumer`); keeps nothing of the others."""

    labels: frozenset[str]
    series: RunSeries

    @classmethod
    def of(cls, run: RunData) -> SweptSeries:
        found = sweeps(endpoint.label for endpoint in run.manifest.endpoints)
        return cls(frozenset(label for levels in found for label in levels), RunSeries.empty(run))

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        if record.label in self.labels:
            self.series.add(record)

    def steps(self, task: str, settings: Mapping[str, str]) -> tuple[EffortStep, ...]:
        """The steps between levels on one task; `settings`: what was sent of reasoning by label."""
        own = [one for (label, name), one in self.series.by_place.items() if name == task and label in self.labels]
        return steps_of_series(own, settings)
