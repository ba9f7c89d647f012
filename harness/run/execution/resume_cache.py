"""What resuming counted from the log of a run, kept beside it: the next start decodes only the lines that came since.

The file (`resume.cache.bin`) can be deleted at any time. It counts only while the log and the grades begin with exactly
the bytes that it was made from (SHA-256 of all of them), and while manifest and code are the same. Otherwise, and where
it is damaged, the log is decoded from its beginning. Runs of conversations and runs with corrected usage have none.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import msgspec

from harness.store.call_log import LogPosition
from harness.store.code_fingerprint import code_fingerprint
from harness.store.codec import Manifest
from harness.store.corrections import usage_path
from harness.store.file_digest import FileDigest, FilePrefix
from harness.store.run_dir import MANIFEST, RunDir

FILE = "resume.cache.bin"
MIN_BYTES = 1 << 20
"""A smaller log is decoded in a few hundredths of a second."""
MAX_OPEN = 50_000
"""Open jobs, and answers without a grade, above which nothing is kept: those are to be sent, which takes longer."""
COUNTED_BY = ("core/**/*.py", "pricing/**/*.py", "store/*.py", "run/execution/*.py", "facts/prices/*", "facts/*.yaml")
_DIGEST_BYTES = 32


class ModelCounts(msgspec.Struct):
    """Of one model what `ModelProgress` and the sums of its log hold."""

    done: int
    answered: int
    failed: int
    reused: int
    unpriced: int
    completion_tokens: int
    known_usd: Decimal
    priced_usd: Decimal
    unpriced_usd: Decimal
    causes: dict[str, int]
    other_models: dict[str, int]
    ttft_s: list[float]
    verdicts: list[int]


class CountedLog(msgspec.Struct):
    """All that the lines of a log come to, before anything is concluded from their end.

    `ended`, `numbers`, `verdicts`: packed `KeyTable`s. `attempts`, `failures`, `open_sends`: of jobs that are open or
    failed (`CompletedJobs.numbers`, `LogReading`). `ungraded`: the label of each answer without a grade. `learned`: the
    (label, bound, bill) of attempts that cost more than their bound.
    """

    ended: bytes
    numbers: bytes
    verdicts: bytes
    attempts: dict[str, int]
    failures: dict[str, list[bytes]]
    open_sends: dict[str, list[tuple[int, int, int, bytes]]]
    spent_on_open: dict[str, Decimal]
    failed: list[str]
    ungraded: dict[str, str]
    learned: list[tuple[str, Decimal, Decimal]]
    models: dict[str, ModelCounts]


class _File(msgspec.Struct):
    fingerprint: bytes
    segments: list[FilePrefix]
    grades: FilePrefix | None
    counted: CountedLog


@dataclass(slots=True)
class ResumeCache:
    """The file of one run, for one way of counting failed jobs. Use it while the run's lock is held.

    `begin`, `grades_from`: where the log and the grades go on after what `read` gave. `has_grown`: whether there was
    more than that. `is_growing`: the session that holds the lock is writing; this one only counts. `is_torn`:
    a line was read in two halves.
    """

    run: RunDir
    is_kept: bool
    fingerprint: bytes
    is_growing: bool = False
    segments: list[FileDigest] = field(default_factory=list)
    grades: FileDigest | None = None
    has_grown: bool = False
    is_torn: bool = False

    @classmethod
    def of(cls, run: RunDir, manifest: Manifest, *, retry_failed: bool, is_growing: bool = False) -> ResumeCache:
        """The cache of a run; nothing is read or kept where its log is small or is not counted line by line."""
        size = sum(path.stat().st_size for path in run.call_files())
        is_kept = size >= MIN_BYTES and manifest.conversation is None and not usage_path(run).exists()
        digest = hashlib.sha256(f"{code_fingerprint(COUNTED_BY)} {retry_failed}\n".encode())
        digest.update((run.path / MANIFEST).read_bytes())
        return cls(run, is_kept, digest.digest(), is_growing)

    @property
    def path(self) -> Path:
        return self.run.path / FILE

    @property
    def begin(self) -> LogPosition:
        if not self.segments:
            return LogPosition()
        last = self.segments[-1]
        return LogPosition(segment=len(self.segments) - 1, start=last.size, lines=last.lines)

    @property
    def grades_from(self) -> int:
        return 0 if self.grades is None else self.grades.size

    def read(self) -> CountedLog | None:
        """What was counted of the bytes that log and grades still begin with; None where there is no such thing."""
        self.forget()
        if not self.is_kept:
            return None
        try:
            data = self.path.read_bytes()
            if hashlib.sha256(data[_DIGEST_BYTES:]).digest() != data[:_DIGEST_BYTES]:
                return None
            found = msgspec.msgpack.decode(data[_DIGEST_BYTES:], type=_File)
        except (OSError, msgspec.MsgspecError):  # none, half a file, or another's: the log has it all
            return None
        return found.counted if found.fingerprint == self.fingerprint and self._begins_with(found) else None

    def _begins_with(self, found: _File) -> bool:
        files = self.run.call_files()
        if len(found.segments) > len(files):
            return False
        if found.grades is not None:
            if not self.run.grades_path.exists():
                return False
            self.grades = FileDigest.matching(self.run.grades_path, found.grades, may_grow=True)
            if self.grades is None:
                return False
        for place, (path, held) in enumerate(zip(files, found.segments, strict=False), 1):
            # Lines are counted in the order of the segments: only behind the last of them may others have come.
            segment = FileDigest.matching(path, held, may_grow=place == len(found.segments))
            if segment is None:
                self.forget()
                return False
            self.segments.append(segment)
        return True

    def forget(self) -> None:
        """Begin with the first byte of log and grades."""
        self.segments, self.grades = [], None

    def on_log(self, path: Path, block: bytes) -> None:
        """Take in bytes of the log that are being counted."""
        if not self.segments or self.segments[-1].path != path:
            self.segments.append(FileDigest(path))
        self._take_in(self.segments[-1], block)

    def on_grades(self, block: bytes) -> None:
        """The same of the grades."""
        if self.grades is None:
            self.grades = FileDigest(self.run.grades_path)
        self._take_in(self.grades, block)

    def _take_in(self, file: FileDigest, block: bytes) -> None:
        # Written while it was read: neither half of such a line was counted.
        self.is_torn = self.is_torn or not file.ends_line
        file.add(block)
        self.has_grown = True

    def write(self, counted: CountedLog, files: Sequence[Path]) -> None:
        """Keep what all those bytes, of these segments, came to. Where the disk refuses, nothing is kept."""
        if not self.is_kept or self.is_torn:
            return
        if max(len(counted.attempts), len(counted.open_sends), len(counted.ungraded), len(counted.learned)) > MAX_OPEN:
            return
        grades = None if self.grades is None else self.grades.prefix
        read = {one.path: one for one in self.segments}
        segments = [read.get(path, FileDigest(path)).prefix for path in files]  # some are empty
        if self.is_growing and not (segments[-1].ends_line and (grades is None or grades.ends_line)):
            return  # a line was being written; what is kept already is of more use than a count that no file will match
        file = _File(self.fingerprint, segments, grades, counted)
        data = msgspec.msgpack.encode(file)
        partial = self.path.with_name(f"{FILE}.partial")  # one name: what a kill leaves is overwritten
        try:
            partial.write_bytes(hashlib.sha256(data).digest() + data)
            partial.replace(self.path)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
