"""Programs graded line by line."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_USAGE
from tests.cli.graded_lines import SAMPLES, jsonl, needs_sandbox, rows_of


@pytest.mark.slow
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
    assert "none is not a folder" in capsys.readouterr().err
    assert main(["grade", "code", "--samples", f"{path}.gz", "--data-dir", str(tmp_path)]) == EXIT_USAGE
    assert "cannot read" in capsys.readouterr().err


@pytest.mark.slow
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
