"""Wrong and hostile files: one line that says what was found, exit code 2, and nothing written."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE

ROWS = b"".join(json.dumps({"model": "m", "correct": 1, "id": number}).encode() + b"\n" for number in range(2000))
DEEP = b"[" * 100_000 + b"]" * 100_000


def zip_of(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return packed.getvalue()


def lying_zip() -> bytes:
    """A member of 1 MiB of zeros that says it has 10 bytes, in both places."""
    return zip_of(rows=bytes(2**20)).replace(struct.pack("<I", 2**20), struct.pack("<I", 10))


def tar_of_links() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for place, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)):
            entry = tarfile.TarInfo(f"l{place}.jsonl")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    return packed.getvalue()


def half_database() -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("create table parsed_results (run_id text, accuracy real)")
        database.executemany("insert into parsed_results values (?, ?)", [(str(n) * 50, 0.5) for n in range(500)])
        whole = database.serialize()
    return bytes(whole[: len(whole) // 2])


FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.jsonl", lambda: b"", "a.jsonl: empty"),
    "empty archive": ("a.tgz", lambda: b"", "damaged or cut archive"),
    "binary": ("a.csv", lambda: bytes(range(128, 256)) * 9, "not UTF-8 text"),
    "other text": ("a.csv", lambda: "model,correct\nmodèle,1\n".encode("latin-1"), "not UTF-8 text"),
    "other json": ("a.json", lambda: b'{"hello": [1]}', "no known format in a.json"),
    "other columns": (
        "a.csv",
        lambda: b"engine,b\n1,2\n",
        "--map model=engine,correct=COLUMN (its columns: engine, b)",
    ),
    "cut gzip": ("a.jsonl.gz", lambda: gzip.compress(ROWS)[:-30], "damaged or cut off"),
    "cut zip": ("a.zip", lambda: zip_of(rows=ROWS)[:-60], "no known format in a.zip"),
    "cut database": ("a.db", half_database, "not a complete HAL database"),
    "deep json": ("a.json", lambda: b'{"datasetId": ' + DEEP + b"}", "not complete JSON"),
    "deep line": ("a.jsonl", lambda: DEEP, "a.jsonl:1 is not complete JSON"),
    "long number": ("a.jsonl", lambda: b'{"model": "m", "correct": ' + b"9" * 5000 + b"}", "not complete JSON"),
    "huge number": ("a.jsonl", lambda: b'{"model": "m", "correct": 1, "cost": 1e999999999}', "between 1e-30 and 1e30"),
    "two currencies": ("a.csv", lambda: b"model,correct,cost\nm,1,$1\nm,0,\xe2\x82\xac1\n", "without another currency"),
    "euro column": ("a.csv", lambda: b"model,correct,cost,currency\nm,1,1,EUR\n", "currency is 'EUR'"),
    "no model": ("a.csv", lambda: b"model,correct\n,1\n", "row 1: no model"),
    "negative cost": ("a.csv", lambda: b"model,correct,cost\nm,1,-3\n", "-3 dollars is below 0"),
    "lying zip": ("a.zip", lying_zip, "damaged or cut archive"),
    "zip in a zip": ("a.zip", lambda: zip_of(inner=zip_of(rows=bytes(2**24))), "no known format in inner"),
    "names that climb": ("a.zip", lambda: zip_of(**{"..__..__b.json": b"{}", "__etc__c.json": b"{}"}), "../../b.json"),
    "links": ("a.tgz", tar_of_links, "no file there"),
    "yaml with a call": (
        "a.yml",
        lambda: b'- dirname: !!python/object/apply:os.system ["touch pwned"]\n',
        "no known format",
    ),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("command", ["import", "audit"])
def test_one_message_and_nothing_written(
    command: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    name, content, message = FILES[kind]
    (tmp_path / name).write_bytes(content())
    assert main([command, name]) == EXIT_USAGE
    said = capsys.readouterr()
    assert message in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert [path.name for path in tmp_path.rglob("*")] == [name]


def test_a_folder_of_links_and_nothing_else_has_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "passwd.json").symlink_to("/etc/passwd")
    (tmp_path / "board" / "loop").symlink_to(".")
    assert main(["import", "board"]) == EXIT_USAGE
    assert "board: no file there" in capsys.readouterr().err


def test_columns_of_any_name_are_read_by_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("wer,richtig\nm,1\nm,0\n")
    assert main(["import", "t.csv", "--map", "model=wer,correct=richtig"]) == EXIT_OK
    assert "IMPORTED 2 answers of 1 model (table)" in capsys.readouterr().out
