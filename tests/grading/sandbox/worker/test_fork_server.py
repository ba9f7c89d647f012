"""The fork server's own rules: what counts as idle, what is too much in a work folder, and how one is emptied."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.grading.sandbox.worker.fork_server import IdleMeter, empty, is_overfull
from tests.cases import all_cases


@all_cases(
    ("cpu_s_per_look", "idle_s"),
    [
        (0.0, 2.0),  # 100 looks of 20 ms: four windows of 25
        (0.0001, 2.0),  # 2.5 ms in a window of half a second: below 1%
        (0.001, 0.0),  # 25 ms in a window: it works, or polls
        (0.02, 0.0),
    ],
)
def test_idle_is_below_one_hundredth_of_a_cpu(cpu_s_per_look: float, idle_s: float) -> None:
    meter = IdleMeter(0.0)
    for look in range(1, 101):
        meter.look(cpu_s_per_look * look)
    assert meter.idle_s == pytest.approx(idle_s)


def test_a_short_sleep_between_work_is_not_idle() -> None:
    meter = IdleMeter(0.0)
    for look in range(100):
        meter.look(0.02 * (look // 10))  # it works in every tenth look
    assert meter.idle_s == 0.0


def test_where_the_clock_cannot_be_read_nothing_is_idle() -> None:
    meter = IdleMeter(None)
    for _ in range(100):
        meter.look(None)
    assert meter.idle_s == 0.0


def test_a_folder_is_overfull_by_entries_by_size_and_by_depth(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(10_000))
    (tmp_path / "folder").mkdir()
    assert not is_overfull(str(tmp_path), 2, 1 << 20)
    assert is_overfull(str(tmp_path), 1, 1 << 20)
    assert is_overfull(str(tmp_path), 2, 5_000)
    deep = tmp_path.joinpath(*["d"] * 50)
    deep.mkdir(parents=True)
    assert is_overfull(str(tmp_path), 1000, 1 << 20)


def test_a_link_is_counted_and_never_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "kept").write_bytes(bytes(100_000))
    (folder / "link").symlink_to(outside)
    assert not is_overfull(str(folder), 1, 50_000)
    empty(str(folder))
    assert list(folder.iterdir()) == []
    assert (outside / "kept").exists()


def test_a_folder_is_emptied_whatever_lies_in_it(tmp_path: Path) -> None:
    at = str(tmp_path)
    for _ in range(1_500):  # deeper than a path can be named, and than a recursion goes
        os.mkdir(f"{at}/d")  # noqa: PTH102
        os.chdir(f"{at}/d")
        at = "."
    Path("file").write_text("x")
    os.chdir("/")
    (tmp_path / "locked").mkdir(0o000)
    os.mkfifo(tmp_path / "pipe")
    empty(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
