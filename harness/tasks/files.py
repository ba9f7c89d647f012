"""Rows of a data file: JSONL, a JSON list or object of rows, CSV or TSV, each of them also gzipped, or Parquet.

Each row comes with its place in the file, so that an error can name it. Which file a task wants is decided in `load`.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from harness.core.errors import DataError, reason

SUFFIXES = (
    ".jsonl",
    ".jsonl.gz",
    ".json",
    ".json.gz",
    ".csv",
    ".csv.gz",
    ".tsv",
    ".tsv.gz",
    ".parquet",
)
DELIMITERS = {".csv": ",", ".tsv": "\t"}
MAX_CELL_CHARACTERS = 1 << 30
"""The csv module stops at 131,072 characters, which a long prompt exceeds."""
SHARD_SUFFIX = "-00000-of-00001.parquet"
"""The end of a name on the hub where a split is one file."""

PlacedRow: TypeAlias = tuple[str, Mapping[str, object]]
"""Where a row stands (`file:line`, or `file row n`), and the row."""


def read_rows(path: Path) -> list[PlacedRow]:
    """Every row of the file in its order. Raises DataError naming the place of what cannot be read."""
    if path.is_dir():
        raise DataError(f"{path}: this is a folder; accepted: a file ending in {', '.join(SUFFIXES)}")
    if path.name.endswith(".parquet"):
        return _parquet_rows(path)
    text = _text(path)
    suffix = Path(path.name.removesuffix(".gz")).suffix
    if suffix == ".jsonl":
        return list(_line_rows(path, text))
    if suffix == ".json":
        return _list_rows(path, text)
    if suffix in DELIMITERS:
        return list(_table_rows(path, text, suffix))
    raise DataError(f"{path}: unknown kind of data file; accepted endings: {', '.join(SUFFIXES)}")


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":  # a gzipped file may have lost its ending in a download
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; accepted: UTF-8 text") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read: {reason(error)}") from None


def _line_rows(path: Path, text: str) -> Iterator[PlacedRow]:
    # Only \n ends a line: str.splitlines would split at U+2028, which JSON allows inside strings.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{path}:{number}"
            yield place, _row(place, _decoded(place, line))


def _list_rows(path: Path, text: str) -> list[PlacedRow]:
    rows = _decoded(str(path), text)
    if isinstance(rows, dict) and rows and all(isinstance(row, dict) for row in rows.values()):
        rows = list(rows.values())
    if not isinstance(rows, list):
        raise DataError(
            f"{path}: holds {_kind(rows)}; accepted: a list of objects, objects by their ids, or one a line as .jsonl"
        )
    return [(place, _row(place, row)) for place, row in ((f"{path} row {n}", row) for n, row in enumerate(rows, 1))]


def _table_rows(path: Path, text: str, suffix: str) -> Iterator[PlacedRow]:
    """Rows of a CSV or TSV file as texts by the names of the first line; an empty cell is an empty text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[suffix], strict=True)
    default = csv.field_size_limit(MAX_CELL_CHARACTERS)
    start = 1
    try:
        names = _column_names(path, next(reader, []), suffix)
        start = reader.line_num + 1
        for cells in reader:
            place, start = f"{path}:{start}", reader.line_num + 1
            if not cells:  # an empty line
                continue
            if len(cells) != len(names):
                raise DataError(
                    f"{place}: cells: {len(cells)}, columns in the first line: {len(names)}; these must be equal; "
                    "a cell that contains the delimiter, a quote or a line break stands in double quotes"
                )
            yield place, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise DataError(f"{path}:{start}: not {suffix[1:].upper()}: {error}") from None
    finally:
        csv.field_size_limit(default)


def _column_names(path: Path, names: list[str], suffix: str) -> list[str]:
    names = [name.strip() for name in names]
    if not any(names):
        raise DataError(f"{path}:1: no column names; accepted: a first line with the names of the columns")
    if "" in names or len(set(names)) != len(names):
        raise DataError(f"{path}:1: columns {', '.join(map(repr, names))}; accepted: names that differ, none empty")
    if len(names) == 1 and any(sign in names[0] for sign in ";,\t|"):
        wanted = "commas" if suffix == ".csv" else "tabs"
        raise DataError(f"{path}:1: one column named {names[0]!r}; accepted: cells separated by {wanted} ({suffix})")
    return names


def _decoded(place: str, text: str) -> object:
    try:
        decoded: object = json.loads(text)
    except json.JSONDecodeError as error:
        at = f" (line {error.lineno})" if error.lineno > 1 else ""
        raise DataError(f"{place}: not JSON: {error.msg} at column {error.colno}{at}") from None
    except (ValueError, RecursionError) as error:  # a number of over 4,300 digits, lists in lists without end
        raise DataError(f"{place}: cannot be decoded: {error}") from None
    return decoded


def _row(place: str, row: object) -> Mapping[str, object]:
    if not isinstance(row, dict):
        raise DataError(f"{place}: holds {_kind(row)}; accepted: an object with named fields")
    return row


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _parquet_rows(path: Path) -> list[PlacedRow]:
    from harness.tasks.parquet import parquet_rows  # pyarrow takes a while to import: only for a Parquet file

    return [(f"{path} row {number}", row) for number, row in enumerate(parquet_rows(path), 1)]
