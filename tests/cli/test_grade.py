"""`harness grade`: grades of answers from elsewhere, line by line, whatever stands in the lines."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from harness.grading.base import grader_names

Rows = list[dict[str, object]]

needs_sandbox = pytest.mark.skipif(sys.platform != "linux", reason="no backend was ever tried on other systems")

PAIRS = [
    {"id": "half", "gold": "1/2", "prediction": "0.5"},
    {"gold": "$x^2 - 1$", "prediction": "(x - 1)(x + 1)", "question": "Expand."},
    {"id": 7, "gold": 3, "prediction": 4.0, "question": None},
]
HUMANEVAL = {
    "task_id": "HumanEval/7",
    "prompt": 'from math import sqrt\n\n\ndef root(x):\n    """The square root."""\n',
    "entry_point": "root",
    "test": "def check(candidate):\n    assert candidate(9) == 3\n    assert abs(candidate(2) - sqrt(2)) < 1e-9\n",
}
MBPP = {
    "task_id": 3,
    "code": "def merge(a, b):\n    return a + b\n",
    "test_setup_code": "",
    "test_list": ["assert merge([1], [2]) == [1, 2]"],
}
SAMPLES = [
    {"id": "a", "suite": "humaneval", "task_id": "HumanEval/7", "completion": "    return sqrt(x)\n"},
    {"id": "b", "suite": "mbpp", "task_id": 3, "completion": "def merge(a, b): return b + a"},
    {"id": "c", "suite": "mbpp", "task_id": "Mbpp/3", "completion": ""},
]


def jsonl(path: Path, rows: Sequence[object]) -> str:
    """A file with these rows; a row that is a text is written as it stands."""
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return str(path)


def rows_of(text: str) -> Rows:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def data_dir(tmp_path: Path) -> str:
    """A folder with one task in two suites."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, row in (("humaneval", HUMANEVAL), ("mbpp", MBPP)):
        (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    return str(folder)


# math


def test_pairs_are_graded_in_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "math", "--pairs", jsonl(tmp_path / "pairs.jsonl", PAIRS)]) == EXIT_OK
    said = capsys.readouterr()
    found = rows_of(said.out)
    assert [(row.get("id"), row["equal"]) for row in found] == [("half", True), (None, True), (7, False)]
    assert [list(row) for row in found[:2]] == [["id", "equal", "rule", "why", "ms"], ["equal", "rule", "why", "ms"]]
    assert found[0]["why"] == "expected 1/2; got 0.5; equal as numbers"
    assert "3 lines: 2 equal, 1 not equal" in said.err


def test_a_choice_is_read_with_its_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "What is six times seven? (A) 41 (B) 42 (C) 43"
    rows = [{"gold": "B", "prediction": "42", "question": question}, {"gold": "B", "prediction": "42"}]
    assert main(["grade", "math", "--pairs", jsonl(tmp_path / "pairs.jsonl", rows)]) == EXIT_OK
    assert [row["equal"] for row in rows_of(capsys.readouterr().out)] == [True, False]


def test_responses_show_the_answer_and_how_it_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [r"<think>\boxed{8}</think> So it is \boxed{7}.", "The answer is 8.", "I cannot say."]
    rows = [{"id": place, "gold": "7", "response_text": text} for place, text in enumerate(texts)]
    path = tmp_path / "responses.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    assert main(["grade", "math", "--responses", str(path)]) == EXIT_OK
    found = rows_of(capsys.readouterr().out)
    assert [(row["equal"], row["answer"]) for row in found] == [(True, "7"), (False, "8"), (False, None)]
    assert str(found[0]["rule"]).startswith("box; ")
    assert found[2]["rule"] == "no extraction rule matched"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "line 2: no JSON (Expecting value: line 1 column 1 (char 0)); the line begins with 'not json'"),
        ("[1]", "line 2: a list; accepted: a JSON object"),
        ("[" * 100_000, "line 2: no JSON"),
        ({"golden": "1", "prediction": "1"}, "line 2: no field 'gold'; did you mean golden?"),
        ({"gold": "1"}, "line 2: no field 'prediction'"),
        ({"gold": "1", "prediction": None}, "line 2: 'prediction' is null; accepted: a text"),
        ({"gold": True, "prediction": "1"}, "line 2: 'gold' is true or false; accepted: a text"),
        ({"gold": "1", "prediction": "1", "question": 4}, "line 2: 'question' is a number; accepted: a text"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(
    line: object, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = jsonl(tmp_path / "pairs.jsonl", [PAIRS[0], line, "", PAIRS[1]])
    assert main(["grade", "math", "--pairs", path]) == EXIT_CHECK_FAILED
    first, bad, last = rows_of(capsys.readouterr().out)
    assert (first["equal"], last["equal"], bad["line"]) == (True, True, 2)
    assert str(bad["error"]).startswith(said)


def test_a_bad_line_keeps_its_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["grade", "math", "--pairs", jsonl(tmp_path / "pairs.jsonl", [{"id": "x", "gold": "1"}])])
    assert rows_of(capsys.readouterr().out)[0]["id"] == "x"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b"PK\0\0", "is no text"),
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


