"""An index of one run beside it: every job in a row of SQLite, so that a page is read from disk and never from the log.

`viewer.sqlite` in the run folder holds the figures of each job, its texts (compressed) and a full-text index. It is
derived and may be deleted; where the folder cannot be written it lives in a temporary folder. It is built anew when the
files of the run have changed; meanwhile pages show the complete index before it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
import threading
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from harness.core.types import JobResult, Json, Sample
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord, record_of
from harness.store.run_dir import RunDir
from harness.viewer.details import detail_of
from harness.viewer.fingerprint import fingerprint
from harness.viewer.view_cache import ViewCache

FILE = "viewer.sqlite"
FIRST_LOOK_S, LATER_LOOK_S = 0.5, 0.05
"""How long a page waits for the first index, and for a newer one; then it shows what is there."""
BATCH = 500
"""Jobs between two commits while the first index is built: pages show what is there."""
KEPT_ORDERS = 16
"""Filters whose samples are kept in memory, 8 bytes a sample."""
SCHEMA = 2
"""Raise it when the tables change."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT)",
    "CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, task TEXT, sample TEXT, place INTEGER, model TEXT, "
    "repeat INTEGER, state TEXT, answer TEXT, usd REAL, usd_unknown TEXT, latency_s REAL, output_tokens INTEGER)",
    "CREATE TABLE IF NOT EXISTS details (id INTEGER PRIMARY KEY, detail BLOB)",
    "CREATE INDEX IF NOT EXISTS jobs_of_a_sample ON jobs (task, sample, model, repeat)",
    "CREATE INDEX IF NOT EXISTS jobs_in_order ON jobs (place, state, task, model, usd, output_tokens, latency_s)",
    "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(body, content='', tokenize='trigram')",
)
_EMPTY = tuple(f"DROP TABLE IF EXISTS {name}" for name in ("facts", "jobs", "details", "texts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job in the grid: its state is a verdict, `error` or `ungraded`; US dollars and seconds, None if unknown."""

    task: str
    sample: str
    model: str
    repeat: int
    state: str
    answer: str | None
    usd: float | None
    usd_unknown: str | None
    latency_s: float | None
    output_tokens: int | None


SORTS = {
    "order": "place",
    "cost": "max(usd) DESC",
    "length": "max(output_tokens) DESC",
    "latency": "max(latency_s) DESC",
    "wrong": "sum(state != 'correct') DESC",
}
"""How the grid may be sorted, and the SQL of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the grid is narrowed to; empty means everything. `disagree`: the models' verdicts differ."""

    task: str = ""
    model: str = ""
    state: str = ""
    search: str = ""
    min_usd: float | None = None
    min_tokens: int | None = None
    disagree: bool = False
    sort: str = "order"


class RunIndex:
    """Reads a run's index; `refresh` builds it in a thread where the run has changed."""

    def __init__(self, run: RunDir) -> None:
        self.run = run
        self.data = RunData.load(run)
        self.views = ViewCache(run)
        self._kept_order = lru_cache(maxsize=KEPT_ORDERS)(self._read_order)
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None
        self.path = self._place()
        self._builder: threading.Thread | None = None
        self._lock = threading.Lock()

    def _place(self) -> Path:
        path = self.run.path / FILE
        try:
            self._prepare(path)
            return path
        except sqlite3.Error:  # a folder that cannot be written, or a file that is no index
            self._own_folder = tempfile.TemporaryDirectory(prefix="harness-view-")
            path = Path(self._own_folder.name) / FILE
            self._prepare(path)
            return path

    def _prepare(self, path: Path) -> None:
        with self._connect(path) as base:
            if base.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
                _execute(base, _EMPTY)
            _execute(base, (*_TABLES, f"PRAGMA user_version = {SCHEMA}"))

    @contextlib.contextmanager
    def _connect(self, path: Path | None = None) -> Iterator[sqlite3.Connection]:
        base = sqlite3.connect(path or self.path, timeout=10)
        base.row_factory = sqlite3.Row
        base.execute("PRAGMA journal_mode=WAL")
        try:
            with base:
                yield base
        finally:
            base.close()

    def close(self) -> None:
        """Wait for a build that goes on, and remove what was temporary."""
        self.views.close()
        if self._builder is not None:
            self._builder.join()
        if self._own_folder is not None:
            self._own_folder.cleanup()

    @property
    def built_from(self) -> str:
        """The files that the index was built from; empty while it is incomplete."""
        with self._connect() as base:
            found = base.execute("SELECT value FROM facts WHERE name = 'fingerprint'").fetchone()
        return "" if found is None else str(found[0])

    @property
    def version(self) -> str:
        """Changes when a page would show something else; empty while nothing is complete."""
        return f"{self.built_from} {self.views.version}".strip()

    def refresh(self, *, wait: bool = False) -> None:
        """Build the index anew where the run has changed since; in the background unless `wait`."""
        with self._lock:
            is_building = self._builder is not None and self._builder.is_alive()
            built_from = self.built_from
            if not is_building and built_from != fingerprint(self.run):
                self._builder = threading.Thread(target=self._build, name=f"index {self.run.name}", daemon=True)
                self._builder.start()
        if self._builder is not None:
            self._builder.join(None if wait else LATER_LOOK_S if built_from else FIRST_LOOK_S)

    def _build(self) -> None:
        built_from = fingerprint(self.run)
        data = RunData.load(self.run)
        order = {key: place for place, key in enumerate(data.samples)}
        is_first = not self.built_from
        with self._connect() as base:
            base.execute("BEGIN")  # readers see the index before it until the next commit
            _execute(base, (*_EMPTY, *_TABLES))
            for number, result in enumerate(data.results(), start=1):
                record = record_of(result)
                key = record.task, record.sample_id
                place = order.setdefault(key, len(order))
                _insert(base, number, record, result, place=place, sample=data.samples.get(key))
                if is_first and number % BATCH == 0:
                    base.commit()
            base.execute("INSERT OR REPLACE INTO facts VALUES ('fingerprint', ?)", (built_from,))
        self.data = data

    def counts(self) -> dict[str, int]:
        """Jobs by state."""
        with self._connect() as base:
            return dict(base.execute("SELECT state, count(*) FROM jobs GROUP BY state ORDER BY 2 DESC").fetchall())

    def sample_page(self, filters: Filters, *, start: int, limit: int) -> tuple[int, list[tuple[str, str]]]:
        """How many samples pass the filters, and (task, sample id) of those from `start` on."""
        order = self._order(filters)
        return len(order), self._samples_at(order[start : start + limit])

    def _order(self, filters: Filters) -> array[int]:
        """The places in the run of the samples that pass the filters, sorted; kept while the index is the same."""
        built_from = self.built_from
        return self._kept_order(built_from, filters) if built_from else self._read_order("", filters)

    def _read_order(self, _built_from: str, filters: Filters) -> array[int]:
        where, values = _where(filters)
        having = "HAVING min(state) <> max(state)" if filters.disagree else ""
        order = SORTS.get(filters.sort, SORTS["order"])
        with self._connect() as base:
            found = base.execute(
                f"SELECT place FROM jobs {where} GROUP BY place {having} ORDER BY {order}, place",  # noqa: S608
                values,
            )
            return array("q", (row[0] for row in found))

    def _samples_at(self, places: Sequence[int]) -> list[tuple[str, str]]:
        query = "SELECT task, sample FROM jobs WHERE place = ? LIMIT 1"
        with self._connect() as base:
            return [tuple(row) for place in places for row in base.execute(query, (place,))]

    def jobs_of(self, samples: Sequence[tuple[str, str]]) -> list[JobRow]:
        """Every job of these samples, models and repeats in order."""
        columns = ", ".join(JobRow.__dataclass_fields__)
        with self._connect() as base:
            return [
                JobRow(**row)
                for task, sample in samples
                for row in base.execute(
                    f"SELECT {columns} FROM jobs WHERE task = ? AND sample = ? ORDER BY model, repeat",  # noqa: S608
                    (task, sample),
                )
            ]

    def details(self, task: str, sample: str) -> list[dict[str, Json]]:
        """All that is known of every job of a sample: texts, attempts, grade, bill (`details.detail_of`)."""
        with self._connect() as base:
            rows = base.execute(
                "SELECT detail FROM jobs JOIN details USING (id) WHERE task = ? AND sample = ? ORDER BY model, repeat",
                (task, sample),
            ).fetchall()
        return [json.loads(zlib.decompress(row["detail"])) for row in rows]

    def neighbours(self, task: str, sample: str, filters: Filters) -> tuple[tuple[str, str] | None, ...]:
        """The samples before and after this one under the same filters, in the run's order."""
        with self._connect() as base:
            own = base.execute("SELECT place FROM jobs WHERE task = ? AND sample = ?", (task, sample)).fetchone()
        if own is None:
            return None, None
        order = self._order(replace(filters, sort="order"))
        at = bisect_left(order, own["place"])
        is_in = at < len(order) and order[at] == own["place"]
        after = at + 1 if is_in else at
        sides = order[max(0, at - 1) : at], order[after : after + 1]
        return tuple(next(iter(self._samples_at(side)), None) for side in sides)


def _execute(base: sqlite3.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        base.execute(statement)


def _where(filters: Filters) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    for column, value in (("task", filters.task), ("model", filters.model), ("state", filters.state)):
        if value:
            parts.append(f"{column} = ?")
            values.append(value)
    if filters.min_usd is not None:
        parts.append("usd >= ?")
        values.append(filters.min_usd)
    if filters.min_tokens is not None:
        parts.append("output_tokens >= ?")
        values.append(filters.min_tokens)
    if len(filters.search) >= 3:  # the index knows runs of three characters
        parts.append("id IN (SELECT rowid FROM texts WHERE texts MATCH ?)")
        values.append('"' + filters.search.replace('"', '""') + '"')
    return ("WHERE " + " AND ".join(parts) if parts else ""), values


def _insert(
    base: sqlite3.Connection, number: int, record: JobRecord, result: JobResult, *, place: int, sample: Sample | None
) -> None:
    detail = detail_of(result, sample)
    figures = (
        *(number, record.task, record.sample_id, place, record.label, record.repeat, state_of(record), record.answer),
        *(None if record.spent_usd is None else float(record.spent_usd), record.spent_unknown),
        *(record.total_s, record.completion_tokens),
    )
    base.execute(f"INSERT INTO jobs VALUES ({', '.join('?' * len(figures))})", figures)  # noqa: S608
    packed = zlib.compress(json.dumps(detail).encode(), 6)
    base.execute("INSERT INTO details VALUES (?, ?)", (number, packed))
    accepted = result.call.accepted
    texts = [
        sample.prompt if sample is not None else "",
        "" if accepted is None else accepted.text,
        record.answer or "",
    ]
    base.execute("INSERT INTO texts (rowid, body) VALUES (?, ?)", (number, "\n".join(texts)))


def state_of(record: JobRecord) -> str:
    """A verdict, or `ungraded`, `error`, `open`."""
    if record.verdict is not None:
        return record.verdict.value
    return "ungraded" if record.is_answered else "error" if record.is_finished else "open"
