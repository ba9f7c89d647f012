"""Reading a repository from a data folder: what is kept, what is refused."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.grading.repository.workspace import MAX_BYTES, read_repository, text_files


def test_history_caches_and_links_are_left_out(tmp_path: Path) -> None:
    for path in ("a.py", ".git/config", "pkg/__pycache__/a.pyc", "pkg/b.bin"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"\xff" if path.endswith("bin") else b"x")
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert read_repository(tmp_path) == {"a.py": b"x", "pkg/b.bin": b"\xff"}
    assert text_files(read_repository(tmp_path)) == {"a.py": "x"}


def test_a_repository_that_a_workspace_does_not_hold_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(DataError, match="161 MiB in 1 files, and a workspace in memory holds 160 MiB"):
        read_repository(tmp_path)


def test_an_archive_that_leads_out_or_is_damaged_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "a.tar.gz"
    with tarfile.open(place, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../out"), io.BytesIO())
    with pytest.raises(DataError, match="leads out"):
        read_repository(place)
    place.write_bytes(b"no archive")
    with pytest.raises(DataError, match="cannot be read"):
        read_repository(place)
