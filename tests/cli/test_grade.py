"""`harness grade`: grades of answers from elsewhere, line by line, whatever stands in the lines."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.grading.base import grader_names
from tests.cli.graded_lines import jsonl, rows_of


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b"PK\0\0", "is not text"),
        (gzip.compress(b'{"gold": "1", "prediction": "1"}\n', mtime=0)[:-9], "breaks off"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_2(
    content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert main(["grade", "math", "--pairs", str(path)]) == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_every_grader_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "list", "--format", "json"]) == EXIT_OK
    rows = json.loads(capsys.readouterr().out)
    assert [row["grader"] for row in rows] == grader_names()
    assert all(row["grades"] for row in rows)


@pytest.mark.slow
@pytest.mark.shared("data/graders")
@pytest.mark.parametrize(
    ("words", "name", "label", "after_key"),
    [
        (["math", "--pairs"], "math_pairs.jsonl", "equal", "equal"),
        (["math", "--responses"], "math_responses.jsonl.gz", "correct", "equal"),
        (["code", "--samples"], "code_samples.jsonl.gz", "passed", "passed"),
    ],
)
def test_fifty_labelled_rows_are_graded_as_labelled(
    words: list[str],
    name: str,
    label: str,
    after_key: str,
    shared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = shared / "data" / "graders" / name
    data = path.read_bytes()
    rows = rows_of((gzip.decompress(data) if name.endswith(".gz") else data).decode())
    settled = [row for row in rows if not str(row["note"]).startswith("policy:")]
    chosen = random.Random(50).sample(settled, 50)
    given = jsonl(tmp_path / "rows.jsonl", chosen)
    extra = ["--data-dir", str(shared / "data")] if words[0] == "code" else []
    assert main(["grade", *words, given, *extra]) == EXIT_OK
    found = rows_of(capsys.readouterr().out)
    assert [row["id"] for row in found] == [row["id"] for row in chosen]
    differing = [
        (row["id"], after["why"])
        for row, after in zip(chosen, found, strict=True)
        if row[label] is not after[after_key]
    ]
    assert len(differing) <= 1, differing
