"""What a report of one run shows: its tables and its notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.core.prices import Price
from harness.report.run_data.summary import ModelSummary
from harness.store.codec import Manifest, TaskEntry

if TYPE_CHECKING:
    from harness.report.effort.steps import EffortStep
    from harness.report.solved.build import SolvedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTable:
    """One task's rows, one per model, in the order the models were named. `efforts`: levels of a model compared.

    `solved`: figures per solved task, where jobs are conversations.
    """

    task: TaskEntry
    summaries: tuple[ModelSummary, ...]
    efforts: tuple[EffortStep, ...] = ()
    solved: tuple[SolvedRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """All that a report shows. `mode` says whether any row is simulated; `notes` are whole sentences."""

    run_name: str
    manifest: Manifest
    tables: tuple[TaskTable, ...]
    mode: str
    notes: tuple[str, ...]
    prices: tuple[Price, ...]

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The models that answered nothing at all on some task: a run that says nothing of them is not done."""
        silent = (one.label for table in self.tables for one in table.summaries if one.planned and not one.answered)
        return tuple(dict.fromkeys(silent))

    @property
    def is_complete(self) -> bool:
        """Whether every planned job has ended, or the run knew enough before."""
        if self.manifest.stopped_early is not None:
            return True
        return all(summary.finished == summary.planned for table in self.tables for summary in table.summaries)
