"""The jobs of a run in columns, kept beside its log: what every report reads, derived once.

`python -m benchmarks.large_reports` says what it saves. It can be deleted at any time, and it counts only while the
files of the run, the price rows, and the code that made it are the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.report.run_data.columns import FLAGS, INTEGERS, SECONDS, JobColumns
from harness.report.run_data.lost import LostAttempts
from harness.report.run_data.records import JobRecord
from harness.store.code_fingerprint import code_fingerprint
from harness.store.codec import SentLine, decode_call_line, encode
from harness.store.corrections import usage_path
from harness.store.run_dir import MANIFEST, RunDir

if TYPE_CHECKING:
    import pyarrow.parquet as pq

FILE = "jobs.cache.parquet"
MIN_JOBS = 2_000
"""Smaller runs are read from their log in less time than the file takes to open."""
CODED = [name for name in JobRecord._fields if name not in INTEGERS | FLAGS | SECONDS | {"key"}]
"""Columns of texts that repeat."""
DERIVED_BY = (
    "core/**/*.py", "pricing/**/*.py", "store/*.py", "report/run_data/*.py", "facts/prices/*", "facts/*.yaml",
)  # fmt: skip


class JobCache:
    """The file of one run. It is bound to what the folder held when this object was made."""

    def __init__(self, run: RunDir) -> None:
        self.path = run.path / FILE
        self._fingerprint = _fingerprint(run)

    def read(self) -> tuple[Iterator[JobColumns], LostAttempts] | None:
        """The jobs in the order of the log, and the attempts without an outcome; None where there is no valid file."""
        if not self.path.is_file():
            return None
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(self.path, read_dictionary=CODED)
            held = file.metadata.metadata or {}
            if held.get(b"fingerprint") != self._fingerprint.encode():
                file.close()
                return None
            lost = decoded_lost(held[b"lost"])
        except (OSError, KeyError, ValueError, pa.ArrowException):
            return None  # half a file, or another's: the log has it all
        return _blocks(file), lost

    def writer(self) -> CacheWriter:
        """Takes the jobs of a pass over the log."""
        return CacheWriter(self.path, self._fingerprint)


class CacheWriter:
    """Writes jobs block by block; the file has its name only once all are in. Where the disk refuses there is none."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}.{os.getpid()}-{id(self)}.partial")  # several may write at once
        self._fingerprint = fingerprint
        self._file: pq.ParquetWriter | None = None
        self._is_refused = False

    def add(self, jobs: JobColumns) -> None:
        """Take in a block of jobs."""
        if self._is_refused:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        batch = pa.RecordBatch.from_arrays([jobs.array(name) for name in JobRecord._fields], list(JobRecord._fields))
        try:
            if self._file is None:
                self._file = pq.ParquetWriter(self._partial, batch.schema, compression="zstd", compression_level=1)
            self._file.write_batch(batch)
        except (OSError, pa.ArrowException):
            self.give_up()

    def finish(self, lost: LostAttempts) -> None:
        """Put the file in its place, once every job has been added."""
        if self._file is None or self._is_refused:
            return
        import pyarrow as pa

        try:
            self._file.add_key_value_metadata({"fingerprint": self._fingerprint, "lost": _encoded_lost(lost)})
            self._file.close()
            self._partial.replace(self._path)
        except (OSError, pa.ArrowException):
            self.give_up()

    def give_up(self) -> None:
        """Leave no file behind: the pass over the log did not reach its end, or the disk refused."""
        self._is_refused = True
        with contextlib.suppress(OSError):
            self._partial.unlink(missing_ok=True)


def _blocks(file: Any) -> Iterator[JobColumns]:
    with file:
        for number in range(file.num_row_groups):
            yield JobColumns(file.metadata.row_group(number).num_rows, partial(_column, file, number))


def _column(file: Any, block: int, name: str) -> Any:
    return file.read_row_group(block, columns=[name], use_threads=False).column(0).combine_chunks()


def _encoded_lost(lost: LostAttempts) -> bytes:
    keys = [head.key for head, _ in lost.without_record]
    return json.dumps({"without_record": keys, "sent": [encode(one).decode() for one in lost.sent]}).encode()


def decoded_lost(text: bytes) -> LostAttempts:
    """The attempts as the file holds them. Raises ValueError for another text."""
    held = json.loads(text)
    sent = [line for line in (decode_call_line(one.encode()) for one in held["sent"]) if isinstance(line, SentLine)]
    return LostAttempts.of(sent, with_record={one.head.key for one in sent} - set(held["without_record"]))


def _fingerprint(run: RunDir) -> str:
    """Of everything that the jobs are derived from; the files of the run by name, size and time of change."""
    digest = hashlib.blake2b(code_fingerprint(DERIVED_BY).encode(), digest_size=16)
    digest.update(Path(run.path / MANIFEST).read_bytes())
    # Not by their content: to read it would cost what the cache saves.
    for path in (*run.call_files(), run.grades_path, usage_path(run)):
        if path.exists():
            found = path.stat()
            digest.update(f"{path.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
