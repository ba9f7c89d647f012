"""Append-only line files that survive a crash: group commits with fsync, an unfinished last line cut off on open.

A writer's `put` hands a line to the operating system at once and returns a future that is done once the line is
synced; many lines share one fsync. `append` waits for it, `append_soon` does not ask. A `GatheringWriter` also shares
writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.core.errors import LocalError

# 20 ms is small beside any answer; an fsync for each line would hold hundreds of parallel answers up one by one.
COMMIT_EVERY_S = 0.02
_READ_BYTES = 1 << 17
"""Read at a time: with Python's own 8 KiB, three lines of a call log, reading takes twice the CPU."""


class LogWriter:
    """Writes one segment. One writer per file; other processes write segments of their own.

    Lines go to the operating system at once, so a killed process loses none; the fsync that a power cut needs follows
    within `commit_every_s` seconds. A line that the disk refuses is kept and tried again on close.
    """

    def __init__(self, path: Path, *, commit_every_s: float = COMMIT_EVERY_S) -> None:
        self.path = path
        try:
            repair_tail(path)
            # unbuffered: what write() took is the operating system's, and a killed process loses none of it
            self._file = path.open("ab", buffering=0)
            sync_folder(path.parent)
        except OSError as error:
            raise LocalError(f"cannot open {path} for writing: {error.strerror or error}") from error
        self._commit_every_s = commit_every_s
        self._size = self._file.tell()
        self._refused: list[bytes] = []
        self._doubtful: list[bytes] = []
        self._waiters: list[tuple[asyncio.Future[None], bytes]] = []
        self._commit: asyncio.Task[None] | None = None
        # A thread of its own: the loop's shared ones also look up host names, and a dead name server holds them all.
        self._syncing = ThreadPoolExecutor(1, thread_name_prefix=f"sync {path.name}")

    def append_soon(self, line: bytes) -> None:
        """Hand a line to the operating system; the next commit syncs it. Raises LocalError when the disk refuses."""
        try:
            self._write(line)
        except OSError as error:
            raise LocalError(f"cannot write {self.path}: {error.strerror or error}") from error

    def put(self, line: bytes) -> asyncio.Future[None]:
        """Hand a line to the operating system now, without any chance of being interrupted; the future is its sync.

        Raises LocalError when the disk refuses, and so does the future; the line is then kept for `close`.
        """
        try:
            self._write(line)
        except OSError as error:
            self._refused.append(line)
            raise LocalError(f"cannot write {self.path}: {error.strerror or error}") from error
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((future, line))
        # One commit at a time: it loops while lines arrive, so none is left without a sync.
        if self._commit is None or self._commit.done():
            self._commit = asyncio.create_task(self._commit_all(), name=f"commit {self.path.name}")
        return future

    async def append(self, line: bytes) -> None:
        """Return once the line is synced. Raises LocalError when the disk refuses; the line is kept for `close`."""
        await asyncio.shield(self.put(line))  # a cancelled caller must not cancel the commit that others wait for

    async def _commit_all(self) -> None:
        while self._waiters:  # lines that came during the sleep or the fsync are for the next round
            await asyncio.sleep(self._commit_every_s)
            # Taken before the fsync: a line that is written during it may not be covered by it and waits for the next.
            waiters, self._waiters = self._waiters, []
            failed: LocalError | None = None
            try:
                await self._sync()
            except OSError as error:
                failed = LocalError(f"cannot sync {self.path}: {error.strerror or error}")
                # Linux may drop pages that it failed to write, and the next fsync then succeeds without them
                # (PostgreSQL wiki, "Fsync Errors", 2018): these lines are doubtful for good.
                self._doubtful += [line for _, line in waiters]
            for waiter, _ in waiters:
                if waiter.done():
                    continue
                if failed is None:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(failed)
                    waiter.exception()  # whoever was cancelled asks no more; an unasked exception would be reported

    async def _sync(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._syncing, os.fsync, self._file.fileno())

    def _write(self, line: bytes) -> None:
        """Write whole or leave the file as it was: half a line in the middle could not be told from damage."""
        try:
            written = self._file.write(line) or 0
            while written < len(line):
                # A raw file may take a part of the bytes (io.RawIOBase.write), as on a disk that is nearly full.
                written += self._file.write(memoryview(line)[written:]) or 0
        except OSError:
            with contextlib.suppress(OSError):  # a device cannot be shortened; the refusal is what matters
                self._file.truncate(self._size)
            raise
        self._size += len(line)

    async def close(self) -> None:
        """Sync and close; lines refused earlier are tried again.

        Raises LocalError when the disk still refuses: it names the file elsewhere that holds those lines.
        """
        if self._commit is not None:
            await asyncio.gather(self._commit, return_exceptions=True)
        try:
            if self._refused:
                self._write(b"".join(self._refused))
            await self._sync()
            self._refused = []
        except OSError as error:
            raise LocalError(self._rescue(error.strerror or str(error))) from error
        finally:
            self._file.close()
            self._syncing.shutdown(wait=False)
        if self._doubtful:
            raise LocalError(self._rescue("an earlier sync failed"))

    def _rescue(self, why: str) -> str:
        what = f"cannot write {self.path}: {why}"
        lines = self._doubtful + self._refused
        if not lines:
            return what
        data = b"".join(lines)
        saved = _save_elsewhere(data, self.path)
        count = f"{len(lines)} paid outcomes are" if len(lines) > 1 else "1 paid outcome is"
        if saved is None:
            return (
                f"{what}; no other folder takes them either, so {count} here: append to {self.path.name} before "
                f"resuming\n{data.decode()}"
            )
        return f"{what}; {count} in {saved}: append that file to {self.path.name} before resuming"


