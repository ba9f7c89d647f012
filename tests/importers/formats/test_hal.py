"""HAL's traces."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.importers.recognise import format_of
from harness.importers.results import ImportOptions
from harness.importers.source_files import SourceFiles
from tests.importers.foreign_files import read


def hal_database(path: Path) -> Path:
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE parsed_results (benchmark_name TEXT, agent_name TEXT, date TEXT, run_id TEXT, "
        "successful_tasks TEXT, failed_tasks TEXT, total_cost REAL, accuracy REAL)"
    )
    database.execute(
        "CREATE TABLE token_usage (run_id TEXT, model_name TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, "
        "input_tokens_cache_read INTEGER, input_tokens_cache_write INTEGER)"
    )
    rows = [("board", "Agent (o3 Medium (April 2025))", "2025-09-22", "agent_1750000000", "['a']", "['b']", 10.0, 0.5)]
    database.executemany("INSERT INTO parsed_results VALUES (?,?,?,?,?,?,?,?)", rows)
    database.execute("INSERT INTO token_usage VALUES ('agent_1750000000','o3 Medium (April 2025)',1000,100,0,0)")
    database.commit()
    database.close()
    return path


def test_hal_lists_days_and_tokens(tmp_path: Path) -> None:
    (row,) = read(hal_database(tmp_path / "board.db"), "hal").rows
    assert row.outcomes == {"b": False, "a": True}
    assert row.days == (date(2025, 9, 22), date(2025, 6, 15))  # the field, and the stamp 1750000000 of the id
    assert row.tokens[0].prompt == 1000


def test_hal_of_another_schema_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "other.db")
    database.execute("CREATE TABLE things (a TEXT)")
    database.commit()
    database.close()
    files = SourceFiles([tmp_path / "other.db"])
    with pytest.raises(DataError, match="is not a complete HAL database: no such table: token_usage"):
        format_of(files).read(files, ImportOptions())
