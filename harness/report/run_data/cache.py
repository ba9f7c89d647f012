"""The jobs of a run in columns, kept beside its log: what every report reads, derived once.

`python -m benchmarks.large_reports` says what it saves. It can be deleted at any time, and it counts only while the
files of the run, the price rows, and the code that made it are the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.types import FailureKind, Verdict
from harness.report.run_data.lost import LostAttempts
from harness.report.run_data.records import ChargeComparison, JobRecord
from harness.store.codec import SentLine, decode_call_line, encode
from harness.store.corrections import usage_path
from harness.store.run_dir import MANIFEST, RunDir

if TYPE_CHECKING:
    import pyarrow.parquet as pq

FILE = "jobs.cache.parquet"
MIN_JOBS = 2_000
"""Smaller runs are read from their log in less time than the file takes to open."""
BATCH = 16_384
HARNESS = Path(__file__).resolve().parents[2]
DERIVED_BY = ("core/*.py", "pricing/*.py", "store/*.py", "report/run_data/*.py", "facts/prices/*", "facts/*.yaml")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class JobCache:
    """The file of one run. It is bound to what the folder held when this object was made."""

    def __init__(self, run: RunDir) -> None:
        self.path = run.path / FILE
        self._fingerprint = _fingerprint(run)

    def read(self) -> tuple[Iterator[JobRecord], LostAttempts] | None:
        """The jobs in the order of the log, and the attempts without an outcome; None where there is no valid file."""
        if not self.path.is_file():
            return None
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            file = pq.ParquetFile(self.path)
            held = file.metadata.metadata or {}
            if held.get(b"fingerprint") != self._fingerprint.encode():
                file.close()
                return None
            lost = _decoded_lost(held[b"lost"])
        except (OSError, KeyError, ValueError, pa.ArrowException):
            return None  # half a file, or another's: the log has it all
        return _records(file), lost

    def writer(self) -> CacheWriter:
        """Takes the jobs of a pass over the log."""
        return CacheWriter(self.path, self._fingerprint)


class CacheWriter:
    """Writes jobs in batches; the file has its name only once all are in. Where the disk refuses there is no file."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}.{os.getpid()}-{id(self)}.partial")  # several may write at once
        self._fingerprint = fingerprint
        self._rows: list[JobRecord] = []
        self._file: pq.ParquetWriter | None = None
        self._is_refused = False

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        self._rows.append(record)
        if len(self._rows) == BATCH:
            self._flush()

    def finish(self, lost: LostAttempts) -> None:
        """Put the file in its place, once every job has been added."""
        if self._file is None and len(self._rows) < MIN_JOBS:
            return
        self._flush()
        import pyarrow as pa

        try:
            if self._file is not None and not self._is_refused:
                self._file.add_key_value_metadata({"fingerprint": self._fingerprint, "lost": _encoded_lost(lost)})
                self._file.close()
                self._partial.replace(self._path)
        except (OSError, pa.ArrowException):
            self.give_up()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows, self._rows = self._rows, []
        if self._is_refused or not rows:
            return
        arrays = [
            pa.array(map(_TO_FILE[name], column) if name in _TO_FILE else column, _arrow_type(name, pa))
            for name, column in zip(JobRecord._fields, zip(*rows, strict=True), strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(arrays, names=list(JobRecord._fields))
        try:
            if self._file is None:
                self._file = pq.ParquetWriter(self._partial, batch.schema, compression="zstd", compression_level=1)
            self._file.write_batch(batch)
        except (OSError, pa.ArrowException):
            self.give_up()

    def give_up(self) -> None:
        """Leave no file behind: the pass over the log did not reach its end, or the disk refused."""
        self._is_refused = True
        with contextlib.suppress(OSError):
            self._partial.unlink(missing_ok=True)


def _records(file: Any) -> Iterator[JobRecord]:
    with file:
        for batch in file.iter_batches(batch_size=BATCH):
            columns = [
                map(_FROM_FILE[name], batch.column(name).to_pylist())
                if name in _FROM_FILE
                else batch.column(name).to_pylist()
                for name in JobRecord._fields
            ]
            yield from map(JobRecord._make, zip(*columns, strict=True))


INTEGERS = frozenset(
    {"repeat", "attempts", "turns", "tool_calls", "started_at"}
    | {name for name in JobRecord._fields if name.endswith("_tokens")}
)
FLAGS = frozenset(name for name in JobRecord._fields if name.startswith("is_") or name == "spent_is_bound")
SECONDS = frozenset(name for name in JobRecord._fields if name.endswith(("_s", "_share")))


def _arrow_type(name: str, arrow: Any) -> Any:
    # Types are stated and not inferred: a batch in which a column is None throughout would get the type null.
    if name in INTEGERS:
        return arrow.int64()
    if name in FLAGS:
        return arrow.bool_()
    return arrow.float64() if name in SECONDS else arrow.string()


def _decimal_text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _charge_text(charge: ChargeComparison | None) -> str | None:
    return None if charge is None else json.dumps(charge, default=str)


def _charge(text: str | None) -> ChargeComparison | None:
    if text is None:
        return None
    ours, reported, is_bound, notes, cause = json.loads(text)
    return ChargeComparison(Decimal(ours), Decimal(reported), is_bound, tuple(notes), cause)


def _microseconds(at: datetime | None) -> int | None:
    # Whole microseconds are exact both ways; a float of seconds need not be.
    return None if at is None else (at - EPOCH) // MICROSECOND


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


@cache
def _kinds(text: str) -> tuple[FailureKind, ...]:
    return tuple(map(FailureKind, text.split(","))) if text else ()


_VERDICTS: dict[str | None, Verdict | None] = {None: None, **{verdict.value: verdict for verdict in Verdict}}
_AMOUNTS = ("spent_usd", "spent_known_usd", "accepted_usd", "provider_charge_usd")
_TO_FILE: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys(_AMOUNTS, _decimal_text),
    "failures": lambda kinds: ",".join(kind.value for kind in kinds),
    "verdict": lambda verdict: None if verdict is None else verdict.value,
    "started_at": _microseconds,
    "charge": _charge_text,
}
_FROM_FILE: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys(_AMOUNTS, _decimal),
    "failures": _kinds,
    "verdict": _VERDICTS.__getitem__,
    "started_at": _instant,
    "charge": _charge,
}


def _encoded_lost(lost: LostAttempts) -> bytes:
    keys = [head.key for head, _ in lost.without_record]
    return json.dumps({"without_record": keys, "sent": [encode(one).decode() for one in lost.sent]}).encode()


def _decoded_lost(text: bytes) -> LostAttempts:
    held = json.loads(text)
    sent = [line for line in (decode_call_line(one.encode()) for one in held["sent"]) if isinstance(line, SentLine)]
    return LostAttempts.of(sent, with_record={one.head.key for one in sent} - set(held["without_record"]))


def _fingerprint(run: RunDir) -> str:
    """Of everything that the jobs are derived from; the files of the run by name, size and time of change."""
    digest = hashlib.blake2b(_code_fingerprint().encode(), digest_size=16)
    digest.update(Path(run.path / MANIFEST).read_bytes())
    # Not by their content: to read it would cost what the cache saves.
    for path in (*run.call_files(), run.grades_path, usage_path(run)):
        if path.exists():
            found = path.stat()
            digest.update(f"{path.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@cache
def _code_fingerprint() -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(found for pattern in DERIVED_BY for found in HARNESS.glob(pattern)):
        # A corrected rule of pricing must not meet amounts that the old one computed.
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
