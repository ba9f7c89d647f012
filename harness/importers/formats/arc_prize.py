"""The ARC Prize leaderboard: JSON rows of a data set and a model with score and dollars per task."""

from __future__ import annotations

from typing import Any

from harness.core.errors import DataError
from harness.importers.fields import decimal_of, dollars_of
from harness.importers.results import BoardRow, ImportedResults, ImportOptions, Published, SourceFormat
from harness.importers.source_files import SourceFiles

KNOWN_BY = frozenset({"datasetId", "modelId", "score"})
LACKING = ("the number of tasks, so no intervals", "tokens, so dollars cannot be recomputed", "latency", "days")


def _boards(files: SourceFiles) -> list[str]:
    found = []
    for name in files.names(".json"):
        if b'"datasetId"' not in files.start_of(name)[:4000]:
            continue
        rows = _entries(files, name)
        if rows and isinstance(rows[0], dict) and rows[0].keys() >= KNOWN_BY:
            found.append(name)
    return [name for name in found if name.endswith("evaluations.json")] or found


def _entries(files: SourceFiles, name: str) -> list[Any]:
    """The rows: a list, or the `evaluations` of the page's own files."""
    content = files.json(name)
    rows = content.get("evaluations") if isinstance(content, dict) else content
    return rows if isinstance(rows, list) else []


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    rows: dict[tuple[str, str], BoardRow] = {}
    notes: list[str] = []
    for name in _boards(files):
        for number, entry in enumerate(_entries(files, name), 1):
            row = _row(entry, f"{name}, row {number}")
            place = (row.benchmark, row.id)
            if place in rows:
                notes.append(f"{row.id} stands twice on {row.benchmark}; the first row counts")
            rows.setdefault(place, row)
    published = Published(
        title="ARC Prize leaderboard", url="https://arcprize.org/leaderboard", lacking=LACKING, notes=tuple(notes)
    )
    return ImportedResults(published=published, rows=tuple(rows.values()))


def _row(entry: Any, where: str) -> BoardRow:
    if not isinstance(entry, dict) or not entry.keys() >= KNOWN_BY:
        raise DataError(f"{where}: a row has datasetId, modelId and score")
    score = decimal_of(entry["score"], where)
    return BoardRow(
        id=str(entry["modelId"]),
        model=str(entry["modelId"]),
        benchmark=str(entry["datasetId"]),
        accuracy=None if score is None else float(score),
        usd=dollars_of(entry.get("cost"), where),
        usd_per_task=dollars_of(entry.get("costPerTask"), where),
        usd_printed=None if entry.get("costPerTask") is None else str(entry["costPerTask"]),
    )


FORMAT = SourceFormat(
    name="arc-prize",
    version=1,
    summary="ARC Prize evaluations (JSON)",
    matches=lambda files: bool(_boards(files)),
    read=_read,
)