class GatheringWriter(LogWriter):
    """Writes the lines of one turn of the event loop together: for lines that can be made again, as grades.

    A killed process loses those of its last turn.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._gathered: list[bytes] = []
        self._failed: LocalError | None = None

    def append_soon(self, line: bytes) -> None:
        """Write a line at the end of this turn. Raises LocalError when the disk refused those of an earlier one."""
        if self._failed is not None:
            raise self._failed
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._write_gathered)
        self._gathered.append(line)

    def _write_gathered(self) -> None:
        lines, self._gathered = self._gathered, []
        if not lines:
            return
        try:
            super().append_soon(b"".join(lines))
        except LocalError as error:
            self._failed = error

    async def close(self) -> None:
        """Write, sync and close. Raises LocalError when the disk refused any line."""
        self._write_gathered()
        await super().close()
        if self._failed is not None:
            raise self._failed


def _save_elsewhere(data: bytes, path: Path) -> Path | None:
    """Keep the lines in the first folder that takes them; None when none does."""
    folders = dict.fromkeys((tempfile.gettempdir(), str(Path.home()), str(Path.cwd()), "/dev/shm", "/var/tmp"))  # noqa: S108
    # Other file systems than the one that is full or broken: the answers are paid for, and memory ends with the
    # process.
    for folder in folders:
        try:
            with tempfile.NamedTemporaryFile(
                prefix=f"harness-rescued-{path.stem}-", suffix=".jsonl", dir=folder, delete=False
            ) as file:
                saved = Path(file.name)
                try:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    saved.unlink()
                    raise
        except OSError:
            continue
        return saved
    return None


def last_line(path: Path) -> bytes:
    """What stands after the last newline of a file; empty when the file ends with one or is missing."""
    if not path.exists():
        return b""
    with path.open("rb") as file:
        keep = size = file.seek(0, os.SEEK_END)
        while keep > 0:
            start = max(0, keep - 65536)
            file.seek(start)
            newline = file.read(keep - start).rfind(b"\n")
            if newline >= 0:
                file.seek(start + newline + 1)
                return file.read(size)
            keep = start
        file.seek(0)
        return file.read(size)


def is_whole(line: bytes) -> bool:
    """Whether a line without its newline is all there: no beginning of a JSON object is a JSON object itself."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def partial_tail_bytes(path: Path) -> int:
    """How long the unfinished last line of a file is; 0 when the last line is whole or the file is missing."""
    tail = last_line(path)
    return 0 if is_whole(tail) else len(tail)


def repair_tail(path: Path) -> int:
    """End the file with a whole line: add a newline that alone is missing, or cut an unfinished line off.

    Returns how many bytes were cut.
    """
    tail = last_line(path)
    if not tail:
        return 0
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        if is_whole(tail):  # only the newline is missing: the line was paid for and stays
            file.write(b"\n")
            cut = 0
        else:
            file.truncate(end - len(tail))
            cut = len(tail)
        file.flush()
        os.fsync(file.fileno())
    return cut


def read_lines(
    path: Path, *, start: int = 0, on_block: Callable[[bytes], None] | None = None
) -> Iterator[tuple[int, bytes]]:
    """(line number from 1, line without newline) of every whole line; as `read_line_blocks` has them."""
    for first, lines in read_line_blocks(path, start=start, on_block=on_block):
        yield from enumerate(lines, first)


def read_line_blocks(
    path: Path, *, start: int = 0, on_block: Callable[[bytes], None] | None = None
) -> Iterator[tuple[int, list[bytes]]]:
    """(number of the first from 1, lines without newlines) of every whole line; an unfinished last line is left out.

    `start`: the byte to begin at, where a line starts; numbers count from there. `on_block` is told of all bytes read,
    before the lines that end in them come.
    """
    number = 1
    with path.open("rb", buffering=_READ_BYTES) as file:
        file.seek(start)
        while lines := file.readlines(_READ_BYTES):
            if on_block is not None:
                on_block(b"".join(lines))
            rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
            yield number, [line[:-1] for line in lines]
            number += len(lines)
            if is_whole(rest):
                yield number, [rest]


def sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power cut, where the file system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file at once or not at all. Raises LocalError when the disk refuses."""
    partial = path.with_name(path.name + ".partial")
    try:
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)  # atomic on POSIX: a reader sees the old file or the new one, never half of either
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror or error}") from error
