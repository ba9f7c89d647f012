"""The document of `harness runs list`: a row a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from harness.core.durations import age_text
from harness.core.plurals import counted
from harness.report.history.run_list import DollarSum, RunEntry, RunState, problems
from harness.report.render.mode import SIMULATED_MARK, mark_origin, mode_of, origin_notes
from harness.report.render.number_format import NONE, dollars
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column

FILE_KEYS = (
    *("run", "path", "state", "tasks", "models", "mode", "finished", "planned", "created_at", "age_s"),
    *("spent_usd", "spent_known_usd", "simulated_usd", "simulated_known_usd", "problem"),
)


def run_list_document(entries: Sequence[RunEntry], results: Path | str, *, now: datetime) -> ReportDocument:
    """What `harness runs list` shows; `now` is the instant that ages are counted to."""
    rows = tuple(_record(entry, now) for entry in entries)
    shown = tuple(entry for entry in entries if entry.state is not RunState.NO_RUN)
    origins = [origin for entry in entries for _, origin in entry.models]
    return ReportDocument(
        title=f"{counted(sum(entry.created_at is not None for entry in entries), 'run')} in {results}",
        mode=mode_of(origins) if origins else "",
        sections=(Section(title="", tables=(Table(columns=_columns(now), rows=shown),)),) if shown else (),
        notes=(*origin_notes(origins), *problems(entries)),
        record={"results": str(results), "runs": list(rows)},
        flat=FlatRows(keys=FILE_KEYS, rows=rows),
    )


def _columns(now: datetime) -> tuple[Column[RunEntry], ...]:
    return (
        prose_column("run", "run", lambda entry: entry.name),
        prose_column(
            "state",
            "state",
            _state_text,
            meaning="complete, stopped early, running or incomplete with jobs that ended of those planned, or "
            "unreadable",
        ),
        prose_column("tasks", "tasks", lambda entry: ", ".join(entry.tasks)),
        prose_column("models", "models", _models_text),
        Column(
            key="spent_usd",
            title="$ spent",
            meaning="billed dollars of live models without reused answers; with ~ where there are none: dollars that "
            "the mock server made up",
            text=_spent_text,
            value=lambda entry: None if entry.live is None else entry.live.usd,
        ),
        Column(
            key="created_at",
            title="begun (UTC)",
            meaning="when the run began",
            text=lambda entry: NONE if entry.created_at is None else f"{entry.created_at:%Y-%m-%d %H:%M}",
            value=lambda entry: None if entry.created_at is None else entry.created_at.timestamp(),
            rank=2,
        ),
        Column(
            key="age_s",
            title="age",
            meaning="time since then",
            text=lambda entry: NONE if entry.created_at is None else age_text(_age_s(entry.created_at, now)),
            value=lambda entry: None if entry.created_at is None else _age_s(entry.created_at, now),
            rank=1,
            lowest_is_best=True,
        ),
    )


def _record(entry: RunEntry, now: datetime) -> dict[str, object]:
    at = entry.created_at
    return {
        "run": entry.name,
        "path": entry.path,
        "state": entry.state.value,
        "tasks": list(entry.tasks),
        "models": [label for label, _ in entry.models],
        "mode": entry.mode,
        "finished": None if at is None else entry.finished,
        "planned": None if at is None else entry.planned,
        "created_at": None if at is None else at.isoformat(),
        "age_s": None if at is None else round(_age_s(at, now)),
        **_dollar_fields("spent", entry.live),
        **_dollar_fields("simulated", entry.simulated),
        "problem": entry.problem,
    }


def _dollar_fields(name: str, total: DollarSum | None) -> dict[str, object]:
    if total is None:
        return {f"{name}_usd": None, f"{name}_known_usd": None}
    return {f"{name}_usd": total.usd, f"{name}_known_usd": total.known_usd}


def _age_s(created_at: datetime, now: datetime) -> float:
    return (now - created_at).total_seconds()


def _models_text(entry: RunEntry) -> str:
    return ", ".join(mark_origin(label, origin) for label, origin in entry.models)


def _state_text(entry: RunEntry) -> str:
    if entry.state in (RunState.INCOMPLETE, RunState.RUNNING):
        return f"{entry.state.value} {entry.finished:,} of {entry.planned:,}"
    return str(entry.state.value)


def _spent_text(entry: RunEntry) -> str:
    if entry.live is not None:
        return dollars(entry.live.usd)
    return NONE if entry.simulated is None else f"{SIMULATED_MARK} {dollars(entry.simulated.usd)}"
