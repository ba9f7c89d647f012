"""Lines of a file or pipe, one at a time: a bad one ends no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK
from tests.cli.graded_lines import PAIRS, SAMPLES, jsonl, needs_sandbox, rows_of


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "line 2: no JSON (Expecting value: line 1 column 1 (char 0)); the line begins with 'not json'"),
        ("[1]", "line 2: a list; accepted: a JSON object"),
        ("[" * 100_000, "line 2: no JSON"),
        ({"golden": "1", "prediction": "1"}, "line 2: no field 'gold'; did you mean golden?"),
        ({"gold": "1"}, "line 2: no field 'prediction'; fields of this line: gold"),
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


def test_half_a_character_comes_back_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = r'{"id": "\ud83d", "gold": "二", "prediction": "\ud83d"}'
    assert main(["grade", "math", "--pairs", jsonl(tmp_path / "pairs.jsonl", [row])]) == EXIT_OK
    found = rows_of(capsys.readouterr().out)[0]
    assert (found["id"], found["equal"]) == ("\ud83d", False)
    assert "二" in str(found["why"])


@pytest.mark.slow
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


@pytest.mark.slow
@needs_sandbox
def test_a_reader_that_leaves_early_is_no_error(data_dir: str, tmp_path: Path, root: Path) -> None:
    path = jsonl(tmp_path / "samples.jsonl", SAMPLES * 4)
    command = f"{sys.executable} -m harness grade code --samples {path} --data-dir {data_dir} --jobs 1 | head -1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=root)
    assert ran.stderr == "harness: 12 lines: 4 correct, 4 no_answer, 4 wrong\n"  # the work goes on, nothing breaks
    assert json.loads(ran.stdout)["id"] == "a"
