"""Export files are written whole or not at all, and replace nothing without leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LocalError, UsageError
from harness.exporters.output import new_file


def write_half(target: Path) -> None:
    with new_file(target, is_forced=True) as part:
        part.write_text("half")
        raise ZeroDivisionError


def test_file_appears_whole_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with new_file(target, is_forced=False) as part:
        part.write_text("a,b\n")
        assert not target.exists()
    assert target.read_text() == "a,b\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write_half(tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_existing_file_is_kept_unless_forced(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    with pytest.raises(UsageError, match=r"out.csv already exists; --force"), new_file(target, is_forced=False):
        raise AssertionError("the block must not run")
    assert target.read_text() == "mine"
    with new_file(target, is_forced=True) as part:
        part.write_text("new")
    assert target.read_text() == "new"


def test_failed_export_keeps_the_file_it_was_to_replace(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    with pytest.raises(ZeroDivisionError):
        write_half(target)
    assert target.read_text() == "mine"


def test_target_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"), new_file(tmp_path, is_forced=True):
        raise AssertionError("the block must not run")
    with (
        pytest.raises(LocalError, match=r"cannot write .*nowhere"),
        new_file(tmp_path / "nowhere" / "x", is_forced=True),
    ):
        raise AssertionError("the block must not run")
