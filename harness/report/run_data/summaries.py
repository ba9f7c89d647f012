"""The summaries of a run, filled job by job or, of very many, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.report.run_data.records import JobRecord
from harness.report.run_data.summary import ModelSummary

if TYPE_CHECKING:
    from harness.report.run_data.columns import JobColumns


@dataclass(frozen=True, slots=True)
class Summaries:
    """The summaries of a run by (label, task), in the order of its tasks and then of its models."""

    by_place: Mapping[tuple[str, str], ModelSummary]

    @classmethod
    def of(cls, summaries: Iterable[ModelSummary]) -> Summaries:
        """Empty ones, to be filled by `add`."""
        return cls(by_place={(one.label, one.task): one for one in summaries})

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        self.by_place[record.label, record.task].add(record)

    def add_columns(self, jobs: JobColumns) -> None:
        """Take in a block of jobs."""
        from harness.report.run_data.columns import by_place  # numpy, for very many jobs alone
        from harness.report.run_data.summary_columns import add_columns

        for label, task, rows in by_place(jobs):
            add_columns(self.by_place[label, task], jobs, rows)
