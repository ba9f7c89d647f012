"""What a catalogue of runs says of one run: a row for each task and model, and runs put together from such rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from harness.core.types import Origin, Verdict
from harness.pricing.exact import exact_sum
from harness.report.history.run_list import DollarSum, RunEntry, RunState, state_of
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.store.remote.catalogue import CatalogueRow


@dataclass(slots=True, kw_only=True)
class _Cell:
    """Counts of one model on one task."""

    finished: int = 0
    graded: int = 0
    correct: int = 0
    known_usd: Decimal = Decimal(0)
    unknown_jobs: int = 0


class _Cells:
    """Adds up the jobs of a run by task and model."""

    def __init__(self) -> None:
        self.found: defaultdict[tuple[str, str], _Cell] = defaultdict(_Cell)

    def add(self, record: JobRecord) -> None:
        """Take in one job; a reused answer was billed to an earlier run."""
        cell = self.found[record.task, record.label]
        cell.finished += record.is_finished
        cell.graded += record.verdict not in (None, Verdict.GRADER_ERROR)
        cell.correct += record.verdict is Verdict.CORRECT
        if record.reused_from is None:
            cell.known_usd = exact_sum((cell.known_usd, record.spent_known_usd))
            cell.unknown_jobs += record.spent_unknown is not None


def catalogue_rows(
    data: RunData, *, run: str, run_id: str, node: str, now: datetime, is_running: bool = False
) -> list[CatalogueRow]:
    """The rows of a run folder, read in one pass. `run`: its name in the store. `now`: when they are written."""
    cells, manifest = _Cells(), data.manifest
    data.read(cells)
    for head, _ in data.lost.without_record:
        cells.found[head.task, head.label].unknown_jobs += 1  # sent, nothing came back: it may have been billed
    planned = {entry.name: entry.samples * manifest.repeats for entry in manifest.tasks}
    total = sum(planned.values()) * len(manifest.endpoints)
    finished = sum(cell.finished for cell in cells.found.values())
    state = RunState.RUNNING if is_running else state_of(manifest, planned=total, finished=finished)
    return [
        CatalogueRow(
            run=run,
            run_id=run_id,
            node=node,
            kind=manifest.kind,
            state=state.value,
            task=entry.name,
            task_version=entry.version,
            model=endpoint.label,
            origin=endpoint.origin.value,
            planned=planned[entry.name],
            finished=cell.finished,
            graded=cell.graded,
            correct=cell.correct,
            known_usd=cell.known_usd,
            unknown_jobs=cell.unknown_jobs,
            created_at=manifest.created_at,
            updated_at=now,
            harness_version=manifest.harness_version,
        )
        for entry in manifest.tasks
        for endpoint in manifest.endpoints
        for cell in (cells.found[entry.name, endpoint.label],)
    ]


def entries_of(rows: Sequence[CatalogueRow], address: str) -> list[RunEntry]:
    """A run each, in the order of the rows."""
    runs: dict[str, list[CatalogueRow]] = {}
    for row in rows:
        runs.setdefault(row.run, []).append(row)
    return [_entry(own, f"{address}/{name}") for name, own in runs.items()]


def _entry(rows: Sequence[CatalogueRow], address: str) -> RunEntry:
    first = rows[0]
    models = tuple(dict.fromkeys((row.model, Origin(row.origin)) for row in rows))
    return RunEntry(
        name=first.run,
        path=address,
        state=RunState(first.state),
        tasks=tuple(dict.fromkeys(row.task for row in rows)),
        models=models,
        created_at=first.created_at,
        planned=sum(row.planned for row in rows),
        finished=sum(row.finished for row in rows),
        live=_dollars(rows, Origin.LIVE),
        simulated=_dollars(rows, Origin.SIMULATED),
    )


def _dollars(rows: Sequence[CatalogueRow], origin: Origin) -> DollarSum | None:
    own = [row for row in rows if row.origin == origin.value]
    if not own:
        return None
    return DollarSum(
        known_usd=exact_sum(row.known_usd for row in own), unknown_jobs=sum(row.unknown_jobs for row in own)
    )
