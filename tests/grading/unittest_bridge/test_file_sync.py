"""Changes of a work folder cross as data and stay inside the folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.grading.sandbox.plain_data import NotPlainData
from harness.grading.unittest_bridge.file_sync import FolderSync


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """Two work folders."""
    left, right = tmp_path / "left", tmp_path / "right"
    left.mkdir()
    right.mkdir()
    return left, right


def _tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_each_look_sends_what_changed_since(sides: tuple[Path, Path]) -> None:
    left, right = sides
    here, there = FolderSync(str(left)), FolderSync(str(right))
    (left / "a" / "b").mkdir(parents=True)
    (left / "a" / "b" / "c").write_bytes(b"\x00\xff")
    (left / "empty").touch()
    first = here.changes()
    there.apply(first)
    assert _tree(right) == {"a": None, "a/b": None, "a/b/c": b"\x00\xff", "empty": b""}
    assert here.changes() == []
    assert there.changes() == []  # what was taken over is no change of one's own
    (right / "a" / "b" / "c").write_text("longer")
    os.remove(right / "empty")  # noqa: PTH107
    here.apply(there.changes())
    assert _tree(left) == {"a": None, "a/b": None, "a/b/c": b"longer"}


def test_a_folder_that_is_gone_goes_with_all_it_held(sides: tuple[Path, Path]) -> None:
    left, right = sides
    here, there = FolderSync(str(left)), FolderSync(str(right))
    (left / "a" / "b").mkdir(parents=True)
    (left / "a" / "b" / "c").touch()
    there.apply(here.changes())
    for path in ("a/b/c", "a/b", "a"):
        (left / path).unlink() if path.endswith("c") else (left / path).rmdir()
    there.apply(here.changes())
    assert _tree(right) == {}


def test_links_are_neither_sent_nor_followed(sides: tuple[Path, Path], tmp_path: Path) -> None:
    left, right = sides
    secret = tmp_path / "secret"
    secret.write_text("key")
    (left / "link").symlink_to(secret)
    assert FolderSync(str(left)).changes() == []
    (right / "link").symlink_to(secret)
    FolderSync(str(right)).apply([["link", "=eA=="]])
    assert secret.read_text() == "key"


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "", "a//b", ".", "a\0b"])
def test_a_path_that_leads_outside_is_refused(sides: tuple[Path, Path], path: str) -> None:
    with pytest.raises(NotPlainData):
        FolderSync(str(sides[1])).apply([[path, "=eA=="]])
    assert list(sides[1].parent.iterdir()) == [*sides] or _tree(sides[1]) == {}
