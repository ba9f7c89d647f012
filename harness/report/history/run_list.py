"""The run folders below a folder: what each asked, how far it is, what it cost, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path

from harness.core.errors import HarnessError
from harness.core.plurals import counted
from harness.core.types import Origin
from harness.pricing.exact import exact_sum
from harness.report.render.mode import mode_of
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.store.codec import Manifest
from harness.store.resume import partial_tails
from harness.store.run_dir import MANIFEST, RunDir, subfolders


class RunState(Enum):
    """How far a run is. UNREADABLE: its files cannot be read; NO_RUN: the folder holds no run."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED_EARLY = "stopped early"
    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"
    NO_RUN = "no run"

    @classmethod
    def _missing_(cls, value: object) -> RunState | None:
        """As catalogues of stores before December 2026 have it."""
        return {"INCOMPLETE": cls.INCOMPLETE, "BROKEN": cls.UNREADABLE}.get(str(value))


@dataclass(slots=True, kw_only=True)
class DollarSum:
    """Billed dollars of several jobs: the known ones, and how many jobs have an unknown part."""

    known_usd: Decimal = Decimal(0)
    unknown_jobs: int = 0

    @property
    def usd(self) -> Decimal | None:
        """The sum; None where any part is unknown."""
        return None if self.unknown_jobs else self.known_usd


@dataclass(slots=True, kw_only=True)
class _JobTotals:
    """Adds up the jobs of one run; dollars of simulated models stay apart."""

    simulated_labels: frozenset[str]
    finished: int = 0
    live: DollarSum = field(default_factory=DollarSum)
    simulated: DollarSum = field(default_factory=DollarSum)

    def add(self, record: JobRecord) -> None:
        """Take in one job; an answer reused from an earlier run is finished and was billed there."""
        self.finished += record.is_finished
        if record.reused_from is None:
            self._add_dollars(record.label, record.spent_known_usd, is_known=record.spent_unknown is None)

    def _add_dollars(self, label: str, usd: Decimal, *, is_known: bool) -> None:
        total = self.simulated if label in self.simulated_labels else self.live
        total.known_usd = exact_sum((total.known_usd, usd))
        total.unknown_jobs += not is_known

    def add_lost(self, label: str) -> None:
        """Take in a job that was sent and of which nothing came back."""
        self._add_dollars(label, Decimal(0), is_known=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One run, or a folder that is none. `created_at`, when it began, and the sums are None where it cannot be read.

    `path`: its folder, or its address in a store. `models`: labels with their origin. `live` and `simulated`: dollars
    that this run itself was billed, and dollars the mock server made up; None where the run has no such model.
    `problem` says what is wrong with it.
    """

    name: str
    path: str
    state: RunState
    tasks: tuple[str, ...] = ()
    models: tuple[tuple[str, Origin], ...] = ()
    created_at: datetime | None = None
    planned: int = 0
    finished: int = 0
    live: DollarSum | None = None
    simulated: DollarSum | None = None
    problem: str | None = None

    @property
    def mode(self) -> str | None:
        """`live`, `SIMULATED` or both; None for a folder that cannot be read."""
        return None if self.created_at is None else mode_of(origin for _, origin in self.models)


def list_runs(results: Path) -> list[RunEntry]:
    """Every folder directly below `results`: runs, the latest first, then folders that cannot be read, by name.

    Free; sends nothing. A broken folder is an entry that says what is wrong, never an error.
    """
    entries = [_entry(path) for path in subfolders(results)]
    readable = [one for one in entries if one.created_at is not None]
    readable.sort(key=lambda one: (one.created_at, one.name), reverse=True)
    return [*readable, *(one for one in entries if one.created_at is None)]


def _entry(path: Path) -> RunEntry:
    if not (path / MANIFEST).exists():
        held = "calls-0.jsonl" if (path / "calls-0.jsonl").exists() else "samples.jsonl"
        if (path / held).exists():
            problem = f"it has {held} and no {MANIFEST}: a run that was interrupted while its folder was made"
            return RunEntry(name=path.name, path=str(path), state=RunState.UNREADABLE, problem=problem)
        return RunEntry(
            name=path.name, path=str(path), state=RunState.NO_RUN, problem=f"it has no {MANIFEST}: not a run folder"
        )
    try:
        return _read(RunData.load(RunDir(path)))
    except (HarnessError, OSError) as error:
        return RunEntry(name=path.name, path=str(path), state=RunState.UNREADABLE, problem=str(error))


def _read(data: RunData) -> RunEntry:
    manifest = data.manifest
    simulated = frozenset(one.label for one in manifest.endpoints if one.simulated)
    totals = _JobTotals(simulated_labels=simulated)
    data.read(totals)
    for head, _ in data.lost.without_record:
        totals.add_lost(head.label)
    planned = sum(entry.samples for entry in manifest.tasks) * manifest.repeats * len(manifest.endpoints)
    return RunEntry(
        name=data.run.name,
        path=str(data.run.path),
        state=_state(data, planned=planned, finished=totals.finished),
        tasks=tuple(entry.name for entry in manifest.tasks),
        models=tuple((one.label, one.origin) for one in manifest.endpoints),
        created_at=manifest.created_at,
        planned=planned,
        finished=totals.finished,
        live=totals.live if any(one.origin is Origin.LIVE for one in manifest.endpoints) else None,
        simulated=totals.simulated if simulated else None,
        problem="; ".join(partial_tails(data.run)) or None,
    )


def _state(data: RunData, *, planned: int, finished: int) -> RunState:
    return RunState.RUNNING if data.run.is_locked() else state_of(data.manifest, planned=planned, finished=finished)


def state_of(manifest: Manifest, *, planned: int, finished: int) -> RunState:
    """How far a run is that no process works on."""
    if manifest.stopped_early is not None:
        return RunState.STOPPED_EARLY
    return RunState.COMPLETE if finished >= planned else RunState.INCOMPLETE


def problems(entries: Sequence[RunEntry]) -> Iterator[str]:
    """What is wrong with folders, a sentence each; folders that are no runs in one sentence."""
    for one in entries:
        if one.problem is not None and one.state is not RunState.NO_RUN:
            yield f"{one.name}: {one.problem}"
    others = [one.name for one in entries if one.state is RunState.NO_RUN]
    if others:
        yield f"{counted(len(others), 'folder')} without {MANIFEST}, so not a run: {', '.join(others)}"
