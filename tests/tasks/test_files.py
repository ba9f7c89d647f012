"""Rows of CSV and TSV files; the other formats are tested through `load` (test_load)."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from harness.core.errors import DataError
from harness.tasks.files import read_rows
from harness.tasks.load import load_file


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("my.csv", 'prompt,answer\n"1, 2?",3\n'),
        ("my.csv", '\ufeffprompt,answer\r\n"1, 2?",3\r\n'),
        ("my.csv.gz", 'prompt,answer\n"1, 2?",3'),
        ("my.tsv", "prompt\tanswer\n1, 2?\t3\n"),
        ("my.tsv.gz", "prompt\tanswer\n1, 2?\t3\n"),
    ],
)
def test_table_gives_rows_by_column_name(name: str, text: str, tmp_path: Path) -> None:
    path = written(tmp_path, name, text)
    assert read_rows(path) == [(f"{path}:2", {"prompt": "1, 2?", "answer": "3"})]


def test_place_of_a_row_is_its_first_line(tmp_path: Path) -> None:
    path = written(tmp_path, "my.csv", 'prompt,answer\n"a\nb\nc",1\n\nd,2\n')
    assert [(place.rpartition(":")[2], row["prompt"]) for place, row in read_rows(path)] == [
        ("2", "a\nb\nc"),
        ("6", "d"),
    ]


@pytest.mark.parametrize("name", ["d.jsonl", "d.csv", "d.parquet"])
def test_a_folder_with_the_name_of_a_file_is_said_to_be_one(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match=f"{name}: this is a folder; accepted: a file ending in .jsonl"):
        read_rows(tmp_path / name)


def test_prompt_longer_than_the_csv_module_accepts_by_default_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "my.csv", f"prompt,answer\n{'x' * 200_000},1\n")
    assert len(str(read_rows(path)[0][1]["prompt"])) == 200_000


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("my.csv", "", "my.csv:1: no column names"),
        ("my.csv", "a,a\n1,2\n", "my.csv:1: columns 'a', 'a'; accepted: names that differ, none empty"),
        ("my.csv", "a,\n1,2\n", "my.csv:1: columns 'a', ''; accepted"),
        ("my.csv", "prompt;answer\n1;2\n", "my.csv:1: one column named 'prompt;answer'; accepted: .* commas"),
        ("my.tsv", "prompt,answer\n1,2\n", "my.tsv:1: one column named 'prompt,answer'; accepted: .* tabs"),
        ("my.csv", "prompt,answer\nx,1\ny\n", "my.csv:3: cells: 1, columns in the first line: 2"),
        ("my.csv", "prompt,answer\nx,1,2\n", "my.csv:2: cells: 3, columns in the first line: 2"),
        ("my.csv", 'prompt,answer\nx,1\n"y,2\n', "my.csv:3: not CSV: unexpected end of data"),
        ("my.csv", 'prompt,answer\n"x"y,1\n', "my.csv:2: not CSV"),
    ],
)
def test_faulty_table_is_named_by_file_and_line(name: str, text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_rows(written(tmp_path, name, text))


def test_own_csv_becomes_samples_with_tags_and_optional_cells(tmp_path: Path) -> None:
    text = 'id,question,answer,system,tags\na,1+1?,2,,"{""level"": ""easy""}"\n,2+2?,4,Be brief.,\n'
    first, second = load_file(written(tmp_path, "my.csv", text), grader="math").samples
    assert (first.id, first.target, first.system, first.tags) == ("a", "2", None, {"level": "easy"})
    assert (second.id.partition("-")[0], second.target, second.system, second.tags) == ("row", "4", "Be brief.", {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text,answer\nx,1\n", "my.csv:2: none of the fields prompt, question, problem, input; found answer, text"),
        ("prompt,answer\nx,1\ny,\n", "my.csv:3: none of the fields answer, target; found answer, prompt"),
        ("prompt,answer,tags\nx,1,easy\n", "my.csv:2: tags is 'easy'; accepted: an object of texts as JSON"),
    ],
)
def test_own_csv_without_what_is_needed_is_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        load_file(written(tmp_path, "my.csv", text), grader="math")
