"""`harness estimate`: dollars before anything is sent, from earlier runs or from stated assumptions."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Usage
from tests.run.paid_folder import PaidFolder, answer, endpoint, written

PROVIDERS = """\
providers:
  acme:
    base_url: http://127.0.0.1:9/v1
    dialect: generic
    models:
      rocket:
        traits: [thinking_optional]
        price: {input: 1, cached_input: 0.5, output: 10, effective_from: 2025-01-01}
      thinker:
        traits: [reasoning]
        price: {input: 1, output: 10, effective_from: 2025-01-01}
      free-of-prices: {}
"""
ROW = {"id": "p", "prompt": "What is 2 + 2?", "target": "4"}
D = Decimal


def usage(prompt: int, completion: int, cached: int = 0) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with providers of its own and a task file of four problems."""
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    rows = [{**ROW, "id": f"p{number}"} for number in range(4)]
    (tmp_path / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def earlier(path: Path, label: str, answers: list[Usage], *, task: str = "own.jsonl", simulated: bool = False) -> None:
    made = PaidFolder(
        endpoints=[endpoint(label, speaks="generic", simulated=simulated)],
        prices=[],
        jobs={label: [[answer(each)] for each in answers]},
        task=task,
    )
    written(path, made)


def estimated(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["estimate", "own.jsonl", "--grader", "math", "--json", *words]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def only_row(found: dict[str, object]) -> dict[str, str]:
    """The one row, with its count of jobs as text too."""
    rows = found["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 1
    return {name: str(value) for name, value in rows[0].items()}


def test_measured_answers_of_the_same_model_give_mean_and_cheapest_tenth(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier(here / "results" / "old", "acme/rocket", [usage(100, 10), usage(100, 30), usage(300, 50, cached=200)])
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--repeats", "2", "--max-tokens", "1000"))
    # per answer: 100 + 100 = 200; 100 + 300 = 400; 100 + 200 x 0.5 + 500 = 700, per million; the mean is 1300 / 3
    # 4 samples x 2 repeats: low 8 x 200 = 1600, expected 8 x 1300 / 3 = 3466.67
    assert (row["jobs"], row["low_usd"]) == ("8", "0.0016")
    assert abs(D(row["expected_usd"]) - D("0.0034666667")) < D("1e-9")
    # worst: 79 bytes + 1024 prompt tokens at 1 and 1000 output tokens at 10: 8 x (1103 + 10000) = 88824
    assert row["worst_usd"] == "0.088824"
    assert row["basis"] == "3 answers of this model in old"


def test_answers_longer_than_the_planned_limit_are_cut_to_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier(here / "results" / "old", "acme/rocket", [usage(100, 5000)])
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--limit", "1", "--max-tokens", "20"))
    assert row["expected_usd"] == "0.0003"  # 100 x 1 + 20 x 10


def test_other_models_stand_in_uncached_and_are_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier(here / "results" / "old", "acme/other", [usage(100, 10, cached=80)])
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--limit", "1"))
    assert row["expected_usd"] == "0.0002"
    assert "1 answer of other models (acme/other) in old" in row["basis"]


def test_simulated_runs_and_other_tasks_say_nothing_of_a_real_model(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier(here / "results" / "made-up", "acme/rocket", [usage(1, 1)], simulated=True)
    earlier(here / "results" / "elsewhere", "acme/rocket", [usage(1, 1)], task="gsm8k")
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--limit", "1", "--max-tokens", "800"))
    # the prompt has 79 bytes: at 4 a token + 16, 35 tokens; a 32nd and an eighth of 800: 25 and 100 output tokens
    assert (row["low_usd"], row["expected_usd"]) == ("0.000285", "0.001035")
    for words in ("assumed, nothing measured", "not thinking", "low 25 and expected 100"):
        assert words in row["basis"]


def test_a_thinking_model_is_assumed_to_say_more(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = only_row(estimated(capsys, "-m", "acme/thinker", "--limit", "1", "--max-tokens", "900"))
    assert row["expected_usd"] == "0.003035"  # 35 + a third of 900 x 10


def test_from_takes_only_the_runs_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier(here / "results" / "old", "acme/rocket", [usage(100, 10)])
    earlier(here / "elsewhere", "acme/rocket", [usage(100, 20)])
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--limit", "1", "--from", "elsewhere"))
    assert (row["expected_usd"], row["basis"]) == ("0.0003", "1 answer of this model in elsewhere")


def test_an_unreadable_run_is_named_and_left_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier(here / "results" / "good", "acme/rocket", [usage(100, 10)])
    (here / "results" / "bad").mkdir()
    (here / "results" / "bad" / "manifest.json").write_text("{}")
    words = ["estimate", "own.jsonl", "--grader", "math", "-m", "acme/rocket", "--limit", "1"]
    assert main(words) == EXIT_OK
    shown = capsys.readouterr()
    assert "results/bad is left out" in shown.err
    assert "1 answer of this model in good" in shown.out
    assert main([*words, "--from", "results/bad"]) != EXIT_OK


def test_a_model_without_price_is_unknown_and_so_is_the_total(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-m", "acme/rocket", "-m", "acme/free-of-prices", "--limit", "1", "--max-tokens", "800"]
    found = estimated(capsys, *words)
    total, models = found["total"], found["models"]
    assert isinstance(total, dict)
    assert isinstance(models, dict)
    assert (total["low_usd"], total["worst_usd"]) == (None, None)
    assert "no price row of acme/free-of-prices" in total["unknown_because"]
    assert models["acme/rocket"]["low_usd"] == "0.000285"
    assert main(["estimate", "own.jsonl", "--grader", "math", *words]) == EXIT_OK
    shown = capsys.readouterr().out
    line = next(line for line in shown.splitlines() if line.startswith("total "))
    assert line.split() == ["total", "2", "?", "?", "?"]
    assert "total of what is known: 0.00028 low" in shown


def test_simulated_dollars_are_in_no_total_of_real_ones(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = estimated(capsys, "-m", "acme/rocket", "-m", "sim/dear-terse", "--limit", "1", "--max-tokens", "800")
    total = found["total"]
    assert isinstance(total, dict)
    assert total["low_usd"] == "0.000285"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["own.jsonl", "-m", "acme/rocket"], "--grader"),
        (["own.jsonl", "--grader", "math", "-m", "acme/rockett"], "did you mean acme/rocket"),
        (["core-mat", "-m", "acme/rocket"], "did you mean core-math"),
        (["own.jsonl", "--grader", "math", "-m", "acme/rocket", "--from", "nowhere"], "nowhere is not a run folder"),
    ],
)
@pytest.mark.usefixtures("here")
def test_mistakes_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err
