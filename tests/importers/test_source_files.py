"""Files and archives of strangers: names that climb, bombs, cut archives; nothing is unpacked to the disk."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from harness.core.errors import DataError, UsageError
from harness.importers.source_files import SourceFiles


def tar_with(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def test_a_name_that_climbs_out_of_the_archive_is_a_name_and_writes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "inner"
    home.mkdir()
    archive = tar_with(home / "climbing.tgz", {"../escaped.json": b"{}", "/etc/escaped.json": b"[]"})
    files = SourceFiles([archive])
    assert files.json("../escaped.json") == {}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["climbing.tgz", "inner"]


def test_links_of_an_archive_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("passwd")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        entry = tarfile.TarInfo("real.txt")
        entry.size = 2
        archive.addfile(entry, io.BytesIO(b"ok"))
    assert list(SourceFiles([path]).files) == ["real.txt"]


@pytest.mark.parametrize("kind", ["zip", "tgz", "gz"])
def test_a_bomb_is_refused_while_it_is_read(kind: str, tmp_path: Path) -> None:
    data, path = bytes(2**22), tmp_path / f"bomb.{kind}"  # 4 MiB of zeros: some 4 KiB packed
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros.json", data)
    elif kind == "tgz":
        tar_with(path, {"zeros.json": data})
    else:
        path = tmp_path / "zeros.jsonl.gz"
        path.write_bytes(gzip.compress(data))
    with pytest.raises(DataError, match="unpacks to more than"):
        SourceFiles([path], max_bytes=2**20).bytes_of(path.name)


def test_a_cut_archive_is_one_clear_message(tmp_path: Path) -> None:
    whole = tar_with(tmp_path / "board.tgz", {"a.json": bytes(range(256)) * 400})
    cut = tmp_path / "cut.tgz"
    cut.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(DataError, match=r"cut\.tgz is a damaged or cut archive"):
        SourceFiles([cut])


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.json: no such file or folder"):
        SourceFiles([tmp_path / "gone.json"])


def test_a_broken_line_is_named_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(DataError, match=r"rows\.jsonl:2 is not complete JSON"):
        list(SourceFiles([path]).json_lines("rows.jsonl"))
