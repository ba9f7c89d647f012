"""An explanation shows what was extracted from where, what it was compared with, and which rule decided."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from tests.cli.grading.answering_server import run_in

pytestmark = pytest.mark.usefixtures("in_a_copy")
_TESTS = {"kind": "calls", "entry_point": "f", "cases": [{"args": [2], "expected": 4}, {"args": [3], "expected": 6}]}
_SAID = "Here it is:\n```python\ndef f(x):\n    return x * x\n```\n\x1b[31mDone."


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run `results/r` of one program that is wrong."""
    folder = tmp_path_factory.mktemp("explain")
    row = {"id": "double", "prompt": "Write f(x), the double of x.", "answer": json.dumps(_TESTS)}
    run_in(folder, [row], grader="code", answer=lambda _, __: _SAID)
    return folder


@pytest.mark.slow
def test_a_wrong_program_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["grade", "explain", "results/r", "--sample", "double"]) == EXIT_OK
    printed = capsys.readouterr().out
    assert printed.startswith("p.jsonl / double   here/solver   repeat 0\n")
    assert "verdict      wrong (grader code 4, " in printed
    # "Here it is:\n```python\n" has 22 characters; the program has 10 + 17 with their line breaks
    assert "extracted    characters 22 to 49 of 63 (lines 3 to 4):\n" in printed
    assert "             | def f(x):\n             |     return x * x\n" in printed
    assert "found by     last fenced block that defines f (number 1 of 1" in printed
    assert "compared to  2 calls of f, each with its expected return value\n" in printed
    assert "decided by   f(3) returned 9; expected 6\n" in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert "\x1b" not in printed


@pytest.fixture(scope="module")
def long_answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of two long answers: one of a single line, and one of many lines with a box around them."""
    folder = tmp_path_factory.mktemp("long")
    rows = [{"id": name, "prompt": f"How many {name}?", "answer": "5"} for name in ("line", "lines")]
    said = {"line": "y" * 900_000 + r" \boxed{" + "7" * 90_000 + "}", "lines": r"\boxed{" + "8\n" * 45_000 + "}"}
    run_in(folder, rows, grader="math", answer=lambda _, prompt: said["lines" if "lines?" in prompt else "line"])
    return folder


@pytest.mark.slow
def test_a_long_answer_is_cut_with_its_length(
    long_answers: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(long_answers)
    capsys.readouterr()
    assert main(["grade", "explain", "results/r", "--sample", "line"]) == EXIT_OK
    printed = capsys.readouterr().out
    # the box begins behind 900,000 letters and a blank, and has 7 + 90,000 + 1 characters
    assert "characters 900,001 to 990,009 of 990,009 (line 1):\n" in printed
    assert "characters left out]" in printed
    assert len(printed) < 2_000
    assert max(map(len, printed.splitlines())) <= 80
    assert main(["grade", "explain", "results/r", "--sample", "lines"]) == EXIT_OK
    printed = capsys.readouterr().out
    # the box has 45,001 lines, the brace on the last; 40 are shown
    assert "             | ... 44,961 lines left out ...\n" in printed
    assert len(printed) < 3_000


def test_json_holds_offsets_that_lead_to_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["grade", "explain", "results/r", "--sample", "double", "-m", "here/solver", "--json"]) == EXIT_OK
    (found,) = json.loads(capsys.readouterr().out)
    (extracted,) = found["extracted"]
    assert _SAID[extracted["start"] : extracted["end"]] == extracted["text"] == "def f(x):\n    return x * x\n"
    assert (found["verdict"], found["why"]) == ("wrong", "f(3) returned 9; expected 6")


def test_a_review_is_shown_beside_the_grade(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"sample": "double", "verdict": "correct", "name": "Ada", "reason": "the target is for another task"}
    Path("d.jsonl").write_text(json.dumps(row) + "\n")
    assert main(["grade", "review", "results/r", "d.jsonl"]) == EXIT_OK
    capsys.readouterr()
    assert main(["grade", "explain", "results/r", "--sample", "double"]) == EXIT_OK
    printed = " ".join(capsys.readouterr().out.split())
    assert "verdict wrong" in printed
    assert "reviewed correct, by Ada on 20" in printed
    assert "the target is for another task" in printed


def test_an_answer_that_is_not_graded_yet_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Path("results/r/grades.jsonl").unlink()
    capsys.readouterr()
    assert main(["grade", "explain", "results/r", "--sample", "double"]) == EXIT_OK
    assert "verdict      ungraded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--sample", "dubble"], "no sample 'dubble'; did you mean double?"),
        (
            ["--sample", "double", "-m", "here/other"],
            "model 'here/other' has no answer to double; did you mean here/solver?",
        ),
        (["--sample", "double", "--repeat", "4"], "no answer of repeat 4; there are 0"),
        (["--sample", "double", "--task", "q"], "task 'q' has no such sample"),
    ],
)
def test_wrong_input_is_named(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "explain", "results/r", *words]) == EXIT_USAGE
    assert complaint in capsys.readouterr().err
