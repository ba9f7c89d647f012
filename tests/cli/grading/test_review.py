"""A person's decisions are recorded whole or not at all, apart from the grades, and shown beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from tests.cli.grading.answering_server import run_in

pytestmark = pytest.mark.usefixtures("in_a_copy")
_ANSWERS = {"one": "1", "two": "2", "six": "7"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run `results/r`: three problems, two answered right, each twice."""
    folder = tmp_path_factory.mktemp("review")
    targets = zip(_ANSWERS, "126", strict=True)
    rows = [{"id": name, "prompt": f"Say {name}.", "answer": target} for name, target in targets]
    said = {f"Say {name}.": f"\\boxed{{{answer}}}" for name, answer in _ANSWERS.items()}

    def answer(_: str, prompt: str) -> str:
        return next(text for start, text in said.items() if start in prompt)

    run_in(folder, rows, grader="math", answer=answer, more=("--repeats", "2"))
    return folder


def _write(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def _row(**fields: object) -> str:
    return json.dumps({"repeat": 0, "verdict": "correct", "name": "Ada", "reason": "read it", **fields}) + "\n"


@pytest.mark.slow
def test_decisions_change_the_accuracy_beside_the_graders_and_no_grade(capsys: pytest.CaptureFixture[str]) -> None:
    grades = Path("results/r/grades.jsonl").read_bytes()
    file = _write(
        "d.csv",
        "sample,model,repeat,verdict,name,reason\n"
        'six,here/solver,0,correct,Ada,"7 is right, the target is not"\n'
        "one,here/solver,1,correct,Ada,so it is\n",
    )
    capsys.readouterr()
    assert main(["grade", "review", "results/r", file]) == EXIT_OK
    printed = capsys.readouterr().out
    assert "2 decisions recorded" in printed
    assert "2 of 6" in printed
    assert Path("results/r/grades.jsonl").read_bytes() == grades
    assert main(["grade", "review", "results/r", "--json"]) == EXIT_OK
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["reviewed"], row["changed"]) == (2, 1)
    assert row["accuracy_grader"] == pytest.approx(4 / 6)
    assert row["accuracy_with_reviews"] == pytest.approx(5 / 6)
    assert main(["report", "results/r"]) == EXIT_OK
    report = " ".join(capsys.readouterr().out.split())
    assert "2 answers reviewed by Ada, 1 verdict changed" in report
    assert "83%" in report
    assert main(["report", "results/r", "--format", "json"]) == EXIT_OK
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["accuracy"] == pytest.approx(4 / 6)  # the figures of the report are the grader's


def test_the_last_decision_on_an_answer_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "review", "results/r", _write("a.jsonl", _row(sample="six"))]) == EXIT_OK
    assert main(["grade", "review", "results/r", _write("b.jsonl", _row(sample="six", verdict="wrong"))]) == EXIT_OK
    capsys.readouterr()
    assert main(["grade", "review", "results/r", "--json"]) == EXIT_OK
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["reviewed"], row["changed"]) == (1, 0)
    assert len(Path("results/r/reviews.jsonl").read_bytes().splitlines()) == 2


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"sample": "ona"}, "no sample 'ona'; did you mean one"),
        ({"sample": "one", "repeat": 2}, "no answer of repeat 2; there are 0, 1"),
        ({"sample": "one", "repeat": None}, "one names 2 answers"),
        ({"sample": "one", "repeat": "x"}, "repeat is 'x'; a number from 0 is needed"),
        ({"sample": "one", "model": "here/nobody"}, "model 'here/nobody' has no answer to one"),
        ({"sample": "one", "task": "q"}, "task 'q' has no such sample"),
        ({"sample": "one", "verdict": "right"}, "verdict is 'right'; accepted: correct, wrong"),
        ({"sample": "one", "verdict": "grader_error"}, "verdict is 'grader_error'; accepted"),
        ({"sample": "one", "name": ""}, "name is ''; a text is needed"),
        ({"sample": "one", "reason": None}, "reason is None; a text is needed"),
        ({"sample": "one", "score": 1}, "score: no such field; accepted: sample, model"),
        ({}, "sample is None; a text is needed"),
    ],
)
def test_one_bad_row_and_nothing_is_recorded(
    row: dict[str, object], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _write("d.jsonl", _row(sample="two") + _row(**row))
    assert main(["grade", "review", "results/r", file]) == EXIT_USAGE
    told = capsys.readouterr().err
    assert complaint in told
    assert "line 2:" in told
    assert "nothing was recorded" in told
    assert not Path("results/r/reviews.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("d.txt", "", "decisions are read from .csv or .jsonl"),
        ("d.csv", "sample,verdict\n", "holds no decision"),
        ("d.jsonl", "no json\n", "line 1: no JSON"),
    ],
)
def test_a_file_that_is_none_is_named(name: str, text: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "review", "results/r", _write(name, text)]) == EXIT_USAGE
    assert complaint in capsys.readouterr().err


def test_a_run_without_reviews_says_so_and_its_report_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["grade", "review", "results/r"]) == EXIT_OK
    assert "no answer of this run has been reviewed" in capsys.readouterr().out
    assert main(["report", "results/r"]) == EXIT_OK
    assert "reviewed" not in capsys.readouterr().out


def test_a_damaged_line_of_reviews_is_named_and_not_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    Path("results/r/reviews.jsonl").write_text('{"key": 1}\n')
    assert main(["grade", "review", "results/r"]) != EXIT_OK
    assert "reviews.jsonl: line 1:" in capsys.readouterr().err