def test_half_a_character_comes_back_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = r'{"id": "\ud83d", "gold": "二", "prediction": "\ud83d"}'
    assert main(["grade", "math", "--pairs", jsonl(tmp_path / "pairs.jsonl", [row])]) == EXIT_OK
    found = rows_of(capsys.readouterr().out)[0]
    assert (found["id"], found["equal"]) == ("\ud83d", False)
    assert "二" in str(found["why"])


def test_lines_of_a_pipe_are_answered_as_they_come(root: Path) -> None:
    command = [sys.executable, "-m", "harness", "grade", "math", "--pairs", "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=root, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for gold, is_equal in (("1", True), ("2", False)):
            process.stdin.write(json.dumps({"gold": gold, "prediction": "1"}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["equal"] is is_equal
        process.stdin.close()
        assert process.wait(10) == EXIT_OK


def test_every_grader_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "list", "--format", "json"]) == EXIT_OK
    rows = json.loads(capsys.readouterr().out)
    assert [row["grader"] for row in rows] == grader_names()
    assert all(row["grades"] for row in rows)


# code


@needs_sandbox
def test_programs_are_graded_in_their_order_and_bad_lines_named(
    data_dir: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [
        {"id": "d", "suite": "humanevel", "task_id": 7, "completion": "x"},
        {"id": "e", "suite": "mbpp", "task_id": 4, "completion": "x"},
        {"id": "f", "suite": "mbppplus", "task_id": 3, "completion": "x"},
        {"id": "g", "suite": "mbpp", "task_id": 3},
        "not json",
    ]
    path = jsonl(tmp_path / "samples.jsonl", [SAMPLES[0], *bad, *SAMPLES[1:]])
    words = ["grade", "code", "--samples", path, "--data-dir", data_dir, "--jobs", "1"]
    assert main(words) == EXIT_CHECK_FAILED
    found = rows_of(capsys.readouterr().out)
    assert [row.get("id") for row in found] == ["a", "d", "e", "f", "g", None, "b", "c"]
    graded = [found[0], *found[6:]]
    assert [(row["verdict"], row["passed"]) for row in graded] == [
        ("correct", True),
        ("wrong", False),
        ("no_answer", False),
    ]
    assert list(graded[0]) == ["id", "verdict", "passed", "why", "ended_by", "wall", "ms"]
    assert "merge([1], [2]) returned [2, 1]" in str(graded[1]["why"])
    assert graded[0]["wall"]
    for row, line, said in zip(
        found[1:6],
        range(2, 7),
        ("did you mean humaneval", "task '4' is not in suite mbpp", "mbppplus_originfmt", "'completion'", "no JSON"),
        strict=True,
    ):
        assert row["line"] == line
        assert said in str(row["error"])


@needs_sandbox
def test_a_data_folder_with_other_rows_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mbpp.jsonl.gz").write_bytes(gzip.compress(b'{"task_id": 3, "text": "Merge."}'))
    path = jsonl(tmp_path / "samples.jsonl", SAMPLES[1:2])
    assert main(["grade", "code", "--samples", path, "--data-dir", str(tmp_path), "--jobs", "1"]) == EXIT_CHECK_FAILED
    assert "the row of mbpp 3 in --data-dir is not the published one" in str(
        rows_of(capsys.readouterr().out)[0]["error"]
    )


def test_a_missing_data_folder_or_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = jsonl(tmp_path / "samples.jsonl", SAMPLES)
    assert main(["grade", "code", "--samples", path, "--data-dir", str(tmp_path / "none")]) == EXIT_USAGE
    assert "none is no folder" in capsys.readouterr().err
    assert main(["grade", "code", "--samples", f"{path}.gz", "--data-dir", str(tmp_path)]) == EXIT_USAGE
    assert "cannot read" in capsys.readouterr().err


@needs_sandbox
def test_programs_from_a_pipe_are_answered_while_it_is_open_and_ctrl_c_ends_it(data_dir: str, root: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "harness",
        "grade",
        "code",
        "--samples",
        "-",
        "--data-dir",
        data_dir,
        "--jobs",
        "1",
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=root, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(json.dumps(SAMPLES[0]) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["verdict"] == "correct"
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(10) == EXIT_INCOMPLETE
        assert process.stderr.read() == "harness: interrupted\n"


@needs_sandbox
def test_a_reader_that_leaves_early_is_no_error(data_dir: str, tmp_path: Path, root: Path) -> None:
    path = jsonl(tmp_path / "samples.jsonl", SAMPLES * 4)
    command = f"{sys.executable} -m harness grade code --samples {path} --data-dir {data_dir} --jobs 1 | head -1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=root)
    assert ran.stderr == "harness: 12 lines: 4 correct, 4 no_answer, 4 wrong\n"  # the work goes on, nothing breaks
    assert json.loads(ran.stdout)["id"] == "a"


# others' labels


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
