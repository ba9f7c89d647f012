"""The files of a source: a file, a folder or an archive, read in memory with bounds and never unpacked to the disk.

A member of an archive is a name and bytes: a name such as `../../etc/passwd` is a text, links and devices are left
out, and a member that unpacks to more than `MAX_BYTES` is refused while it is read.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from harness.core.errors import DataError, UsageError
from harness.store.codec import ImportedFile

MAX_BYTES = 512 * 2**20
"""Of one file or member, unpacked, and of all members of an archive together."""
TAR_NAMES = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
MAX_MEMBERS = 100_000
CHUNK = 2**20
START = 200_000
DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, RuntimeError, NotImplementedError)
"""What the readers of archives raise for a broken or encrypted one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableFile:
    """One file or member. `path`: where it lies on the disk, None inside an archive."""

    name: str
    path: Path | None
    load: Callable[[], bytes] = field(repr=False)


class SourceFiles:
    """Everything below some paths, by name. `problems`: why the first row of a table could not be read."""

    def __init__(self, paths: Sequence[Path], *, max_bytes: int = MAX_BYTES) -> None:
        self.paths, self.max_bytes = tuple(paths), max_bytes
        self.files: dict[str, ReadableFile] = {}
        self.problems: dict[str, str] = {}
        self._first_rows: dict[str, dict[str, Any]] = {}
        self._starts: dict[str, bytes] = {}
        for path in paths:
            for one in _files_of(path, max_bytes):
                self.files[one.name] = one
        if not self.files:
            raise DataError(f"{', '.join(map(str, paths))}: no file there")

    def names(self, *endings: str) -> list[str]:
        """Names that end so, sorted."""
        return sorted(name for name in self.files if name.endswith(endings))

    def tables(self, known_by: Set[str], *endings: str) -> list[str]:
        """Names that end so, of tables whose first row has at least those columns."""
        return [name for name in self.names(*endings) if self.first_row(name).keys() >= known_by]

    def one(self, *endings: str) -> str | None:
        """The only file that ends so, or None."""
        found = self.names(*endings)
        return found[0] if len(found) == 1 else None

    def bytes_of(self, name: str) -> bytes:
        """The content, unpacked where the name ends in .gz. Raises DataError for a damaged or too large file."""
        try:
            data = self.files[name].load()
            packed = gzip.GzipFile(fileobj=io.BytesIO(data))
            return _bounded(packed, name, self.max_bytes) if name.endswith(".gz") else data
        except DAMAGE as error:
            raise DataError(f"{name} is damaged or cut off: {error}") from None

    def start_of(self, name: str) -> bytes:
        """The first `START` bytes, unpacked once for all formats that look at them. Raises DataError."""
        if name not in self._starts:
            self._starts[name] = self.bytes_of(name)[:START]
        return self._starts[name]

    def text(self, name: str) -> str:
        """The content as UTF-8. Raises DataError."""
        try:
            return self.bytes_of(name).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DataError(f"{name} is not UTF-8 text: {error}") from None

    def json(self, name: str) -> Any:
        """The content as JSON, numbers with a fraction as Decimal. Raises DataError."""
        try:
            return json.loads(self.text(name), parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{name} is not complete JSON: {error}") from None

    def json_lines(self, name: str) -> Iterator[dict[str, Any]]:
        """The objects of a JSON Lines file. Raises DataError with the line number."""
        for number, line in enumerate(self.text(name).splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line, parse_float=Decimal)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{name}:{number} is not complete JSON: {error}") from None
            if not isinstance(row, dict):
                raise DataError(f"{name}:{number} is no object")
            yield row

    def csv_rows(self, name: str) -> list[dict[str, str]]:
        """The rows of a CSV file by column. Raises DataError."""
        try:
            return list(csv.DictReader(io.StringIO(self.text(name), newline=""), strict=True))
        except csv.Error as error:
            raise DataError(f"{name} is not complete CSV: {error}") from None

    def first_row(self, name: str) -> dict[str, Any]:
        """The first object or row of a table, empty where there is none: for recognising a format."""
        if name not in self._first_rows:
            try:
                is_csv = name.endswith((".csv", ".csv.gz"))
                self._first_rows[name] = dict(next(iter(self.csv_rows(name) if is_csv else self.json_lines(name)), {}))
            except DataError as error:
                self._first_rows[name] = {}
                self.problems[name] = str(error)
        return self._first_rows[name]

    def digests(self) -> tuple[ImportedFile, ...]:
        """Size and digest of every file given, archives as they lie on the disk."""
        found = []
        for root in self.paths:
            for path in sorted(one for one in root.rglob("*") if one.is_file()) if root.is_dir() else [root]:
                data = path.read_bytes()
                name = str(path.relative_to(root.parent))
                found.append(ImportedFile(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest()))
        return tuple(found)


def _files_of(path: Path, limit: int) -> Iterator[ReadableFile]:
    if path.is_dir():
        for found in sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink()):
            yield _on_disk(found, str(found.relative_to(path)), limit)
        return
    if not path.is_file():
        raise UsageError(f"{path}: no such file or folder")
    try:
        if path.name.endswith(TAR_NAMES):
            yield from _tar_members(path, limit)
        elif path.suffix not in (".xlsx", ".docx") and zipfile.is_zipfile(path):
            yield from _zip_members(path, limit)
        else:
            yield _on_disk(path, path.name, limit)
    except DAMAGE as error:
        raise DataError(f"{path} is a damaged or cut archive: {' '.join(str(error).split())}") from None


def _on_disk(path: Path, name: str, limit: int) -> ReadableFile:
    def load() -> bytes:
        with path.open("rb") as file:
            return _bounded(file, str(path), limit)

    return ReadableFile(name=name, path=path, load=load)


def _tar_members(path: Path, limit: int) -> Iterator[ReadableFile]:
    """A tar stream has no directory, so its members are read as they come."""
    left = limit
    with tarfile.open(path, "r:*") as archive:
        for number, member in enumerate(archive):
            _check_number(number, path)
            file = archive.extractfile(member) if member.isreg() else None
            if file is None:
                continue
            data = _bounded(file, str(path), left, limit)
            if len(data) != member.size:
                raise DataError(f"{path} is a damaged or cut archive: {member.name} is not whole")
            left -= len(data)
            yield _in_memory(member.name, data)


def _zip_members(path: Path, limit: int) -> Iterator[ReadableFile]:
    left = limit
    with zipfile.ZipFile(path) as archive:
        for number, member in enumerate(archive.infolist()):
            _check_number(number, path)
            if member.is_dir():
                continue
            with archive.open(member) as file:
                data = _bounded(file, str(path), left, limit)
            left -= len(data)
            yield _in_memory(member.filename, data)


def _check_number(number: int, path: Path) -> None:
    if number >= MAX_MEMBERS:
        raise DataError(f"{path} has more than {MAX_MEMBERS:,} members; nothing was read")


def _in_memory(name: str, data: bytes) -> ReadableFile:
    return ReadableFile(name=name, path=None, load=lambda: data)


def _bounded(file: IO[bytes] | gzip.GzipFile, name: str, left: int, limit: int | None = None) -> bytes:
    """All of it, or DataError as soon as it is longer than what is left of the limit."""
    found = bytearray()
    while chunk := file.read(CHUNK):
        found += chunk
        if len(found) > left:
            raise DataError(f"{name} unpacks to more than {limit or left:,} bytes; nothing was read")
    return bytes(found)
