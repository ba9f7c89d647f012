"""The SQLite file beside a run that the viewer's pages are read from.

`viewer.sqlite` in the run folder holds the figures of each job, its texts (compressed), a full-text index, and the page
of the run as it was last written. It is derived and may be deleted; where the folder cannot be written it lives in a
temporary folder.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

FILE = "viewer.sqlite"
SCHEMA = 3
"""Raise it when the tables change."""
_JOBS = (
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT)",
    "CREATE TABLE IF NOT EXISTS samples (place INTEGER PRIMARY KEY, task TEXT, sample TEXT, opening TEXT)",
    "CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, task TEXT, sample TEXT, place INTEGER, model TEXT, "
    "repeat INTEGER, state TEXT, answer TEXT, usd REAL, usd_unknown TEXT, latency_s REAL, output_tokens INTEGER)",
    "CREATE TABLE IF NOT EXISTS details (id INTEGER PRIMARY KEY, detail BLOB)",
    "CREATE INDEX IF NOT EXISTS jobs_of_a_sample ON jobs (task, sample, model, repeat)",
    "CREATE INDEX IF NOT EXISTS jobs_in_order ON jobs (place, state, task, model, usd, output_tokens, latency_s)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(body, content='', tokenize='trigram')",
)
_PAGES = "CREATE TABLE IF NOT EXISTS run_pages (language TEXT PRIMARY KEY, fingerprint TEXT, body TEXT)"
_NO_JOBS = tuple(f"DROP TABLE IF EXISTS {name}" for name in ("facts", "samples", "jobs", "details", "texts"))


class IndexFile:
    """The file of one run, with its tables made."""

    def __init__(self, folder: Path) -> None:
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None
        self.path = folder / FILE
        try:
            self._prepare()
        except sqlite3.Error:  # a folder that cannot be written, or a file that is no index
            self._own_folder = tempfile.TemporaryDirectory(prefix="harness-view-")
            self.path = Path(self._own_folder.name) / FILE
            self._prepare()

    def _prepare(self) -> None:
        with self.connect() as base:
            if base.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
                _execute(base, (*_NO_JOBS, "DROP TABLE IF EXISTS run_pages"))
            _execute(base, (*_JOBS, _PAGES, f"PRAGMA user_version = {SCHEMA}"))

    @contextlib.contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """A connection that commits at the end."""
        base = sqlite3.connect(self.path, timeout=10)
        base.row_factory = sqlite3.Row
        base.execute("PRAGMA journal_mode=WAL")
        try:
            with base:
                yield base
        finally:
            base.close()

    @property
    def built_from(self) -> str:
        """The fingerprint of the files that the jobs are of; empty while they are incomplete."""
        with self.connect() as base:
            found = base.execute("SELECT value FROM facts WHERE name = 'fingerprint'").fetchone()
        return "" if found is None else str(found[0])

    @contextlib.contextmanager
    def rebuild(self, built_from: str) -> Iterator[sqlite3.Connection]:
        """Take in all jobs anew; readers see those before them until the first commit."""
        with self.connect() as base:
            base.execute("BEGIN")
            _execute(base, (*_NO_JOBS, *_JOBS))
            yield base
            base.execute("INSERT OR REPLACE INTO facts VALUES ('fingerprint', ?)", (built_from,))

    def run_page(self, language: str) -> tuple[str, str] | None:
        """Fingerprint and HTML of the page of the run as it was last written."""
        query = "SELECT fingerprint, body FROM run_pages WHERE language = ?"
        with self.connect() as base:
            found = base.execute(query, (language,)).fetchone()
        return None if found is None else (found["fingerprint"], found["body"])

    def keep_run_page(self, language: str, fingerprint: str, body: str) -> None:
        """Write the page of the run down, for this process and the next."""
        with self.connect() as base:
            base.execute("INSERT OR REPLACE INTO run_pages VALUES (?, ?, ?)", (language, fingerprint, body))

    def close(self) -> None:
        """Remove what was temporary."""
        if self._own_folder is not None:
            self._own_folder.cleanup()


def _execute(base: sqlite3.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        base.execute(statement)
