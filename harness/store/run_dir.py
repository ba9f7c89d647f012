"""One run, one folder: which files it has, and that only one process at a time spends money for it.

manifest.json    the request: tasks, endpoints, prices, settings
samples.jsonl    the samples as they were asked
calls-N.jsonl    every attempt; the only file that cost money; calls-N.NODE.jsonl came from a node's own disk (leases)
leases.jsonl     which positions such nodes were given
grades.jsonl     grades; the last line of a key counts
opinions.jsonl   another grader's results on the same answers (harness grade second-opinion)
reviews.jsonl    persons' decisions on them (harness grade review)
batches.jsonl    its batches at the providers, step by step (batches)
control.jsonl    commands of harness control and what the run did about them (control)
usage.jsonl      usage parsed again by a corrected dialect; the last line of an attempt counts (corrections)
report.md
store.json       the store that the folder is uploaded to (remote.link)
resume.cache.bin  what resuming counted from the log (run.execution.resume_cache); can be deleted at any time
jobs.cache.parquet  the jobs in columns (report.run_data.cache); can be deleted at any time
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.core.errors import HarnessError, LocalError, UsageError, reason
from harness.core.plurals import counted
from harness.core.types import Sample
from harness.store.codec import (
    SCHEMA_VERSION,
    EndLine,
    GradeLine,
    Manifest,
    OpinionLine,
    OutcomeLine,
    ReviewLine,
    SampleLine,
    decode,
    encode,
    encode_pretty,
)
from harness.store.leases import leased_segments, segment_number
from harness.store.log import read_lines, write_whole
from harness.store.outcome_fields import GradeFields, decode_grade_fields, grade_fields
from harness.store.remote.address import COLUMNS_ONLY, is_collapsed_address
from harness.store.segment_lock import held_among

MANIFEST = "manifest.json"
RESULTS = Path("results")
"""Where runs go unless --results says otherwise."""


class RunDir:
    """The folder of a run and its files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(
        cls,
        path: Path,
        manifest: Manifest,
        samples: Iterator[SampleLine],
        *,
        reused: Iterator[OutcomeLine | EndLine] = iter(()),  # noqa: B008 - an empty iterator has no state to share
    ) -> RunDir:
        """Make the folder with its samples, the answers `reused` from earlier runs, and last the manifest.

        A folder without a manifest is no run, so a crash on the way leaves none. Raises LocalError where it cannot be
        done, UsageError for the address of a store.
        """
        if is_collapsed_address(path):
            raise UsageError(
                f"{path}: this is written to a folder; harness runs push uploads it to a store (harness run and "
                "harness speed do it themselves)"
            )
        try:
            path.mkdir(parents=True, exist_ok=False)
        except FileExistsError:
            raise LocalError(f"{path} exists already: name another --name, or resume it with --resume {path}") from None
        except OSError as error:
            raise LocalError(f"cannot make the run folder {path}: {error.strerror or error}") from error
        try:
            _write_lines(path / "samples.jsonl", samples)
            _write_lines(path / "calls-0.jsonl", reused)
            # Last: a folder without it is no run, so a crash before this line leaves nothing that could be resumed by
            # mistake.
            write_whole(path / MANIFEST, encode_pretty(manifest))
        except HarnessError:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunDir:
        """An existing run: its folder, or the name of a folder in results/. Raises UsageError where there is none."""
        for folder in (path, RESULTS / path) if len(path.parts) == 1 else (path,):
            if is_run_folder(folder):
                return cls(folder)
        if is_collapsed_address(path):
            raise UsageError(f"{path} is in a store: this command works in a folder; harness runs pull brings it here")
        found = f"there is no such folder with a {MANIFEST}"
        if path.exists():
            found = f"it has no {MANIFEST}" if path.is_dir() else "it is a file"
        beside = path.parent if path.parent != Path() else RESULTS
        runs = [folder.name for folder in run_folders(beside)][-5:]
        hint = f"; runs in {beside}: {', '.join(runs)}" if runs else ""
        raise UsageError(f"{path} is not a run folder: {found}{hint}")

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_columns_only(self) -> bool:
        """Whether the folder lacks its log, because its jobs are read in columns from a store."""
        return (self.path / COLUMNS_ONLY).exists()

    @property
    def grades_path(self) -> Path:
        return self._with_log() / "grades.jsonl"

    @property
    def opinions_path(self) -> Path:
        return self.path / "opinions.jsonl"

    @property
    def reviews_path(self) -> Path:
        return self.path / "reviews.jsonl"

    def manifest(self) -> Manifest:
        """Raises LocalError when the file was written by another version or damaged."""
        file = self.path / MANIFEST
        try:
            manifest = decode(Manifest, file.read_bytes())
        except OSError as error:
            raise LocalError(f"cannot read {file}: {error.strerror or error}") from error
        except ValueError as error:
            raise LocalError(f"{file}: {error}") from error
        if manifest.schema_version != SCHEMA_VERSION:
            raise LocalError(
                f"{file}: written by harness {manifest.harness_version} in schema {manifest.schema_version}; this one "
                f"reads schema {SCHEMA_VERSION}"
            )
        return manifest

    def rewrite_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest whole."""
        write_whole(self.path / MANIFEST, encode_pretty(manifest))

    def samples(self) -> dict[tuple[str, str], Sample]:
        """The samples of the run by (task, sample id), in the order they are asked. Raises LocalError for damage."""
        file = self._with_log() / "samples.jsonl"
        try:
            lines = [decode(SampleLine, line) for _, line in read_lines(file)]
        except (OSError, ValueError) as error:
            raise LocalError(f"{file}: {reason(error)}; without its samples a run cannot go on") from error
        return {(line.task, line.sample.id): line.sample for line in lines}

    def call_files(self) -> list[Path]:
        """The segments of the call log in the order they were begun."""
        found = [path for path in self._with_log().glob("calls-*.jsonl") if segment_number(path.name) is not None]
        # By number: by name calls-10 would come before calls-9.
        return sorted(found, key=lambda path: segment_number(path.name) or 0)

    def next_call_file(self) -> Path:
        """Where a new writer writes."""
        return self.call_file(self.next_segment())

    def next_segment(self) -> int:
        """The first number of a segment from which on none is taken."""
        names = {path.name for path in self.call_files()} | leased_segments(self.path)
        return max([segment_number(name) or 0 for name in names], default=-1) + 1

    def call_file(self, number: int) -> Path:
        """The segment of that number."""
        return self.path / f"calls-{number}.jsonl"

    def grade_lines(self) -> Iterator[GradeLine]:
        """Every grade in the order it was written. A damaged line is skipped: grading again is free."""
        if self.grades_path.exists():
            for _, line in read_lines(self.grades_path):
                try:
                    yield decode(GradeLine, line)
                except ValueError:
                    continue

    def grades(self) -> dict[str, GradeLine]:
        """The valid grade by key: the last line written."""
        return {line.key: line for line in self.grade_lines()}

    def grade_fields(
        self, *, start: int = 0, on_block: Callable[[bytes], None] | None = None
    ) -> Iterator[tuple[str, GradeFields]]:
        """As `grade_lines`, by key those fields that sums are made of; from a byte on (`read_lines`)."""
        if self.grades_path.exists():
            for _, line in read_lines(self.grades_path, start=start, on_block=on_block):
                fields = decode_grade_fields(line)
                if fields is None:
                    try:
                        fields = grade_fields(encode(decode(GradeLine, line)))  # of an earlier schema
                    except ValueError:
                        continue
                yield fields.key, fields.grade

    def opinions(self) -> dict[str, OpinionLine]:
        """The second opinion by key: the last line written. A damaged line is left out: grading again is free."""
        found: dict[str, OpinionLine] = {}
        if self.opinions_path.exists():
            for _, line in read_lines(self.opinions_path):
                with suppress(ValueError):
                    opinion = decode(OpinionLine, line)
                    found[opinion.key] = opinion
        return found

    def reviews(self) -> dict[str, ReviewLine]:
        """A person's decision by key: the last line written. Raises LocalError for a damaged line."""
        found: dict[str, ReviewLine] = {}
        if self.reviews_path.exists():
            for number, line in read_lines(self.reviews_path):
                try:
                    review = decode(ReviewLine, line)
                except ValueError as error:
                    raise LocalError(f"{self.reviews_path}: line {number}: {error}") from error
                found[review.key] = review
        return found

    def _with_log(self) -> Path:
        """The folder, with its log fetched where it is not here yet. Raises StoreError where that fails."""
        if self.is_columns_only:
            from harness.store.remote.columns_copy import fetch_log  # fsspec, for such copies alone

            fetch_log(self.path)
        return self.path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for writing. Raises LocalError when another process holds it: two would pay twice."""
        try:
            file = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise LocalError(f"cannot lock {self.path}: {error.strerror or error}") from error
        try:
            try:
                # The kernel gives the lock back when the process ends, however it ends (flock(2)): a file with a pid
                # would stay behind.
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LocalError(f"{self.path} is in use by another process; wait for it or stop it") from None
            if held := held_among(self.call_files()):  # workers finish what they sent when their session was killed
                workers = counted(len(held), "worker process", "worker processes")
                raise LocalError(
                    f"{self.path} is in use by {workers} of an earlier session; wait until their requests in flight end"
                )
            yield
        finally:
            os.close(file)

    def is_locked(self) -> bool:
        """Whether a process holds the run for writing now."""
        try:
            file = os.open(self.path / ".lock", os.O_RDONLY)
        except OSError:  # never held, or not readable
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False


def subfolders(results: Path) -> list[Path]:
    """The folders directly below `results`, by name; hidden ones are left out."""
    return sorted(path for path in results.glob("*/") if not path.name.startswith("."))


def run_folders(results: Path) -> list[Path]:
    """Those of them that hold a run."""
    return [path for path in subfolders(results) if is_run_folder(path)]


def is_run_folder(path: Path) -> bool:
    """Whether the folder holds a run."""
    return (path / MANIFEST).is_file()


def _write_lines(path: Path, lines: Iterator[SampleLine] | Iterator[OutcomeLine | EndLine]) -> None:
    """Write a synced file, none at all where there are no lines. Raises LocalError when the disk refuses."""
    try:
        for line in lines:
            with path.open("wb") as file:
                file.write(encode(line))
                for following in lines:
                    file.write(encode(following))
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror or error}") from error
