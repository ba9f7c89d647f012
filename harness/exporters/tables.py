"""The exported tables: `samples`, `attempts`, `summary` and `bills`, each as rows of one run folder.

Rows are streamed from the run's files in batches of columns; one batch is held at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from harness.core.prices import Cost
from harness.core.types import Completion, Endpoint
from harness.exporters.attempt_columns import ATTEMPTS, BILLS, AttemptRow, BillRow
from harness.exporters.columns import ColumnKind, FrameColumn, Row, Value
from harness.exporters.job_columns import SAMPLES, SUMMARY, SampleRow, SummaryRow
from harness.report.render.mode import mode_of
from harness.report.run_data.imported import source_verdicts
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobResult
from harness.report.run_report.build import build_run_report

BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTable(Generic[Row]):
    """A table: `rows` reads them from a run, in the order of its call log (`summary`: of its report)."""

    name: str
    one_row: str
    columns: tuple[FrameColumn[Row], ...]
    rows: Callable[[RunData], Iterator[Row]]

    def batches(self, data: RunData) -> Iterator[dict[str, list[Value]]]:
        """The cells of the run by column, BATCH_ROWS rows at a time; at least one batch, which may be empty."""
        rows = self.rows(data)
        batch = list(itertools.islice(rows, BATCH_ROWS))
        while True:
            yield {column.name: _cells(column, batch) for column in self.columns}
            batch = list(itertools.islice(rows, BATCH_ROWS))
            if not batch:
                return


def _cells(column: FrameColumn[Row], rows: list[Row]) -> list[Value]:
    cells = [column.value(row) for row in rows]
    if column.kind is ColumnKind.TEXT and not _are_encodable(cells):
        return [_encodable(cell) for cell in cells]
    return cells


def _are_encodable(cells: list[Value]) -> bool:
    """Whether all texts can be written as they are: one look at a column is quicker than one at each cell."""
    try:
        "".join(filter(None, cells)).encode()  # type: ignore[arg-type]  # texts and None, by the kind of the column
    except UnicodeEncodeError:
        return False
    return True


def _encodable(cell: Value) -> Value:
    """The text, half surrogate pairs (which no file can hold) as question marks."""
    if isinstance(cell, str) and not cell.isascii():
        try:
            cell.encode()
        except UnicodeEncodeError:
            return cell.encode("utf-8", "replace").decode()
    return cell


def _modes(data: RunData) -> Mapping[str, str]:
    def mode(endpoint: Endpoint) -> str:
        return mode_of([endpoint.origin])

    return {endpoint.label: mode(endpoint) for endpoint in data.manifest.endpoints}


def _sample_rows(data: RunData) -> Iterator[SampleRow]:
    modes, samples, run, theirs = _modes(data), data.samples, data.run.name, source_verdicts(data)
    for record in data.records():
        sample = samples.get((record.task, record.sample_id))
        yield SampleRow(run, modes[record.label], sample, record, theirs.get(record.key))


def _attempt_rows(data: RunData) -> Iterator[AttemptRow]:
    modes, run = _modes(data), data.run.name
    for result in data.results():
        yield from _attempts_of(result, run, modes[result.call.label])


def _attempts_of(result: JobResult, run: str, mode: str) -> Iterator[AttemptRow]:
    call = result.call
    for number, (attempt, cost) in enumerate(zip(call.attempts, result.attempt_costs, strict=True)):
        is_accepted = call.accepted is not None and isinstance(attempt, Completion)
        yield AttemptRow(run, mode, call, number, attempt, cost, is_accepted)


def _bill_rows(data: RunData) -> Iterator[BillRow]:
    for row in _attempt_rows(data):
        cost = row.cost
        if isinstance(cost, Cost):
            for number, line in enumerate(cost.lines):
                yield BillRow(row, number, line.what, line.usd, line)
            continue
        if cost.known_usd:
            yield BillRow(row, 0, "known part", cost.known_usd, None)
        yield BillRow(row, 1 if cost.known_usd else 0, "unknown", None, None)


def _summary_rows(data: RunData) -> Iterator[SummaryRow]:
    for table in build_run_report(data).tables:
        for summary in table.summaries:
            yield SummaryRow(data.run.name, summary)


TABLES: Mapping[str, ExportTable[Any]] = {
    table.name: table
    for table in (
        ExportTable(name="samples", one_row="job: sample x model x repeat", columns=SAMPLES, rows=_sample_rows),
        ExportTable(name="attempts", one_row="request with an outcome", columns=ATTEMPTS, rows=_attempt_rows),
        ExportTable(name="summary", one_row="task and model", columns=SUMMARY, rows=_summary_rows),
        ExportTable(name="bills", one_row="line of an attempt's bill", columns=BILLS, rows=_bill_rows),
    )
}
