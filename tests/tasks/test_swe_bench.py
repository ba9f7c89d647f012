"""SWE-bench from a data folder: rows as published, the content hash, and what is missing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.grading.repository.workspace import missing_parts, workspace_of
from harness.tasks.load import LoadedTask, load_task
from tests.tasks.swe_bench_folder import FILES, write_data_folder


def load(folder: Path) -> LoadedTask:
    return load_task("swe-bench-verified", cwd=Path("/"), data_dir=folder)


def test_both_forms_of_a_repository_hold_the_same_files(tmp_path: Path) -> None:
    first, second = load(write_data_folder(tmp_path)).samples
    assert workspace_of(first).texts == workspace_of(second).texts == FILES


def test_the_content_hash_is_that_of_the_rows_wherever_they_lie(tmp_path: Path) -> None:
    one = load(write_data_folder(tmp_path / "a"))
    two = load(write_data_folder(tmp_path / "b"))
    assert one.content_hash == two.content_hash
    rows = tmp_path / "b" / "swe_bench_verified.jsonl"
    rows.write_text(rows.read_text().replace("half(3) is 1;", "half(3) is 2;"))
    assert load(tmp_path / "b").content_hash != one.content_hash


def test_the_agent_is_shown_neither_the_fix_nor_its_tests(tmp_path: Path) -> None:
    sample = load(write_data_folder(tmp_path)).samples[0]
    assert "half(3) is 1" in sample.prompt
    assert "test_half" not in sample.prompt + (sample.system or "")
    assert "test_half(self)" not in "".join(workspace_of(sample).texts.values())


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    sample = load(write_data_folder(tmp_path)).samples[0]
    assert missing_parts(sample, needs_environment=False) == []
    assert missing_parts(sample, needs_environment=True) == ["environments/acme__halves-1"]
    shutil.rmtree(tmp_path / "repos")
    assert missing_parts(sample, needs_environment=False) == ["repos/acme__halves-1"]
    with pytest.raises(DataError, match="no such folder"):
        workspace_of(sample)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("instance_id", "../escape", "instance_id '../escape'"),
        ("FAIL_TO_PASS", "{}", "FAIL_TO_PASS is a list"),
        ("patch", None, "'patch' is a diff"),
    ],
)
def test_a_faulty_row_is_refused(tmp_path: Path, field: str, value: object, words: str) -> None:
    rows = write_data_folder(tmp_path) / "swe_bench_verified.jsonl"
    first, rest = rows.read_text().split("\n", 1)
    rows.write_text(json.dumps({**json.loads(first), field: value}) + "\n" + rest)
    with pytest.raises(DataError, match=words):
        load(tmp_path)


def test_a_data_folder_is_no_part_of_the_hash_but_of_the_sample(tmp_path: Path) -> None:
    sample = load(write_data_folder(tmp_path)).samples[0]
    assert sample.tags["data_dir"] == str(tmp_path)
    moved = replace(sample, tags={**sample.tags, "data_dir": "/nowhere"})
    assert missing_parts(moved, needs_environment=False) == ["repos/acme__halves-1"]
