"""An index of one run beside it: every job in a row of SQLite, so that a page is read from disk and never from the log.

It is built anew when the files of the run have changed; meanwhile pages show the complete index before it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from harness.core.errors import LocalError
from harness.core.types import Json, Sample
from harness.report.run_data.imported import source_verdicts
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobResult, record_of
from harness.store.run_dir import RunDir
from harness.viewer.details import detail_of
from harness.viewer.filters import Filters
from harness.viewer.fingerprint import fingerprint
from harness.viewer.index_file import IndexFile
from harness.viewer.job_state import state_of
from harness.viewer.page_cache import PageCache
from harness.viewer.read_progress import ReadProgress
from harness.viewer.text_html import opening

LOOK_S = 0.05
"""How long a page waits for a new index; then it shows what is there."""
BATCH = 500
"""Jobs between two commits while the first index is built: pages show what is there."""
KEPT_ORDERS = 16
"""Filters whose samples are kept in memory, 8 bytes a sample."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One sample in the grid, with how its prompt begins."""

    task: str
    sample: str
    opening: str

    @property
    def key(self) -> tuple[str, str]:
        """Task and sample id."""
        return self.task, self.sample


class RunIndex:
    """Reads a run's index; `refresh` builds it in a thread where the run has changed."""

    def __init__(self, run: RunDir) -> None:
        self.run = run
        self.manifest = run.manifest()
        self.progress = ReadProgress.of(self.manifest)
        self._file = IndexFile(run.path)
        self.page = PageCache(run, self._file)
        self._kept_order = lru_cache(maxsize=KEPT_ORDERS)(self._read_order)
        self._builder: threading.Thread | None = None
        self._problem: LocalError | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Wait for a build that goes on, and remove what was temporary."""
        self.page.close()
        if self._builder is not None:
            self._builder.join()
        self._file.close()

    @property
    def built_from(self) -> str:
        """The files that the index was built from; empty while it is incomplete."""
        return self._file.built_from

    @property
    def version(self) -> str:
        """Changes when a page would show something else; empty while nothing is complete."""
        return f"{self.built_from} {self.page.version}".strip()

    def refresh(self) -> None:
        """Build the index anew in the background where the run has changed. Raises LocalError for a damaged run."""
        with self._lock:
            is_building = self._builder is not None and self._builder.is_alive()
            if not is_building and self.built_from != fingerprint(self.run):
                self._builder = threading.Thread(target=self._build, name=f"index {self.run.name}", daemon=True)
                self._builder.start()
        if self._builder is not None:
            self._builder.join(LOOK_S)
        if self._problem is not None:
            raise self._problem

    def _build(self) -> None:
        try:
            self._read_jobs()
            self._problem = None
        except LocalError as error:
            self._problem = error

    def _read_jobs(self) -> None:
        built_from = fingerprint(self.run)
        data = RunData.load(self.run)
        self.progress.start()
        is_first, theirs = not self.built_from, source_verdicts(data)
        with self._file.rebuild(built_from) as base:
            order: dict[tuple[str, str], int] = {}
            for key, sample in data.samples.items():
                _insert_sample(base, order, key, sample)
            for number, result in enumerate(data.results(), start=1):
                key = result.call.task, result.call.sample_id
                if key not in order:
                    _insert_sample(base, order, key, None)
                detail = detail_of(result, data.samples.get(key), theirs.get(result.call.key))
                _insert_job(base, number, result, detail, place=order[key])
                self.progress.jobs = number
                if is_first and number % BATCH == 0:
                    base.commit()
        self.manifest = data.manifest

    def sample_page(self, filters: Filters, *, start: int, limit: int) -> tuple[int, list[GridRow]]:
        """How many samples pass the filters, and those from `start` on."""
        order = self._order(filters)
        return len(order), self._samples_at(order[start : start + limit])

    def _order(self, filters: Filters) -> array[int]:
        """The places in the run of the samples that pass the filters, sorted; kept while the index is the same."""
        built_from = self.built_from
        return self._kept_order(built_from, filters) if built_from else self._read_order("", filters)

    def _read_order(self, _built_from: str, filters: Filters) -> array[int]:
        with self._file.connect() as base:
            return array("q", (row[0] for row in base.execute(*filters.sql())))

    def _samples_at(self, places: Sequence[int]) -> list[GridRow]:
        query = "SELECT task, sample, opening FROM samples WHERE place = ?"
        with self._file.connect() as base:
            return [GridRow(**row) for place in places for row in base.execute(query, (place,))]

    def jobs_of(self, samples: Sequence[GridRow]) -> list[JobRow]:
        """Every job of these samples, models and repeats in order."""
        columns = ", ".join(JobRow.__dataclass_fields__)
        query = f"SELECT {columns} FROM jobs WHERE task = ? AND sample = ? ORDER BY model, repeat"  # noqa: S608
        with self._file.connect() as base:
            return [JobRow(**row) for one in samples for row in base.execute(query, one.key)]

    def details(self, task: str, sample: str) -> list[dict[str, Json]]:
        """All that is known of every job of a sample: texts, attempts, grade, bill (`details.detail_of`)."""
        with self._file.connect() as base:
            rows = base.execute(
                "SELECT detail FROM jobs JOIN details USING (id) WHERE task = ? AND sample = ? ORDER BY model, repeat",
                (task, sample),
            ).fetchall()
        return [json.loads(zlib.decompress(row["detail"])) for row in rows]

    def neighbours(self, task: str, sample: str, filters: Filters) -> tuple[GridRow | None, ...]:
        """The samples before and after this one under the same filters, in the run's order."""
        with self._file.connect() as base:
            own = base.execute("SELECT place FROM jobs WHERE task = ? AND sample = ?", (task, sample)).fetchone()
        if own is None:
            return None, None
        order = self._order(replace(filters, sort="order"))
        at = bisect_left(order, own["place"])
        is_in = at < len(order) and order[at] == own["place"]
        after = at + 1 if is_in else at
        sides = order[max(0, at - 1) : at], order[after : after + 1]
        return tuple(next(iter(self._samples_at(side)), None) for side in sides)


def _insert_sample(
    base: sqlite3.Connection, order: dict[tuple[str, str], int], key: tuple[str, str], sample: Sample | None
) -> None:
    order[key] = len(order)
    begins = "" if sample is None else opening(sample.prompt)
    base.execute("INSERT INTO samples VALUES (?, ?, ?, ?)", (order[key], *key, begins))


def _insert_job(
    base: sqlite3.Connection, number: int, result: JobResult, detail: dict[str, Json], *, place: int
) -> None:
    record = record_of(result)
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
        str(detail["prompt"] or ""),
        "" if accepted is None else accepted.shown_text,
        record.answer or "",
    ]
    base.execute("INSERT INTO texts (rowid, body) VALUES (?, ?)", (number, "\n".join(texts)))
