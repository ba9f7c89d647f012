"""Rows of a data file: JSONL, a JSON list or object of rows, either one gzipped, or Parquet.

Each row comes with the place it stands, so that a mistake in it can be named. Not here: which file a task wants
(load), what a row means (the task), the hub (datasets), how Parquet is decoded (parquet).
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from harness.core.errors import DataError, LocalError

SUFFIXES = (".jsonl", ".jsonl.gz", ".json", ".json.gz", ".parquet")
SHARD_SUFFIX = "-00000-of-00001.parquet"
"""The end of a name on the hub where a split is one file."""

PlacedRow: TypeAlias = tuple[str, Mapping[str, object]]
"""Where a row stands (`file:line`, or `file row n`), and the row."""


def read_rows(path: Path) -> list[PlacedRow]:
    """Every row of the file in its order. Raises DataError naming the place of what cannot be read."""
    if path.name.endswith(".parquet"):
        return _parquet_rows(path)
    text = _text(path)
    if path.name.removesuffix(".gz").endswith(".jsonl"):
        return list(_line_rows(path, text))
    if path.name.removesuffix(".gz").endswith(".json"):
        return _list_rows(path, text)
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
        raise DataError(f"{path}: cannot be read: {error}") from None


def _line_rows(path: Path, text: str) -> Iterator[PlacedRow]:
    # only \n ends a line: str.splitlines would cut at U+2028, which JSON allows inside strings
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
    try:
        from harness.tasks.parquet import parquet_rows
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("pyarrow"):
            raise
        raise LocalError(
            f"{path}: Parquet needs the package pyarrow, which is not installed; "
            "pip install 'price-performance-harness[frames]', or give the same rows as .jsonl"
        ) from None
    return [(f"{path} row {number}", row) for number, row in enumerate(parquet_rows(path), 1)]
