"""Append-only files: what is on disk at which moment, what a crash leaves, and lines that the disk refuses."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.store.log import GatheringWriter, LogWriter, partial_tail_bytes, read_lines, repair_tail, write_whole
from tests.virtual_time import run_virtually


def lines_of(path: Path) -> list[bytes]:
    return [line for _, line in read_lines(path)]


def test_line_is_with_the_operating_system_before_it_is_synced(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"

    async def work() -> None:
        writer = LogWriter(path, commit_every_s=0.3)
        synced = writer.put(b'{"a":1}\n')
        assert path.read_bytes() == b'{"a":1}\n'
        assert not synced.done()
        writer.append_soon(b'{"a":2}\n')
        assert lines_of(path) == [b'{"a":1}', b'{"a":2}']
        await writer.close()
        assert synced.done()

    asyncio.run(work())


def test_appends_share_their_syncs(tmp_path: Path) -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        writer = LogWriter(tmp_path / "log.jsonl")
        started = loop.time()
        await asyncio.gather(*(writer.append(b'{"n":%d}\n' % number) for number in range(500)))
        took = loop.time() - started
        await writer.close()
        return took

    assert run_virtually(work()) < 0.1  # virtual seconds; 500 syncs one after another, 20 ms apart, would take 10 s
    assert len(lines_of(tmp_path / "log.jsonl")) == 500


def test_cancelled_caller_does_not_cancel_the_commit_of_others(tmp_path: Path) -> None:
    async def work() -> None:
        writer = LogWriter(tmp_path / "log.jsonl")
        first = asyncio.create_task(writer.append(b'{"n":1}\n'))
        second = asyncio.create_task(writer.append(b'{"n":2}\n'))
        await asyncio.sleep(0)
        first.cancel()
        await second
        await writer.close()

    asyncio.run(work())
    assert lines_of(tmp_path / "log.jsonl") == [b'{"n":1}', b'{"n":2}']


@pytest.mark.parametrize(
    ("tail", "kept", "cut"),
    [
        (b"", [b'{"a":1}'], 0),
        (b'{"a":', [b'{"a":1}'], 5),
        (b'{"a":2}', [b'{"a":1}', b'{"a":2}'], 0),  # only the newline is missing: the line is whole
        (b"\0\0\0\0", [b'{"a":1}'], 4),
        (b"7", [b'{"a":1}'], 1),
        (b"x" * 200_000, [b'{"a":1}'], 200_000),
    ],
)
def test_unfinished_last_line_is_left_out_and_cut_off(tmp_path: Path, tail: bytes, kept: list[bytes], cut: int) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a":1}\n' + tail)
    assert lines_of(path) == kept
    assert partial_tail_bytes(path) == cut
    assert repair_tail(path) == cut
    assert path.read_bytes() == b"".join(line + b"\n" for line in kept)


def test_line_is_appended_after_a_repaired_tail(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a":1}\n{"b')

    async def work() -> None:
        writer = LogWriter(path)
        await writer.append(b'{"a":2}\n')
        await writer.close()

    asyncio.run(work())
    assert path.read_bytes() == b'{"a":1}\n{"a":2}\n'


FULL_DISK = textwrap.dedent(
    """
    import asyncio, resource, signal, sys
    from pathlib import Path
    from harness.core.errors import LocalError
    from harness.store.log import LogWriter

    async def work():
        writer = LogWriter(Path(sys.argv[1]))
        await writer.append(b'{"paid":0}\\n')
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))
        for number in (1, 2):
            try:
                await writer.append(b'{"paid":%d}\\n' % number)
            except LocalError as error:
                print("refused:", error)
        if sys.argv[2] == "freed":
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        try:
            await writer.close()
            print("closed")
        except LocalError as error:
            print("lost:", error)

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    asyncio.run(work())
    """
)


def full_disk(path: Path, how: str, temporary: Path) -> str:
    environ = {**os.environ, "TMPDIR": str(temporary)}
    return subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), how], env=environ, capture_output=True, text=True, check=True
    ).stdout


def test_full_disk_keeps_refused_lines_and_writes_them_once_there_is_room(tmp_path: Path) -> None:
    said = full_disk(tmp_path / "log.jsonl", "freed", tmp_path)
    assert said.count("refused: cannot write") == 2
    assert "File too large" in said
    assert said.endswith("closed\n")
    assert lines_of(tmp_path / "log.jsonl") == [b'{"paid":0}', b'{"paid":1}', b'{"paid":2}']


def test_disk_that_stays_full_names_the_file_elsewhere_that_holds_the_lines(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    # The limit is on the size of any file of the process: 22 bytes do not fit anywhere, so the words hold the lines.
    said = full_disk(tmp_path / "log.jsonl", "full", tmp_path / "elsewhere")
    assert lines_of(tmp_path / "log.jsonl") == [b'{"paid":0}']
    assert '{"paid":1}\n{"paid":2}\n' in said
    assert "2 paid outcomes are here: append to log.jsonl before resuming" in said
    assert list((tmp_path / "elsewhere").iterdir()) == []  # no half a file is left behind


def test_device_without_space_is_rescued_elsewhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def work() -> str:
        writer = LogWriter(tmp_path / "full.jsonl")
        with pytest.raises(LocalError, match="No space left"):
            await writer.append(b'{"paid":1}\n')
        with pytest.raises(LocalError) as caught:
            await writer.close()
        return str(caught.value)

    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    said = asyncio.run(work())
    assert "1 paid outcome is in " in said
    saved = Path(said.partition(" is in ")[2].partition(": append")[0])
    assert saved.read_bytes() == b'{"paid":1}\n'
    saved.unlink()


def test_gathered_lines_are_written_in_order_at_the_end_of_a_turn_or_on_close(tmp_path: Path) -> None:
    path = tmp_path / "grades.jsonl"

    async def work() -> None:
        writer = GatheringWriter(path)
        writer.append_soon(b'{"a":1}\n')
        writer.append_soon(b'{"a":2}\n')
        assert lines_of(path) == []
        await asyncio.sleep(0)
        assert lines_of(path) == [b'{"a":1}', b'{"a":2}']
        writer.append_soon(b'{"a":3}\n')
        await writer.close()

    asyncio.run(work())
    assert lines_of(path) == [b'{"a":1}', b'{"a":2}', b'{"a":3}']


@pytest.mark.parametrize("is_next_line", [True, False], ids=["next line", "close"])
def test_gathered_lines_that_the_disk_refuses_are_said_afterwards(tmp_path: Path, is_next_line: bool) -> None:
    async def work() -> None:
        writer = GatheringWriter(tmp_path / "full.jsonl")
        writer.append_soon(b'{"a":1}\n')
        if is_next_line:
            await asyncio.sleep(0)
            with pytest.raises(LocalError, match="No space left"):
                writer.append_soon(b'{"a":2}\n')
        with pytest.raises(LocalError):
            await writer.close()

    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    asyncio.run(work())


def test_small_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_whole(path, b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    code = (
        "import resource, signal, sys; from pathlib import Path; from harness.store.log import write_whole;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10));"
        "write_whole(Path(sys.argv[1]), b'n' * 1000)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert "LocalError" in ended.stderr
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["manifest.json"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == limits
