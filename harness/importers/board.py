"""A board (rows without samples) as a file of its own: `board.json` in a folder, marked IMPORTED."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import DataError
from harness.importers.results import BoardRow, ImportedResults, Published, SourceFormat
from harness.importers.source_files import SourceFiles
from harness.importers.staging import staged
from harness.store.log import write_whole

BOARD = "board.json"
SCHEMA = "imported-board/1"


def write_board(folder: Path, results: ImportedResults, form: SourceFormat, files: SourceFiles) -> Path:
    """Write the folder, whole or not at all. Raises LocalError where the disk or an earlier folder is in the way."""
    value = {
        "schema": SCHEMA,
        "mode": "IMPORTED",
        "format": form.name,
        "importer_version": form.version,
        "files": [asdict(one) for one in files.digests()],
        "published": asdict(results.published),
        "rows": [asdict(one) for one in results.rows],
    }
    with staged(folder) as stage:
        stage.mkdir(parents=True)
        write_whole(stage / BOARD, json.dumps(value, default=_plain, ensure_ascii=False, indent=1).encode())
    return folder / BOARD


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


@cache
def _rows_type() -> TypeAdapter[tuple[BoardRow, ...]]:
    return TypeAdapter(tuple[BoardRow, ...])


@cache
def _published_type() -> TypeAdapter[Published]:
    return TypeAdapter(Published)


def read_board(path: Path) -> ImportedResults:
    """The rows of a board file. Raises DataError."""
    try:
        value: Any = json.loads(path.read_bytes())
        if not isinstance(value, dict) or value.get("schema") != SCHEMA:
            raise DataError(f"{path} is not an imported board of the schema {SCHEMA}")
        return ImportedResults(
            published=_published_type().validate_python(value["published"]),
            rows=_rows_type().validate_python(value["rows"]),
        )
    except (OSError, ValueError, KeyError, ValidationError) as error:
        raise DataError(f"{path} is not a complete board: {error}") from None
