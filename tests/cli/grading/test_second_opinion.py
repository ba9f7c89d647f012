"""A second opinion reads a run's answers, changes no grade, and pays a judge from a budget of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from tests.cli.grading.answering_server import AnsweringServer, answering
from tests.commands import run_here

_PROBLEMS = [
    {"id": "half", "prompt": "What is one half?", "answer": "1/2"},
    {"id": "pair", "prompt": "Give the pair (x, y).", "answer": "(1, 2)"},
    {"id": "tree", "prompt": "How many trees?", "answer": "12"},
]
_SAID = {
    "one half": "It is \\boxed{0.5}.",
    "the pair": "So \\boxed{(2, 1)}.",
    "many trees": "I count \\boxed{12} trees.",
}


def _answer(model: str, prompt: str) -> str:
    if model == "judge":
        if "one half" in prompt:
            return "It is 0.5.\nVERDICT: CORRECT"
        return "VERDICT: WRONG" if "the pair" in prompt else "The response says 13.\n**VERDICT: WRONG**"
    return next(text for words, text in _SAID.items() if words in prompt)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AnsweringServer, Path]]:
    """A folder with a finished run `results/r` of three problems by here/solver, and the server, which goes on."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in _PROBLEMS))
    with answering(_answer) as here:
        here.write_providers(folder)
        ran = run_here("run", "p.jsonl", "--grader", "math", "-m", "here/solver", "--name", "r", "--quiet", cwd=folder)
        assert ran.returncode == EXIT_OK, ran.stderr
        yield here, folder


@pytest.fixture
def server(finished: tuple[AnsweringServer, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AnsweringServer:
    """The server, with nothing asked yet; the working folder holds a copy of the run."""
    here, folder = finished
    shutil.copytree(folder, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path))
    here.prompts.clear()
    return here


def _stored(path: str) -> bytes:
    return Path("results/r", path).read_bytes()


@pytest.mark.slow
def test_math_verify_agrees_or_is_listed_and_no_grade_changes(
    server: AnsweringServer, capsys: pytest.CaptureFixture[str]
) -> None:
    grades, calls = _stored("grades.jsonl"), _stored("calls-0.jsonl")
    capsys.readouterr()
    assert main(["grade", "second-opinion", "results/r"]) == EXIT_OK
    printed = capsys.readouterr().out
    assert "second opinions on 3 math answers of r" in printed
    assert "3 agree" in printed
    assert "on which the opinions differ" not in printed
    assert (_stored("grades.jsonl"), _stored("calls-0.jsonl")) == (grades, calls)
    assert server.prompts == {}
    opinions = [json.loads(line) for line in _stored("opinions.jsonl").splitlines()]
    assert sorted(line["grade"]["verdict"] for line in opinions) == ["correct", "correct", "wrong"]


@pytest.mark.slow
def test_asked_twice_math_verify_grades_once(server: AnsweringServer) -> None:
    assert main(["grade", "second-opinion", "results/r"]) == EXIT_OK
    first = _stored("opinions.jsonl")
    assert main(["grade", "second-opinion", "results/r"]) == EXIT_OK
    assert _stored("opinions.jsonl") == first


@pytest.mark.slow
def test_a_judge_has_its_own_bill_and_its_disagreements_are_listed(
    server: AnsweringServer, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["grade", "second-opinion", "results/r", "--judge", "here/judge", "--max-usd", "1", "--quiet"]
    capsys.readouterr()
    assert main(["report", "results/r", "--format", "json"]) == EXIT_OK
    report = json.loads(capsys.readouterr().out)
    assert main(words) == EXIT_OK
    printed = capsys.readouterr().out
    assert "judge here/judge: 2 agree, 1 differ" in printed
    # three requests of 1,000 tokens at $1 and 100 at $2 a million: 3 x $0.0012
    assert "$0.0036 for 3 requests, budget $1" in printed
    assert "1 answer on which the opinions differ" in printed
    assert "p.jsonl/tree" in printed
    assert len(server.prompts["judge"]) == 3

    assert main([*words, "--json"]) == EXIT_OK  # nothing is asked again
    found = json.loads(capsys.readouterr().out)
    assert len(server.prompts["judge"]) == 3
    assert found["judge"]["spent_usd"] == "0.0036"
    assert [entry["sample"] for entry in found["disagreements"]] == ["tree"]
    assert found["disagreements"][0]["grader_verdict"] == "correct"
    assert found["disagreements"][0]["judge_verdict"] == "wrong"
    assert main(["report", "results/r", "--format", "json"]) == EXIT_OK
    assert json.loads(capsys.readouterr().out) == report  # the run's figures are its own


@pytest.mark.slow
def test_a_judges_budget_holds_and_the_rest_is_judged_later(
    server: AnsweringServer, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["grade", "second-opinion", "results/r", "--judge", "here/judge", "--quiet", "--max-usd"]
    # A request is held at its highest cost: 2,048 tokens of output at $2 a million, and some 1,800 of input at $1, that
    # is $0.0059. It is billed $0.0012, and what is left of $0.0065 holds no second one.
    assert main([*words, "0.0065"]) == EXIT_INCOMPLETE
    asked = len(server.prompts["judge"])
    assert 1 <= asked < 3
    assert "without an opinion" in capsys.readouterr().out
    assert main([*words, "1"]) == EXIT_OK
    assert len(server.prompts["judge"]) == 3  # none of them twice
    assert "$0.0036 for 3 requests" in capsys.readouterr().out


@pytest.mark.slow
def test_the_judges_prompt_holds_problem_target_and_response_between_marks(server: AnsweringServer) -> None:
    assert (
        main(["grade", "second-opinion", "results/r", "--judge", "here/judge", "--max-usd", "1", "--quiet"]) == EXIT_OK
    )
    (prompt,) = [text for text in server.prompts["judge"] if "many trees" in text]
    mark = prompt.partition("<response-")[2].partition(">")[0]
    assert f"<reference-{mark}>\n12\n</reference-{mark}>" in prompt
    assert f"<response-{mark}>\nI count \\boxed{{12}} trees.\n</response-{mark}>" in prompt


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["results/r", "--judge", "here/judge"], "--judge MODEL and --max-usd USD go together"),
        (["results/r", "--max-usd", "1"], "--judge MODEL and --max-usd USD go together"),
        (["results/r", "--judge", "here/nobody", "--max-usd", "1"], "unknown model 'nobody'"),
        (["results/x"], "is not a run folder"),
    ],
)
def test_wrong_input_is_named(
    server: AnsweringServer, words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grade", "second-opinion", *words]) == EXIT_USAGE
    assert complaint in capsys.readouterr().err


def test_a_run_without_math_answers_has_no_second_opinion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.jsonl").write_text('{"id": "a", "prompt": "f(1)?", "answer": "2"}\n')
    with answering(lambda _, __: "[ANSWER]2[/ANSWER]") as here:
        here.write_providers(tmp_path)
        words = ["run", "p.jsonl", "--grader", "literal", "-m", "here/solver", "--name", "r", "--quiet"]
        assert main(words) == EXIT_OK
    assert main(["grade", "second-opinion", "results/r"]) == EXIT_USAGE
    assert "no answers of a math task" in capsys.readouterr().err
