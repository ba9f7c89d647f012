"""Databases of the Holistic Agent Leaderboard: SQLite, one file a benchmark, opened read-only.

`token_usage` has a row for each run and model; cache reads are inside `prompt_tokens`; the columns `input_tokens`,
`output_tokens` and `total_tokens` are always 0 (github.com/fsndzomga/hal-frontend, read 2026-11).
"""

from __future__ import annotations

import ast
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote

from harness.core.errors import DataError
from harness.importers.fields import day_of, decimal_of, dollars_of
from harness.importers.results import (
    BoardRow,
    ImportedResults,
    ImportOptions,
    ModelTokens,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

SQLITE = b"SQLite format 3\0"
COLUMNS = ("run_id", "agent_name", "date", "accuracy", "total_cost", "successful_tasks", "failed_tasks")
STAMP = re.compile(r"_(1[5-9]\d{8})(?:_|$)")
LACKING = (
    "cost and tokens by task, so dollars have no interval",
    "the host that served open models, so their list price is not known",
    "the effort in the names of tokens: it is taken from the agent's name",
)


def _databases(files: SourceFiles) -> list[Path]:
    found = [one.path for one in files.files.values() if one.path is not None and one.name.endswith((".db", ".sqlite"))]
    return [path for path in found if _begins_with(path, SQLITE)]


def _begins_with(path: Path, start: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(start)) == start


def _matches(files: SourceFiles) -> bool:
    return bool(_databases(files))


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    rows: list[BoardRow] = []
    for path in _databases(files):
        address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as database:
                rows += _rows(database, path)
        except sqlite3.Error as error:
            raise DataError(f"{path} is not a complete HAL database: {error}") from None
    return ImportedResults(
        published=Published(
            title="Holistic Agent Leaderboard (HAL)",
            url="https://hal.cs.princeton.edu",
            published_on=max((row.days[0] for row in rows if row.days), default=None),
            lacking=LACKING,
        ),
        rows=tuple(rows),
    )


def _rows(database: sqlite3.Connection, path: Path) -> Iterator[BoardRow]:
    tokens: dict[str, list[ModelTokens]] = {}
    query = (
        "SELECT run_id, model_name, prompt_tokens, completion_tokens, input_tokens_cache_read, "
        "input_tokens_cache_write FROM token_usage"
    )
    for run_id, model, prompt, completion, cached, written in database.execute(query):
        found = ModelTokens(model=model, prompt=prompt, completion=completion, cached=cached, cache_write=written)
        tokens.setdefault(run_id, []).append(found)
    held = {row[1] for row in database.execute("PRAGMA table_info(parsed_results)")}
    optional = [name for name in ("benchmark_name", "model_name") if name in held]
    columns = (*COLUMNS, *optional)
    entries = [
        dict(zip(columns, row, strict=True))
        for row in database.execute(f"SELECT {', '.join(columns)} FROM parsed_results")  # noqa: S608 - fixed names
    ]
    tasks_of_benchmark = max((len(_tasks(one, path)) for one in entries), default=0)
    for entry in entries:
        yield _row(entry, tuple(tokens.get(str(entry["run_id"]), ())), path, tasks_of_benchmark)


def _tasks(entry: dict[str, object], path: Path) -> dict[str, bool]:
    solved, failed = (_names(entry[name], path) for name in ("successful_tasks", "failed_tasks"))
    return {**dict.fromkeys(failed, False), **dict.fromkeys(solved, True)}


def _names(text: object, path: Path) -> list[str]:
    """The names of a Python list that is stored as text."""
    if not text:
        return []
    try:
        value = ast.literal_eval(str(text))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        raise DataError(f"{path}: a list of tasks is not a list: {str(text)[:60]!r}") from None
    if not isinstance(value, list):
        raise DataError(f"{path}: a list of tasks is not a list: {str(text)[:60]!r}")
    return [str(name) for name in value]


def _row(entry: dict[str, object], tokens: tuple[ModelTokens, ...], path: Path, tasks_of_benchmark: int) -> BoardRow:
    where = f"{path.name}: {entry['run_id']}"
    outcomes = _tasks(entry, path)
    accuracy = decimal_of(entry["accuracy"], where)
    days = [day for day in (day_of(entry["date"]), _stamped_day(str(entry["run_id"]))) if day is not None]
    return BoardRow(
        id=str(entry["run_id"]),
        model=str(entry["agent_name"]),
        benchmark=str(entry.get("benchmark_name") or path.stem),
        model_and_agent=_model_and_agent(str(entry["agent_name"]), entry.get("model_name")),
        n=len(outcomes) or None,
        correct=sum(outcomes.values()) if outcomes else None,
        accuracy=None if accuracy is None else float(accuracy),
        usd=dollars_of(entry["total_cost"], where),
        usd_printed=None if entry["total_cost"] is None else str(entry["total_cost"]),
        days=tuple(dict.fromkeys(days)),
        tokens=tokens,
        outcomes=outcomes,
        figures={"tasks_of_benchmark": decimal_of(tasks_of_benchmark or None, where)},
    )


def _model_and_agent(name: str, model: object) -> tuple[str, ...]:
    """`Agent (model)` in two; empty where the name is of another form."""
    agent = name.removesuffix(f" ({model})")
    return (str(model), agent) if agent and agent != name else ()


def _stamped_day(run_id: str) -> date | None:
    """The day in the time stamp of a run's id."""
    found = STAMP.search(run_id)
    return None if found is None else datetime.fromtimestamp(int(found[1]), UTC).date()


FORMAT = SourceFormat(name="hal", version=2, summary="HAL databases (SQLite)", matches=_matches, read=_read)
