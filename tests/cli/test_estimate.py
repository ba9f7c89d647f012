"""`harness estimate`: dollars before anything is sent, from earlier runs or from stated assumptions."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from tests.cli.estimates import earlier, estimated, only_row, usage

D = Decimal


def test_measured_answers_of_the_same_model_give_mean_and_cheapest_tenth(
    task_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier(task_dir / "results" / "old", "acme/rocket", [usage(100, 10), usage(100, 30), usage(300, 50, cached=200)])
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--repeats", "2", "--max-tokens", "1000"))
    # per answer: 100 + 100 = 200; 100 + 300 = 400; 100 + 200 x 0.5 + 500 = 700, per million; the mean is 1300 / 3
    # 4 samples x 2 repeats: low 8 x 200 = 1600, expected 8 x 1300 / 3 = 3466.67
    assert (row["jobs"], row["low_usd"]) == ("8", "0.0016")
    assert abs(D(row["expected_usd"]) - D("0.0034666667")) < D("1e-9")
    # worst: 79 bytes + 1024 prompt tokens at 1 and 1000 output tokens at 10: 8 x (1103 + 10000) = 88824
    assert row["worst_usd"] == "0.088824"
    assert row["basis"] == "3 answers of this model in old"


def test_answers_longer_than_the_planned_limit_are_cut_to_it(
    task_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier(task_dir / "results" / "old", "acme/rocket", [usage(100, 5000)])
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--limit", "1", "--max-tokens", "20"))
    assert row["expected_usd"] == "0.0003"  # 100 x 1 + 20 x 10


def test_other_models_stand_in_uncached_and_are_named(task_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier(task_dir / "results" / "old", "acme/other", [usage(100, 10, cached=80)])
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--limit", "1"))
    assert row["expected_usd"] == "0.0002"
    assert "1 answer of other models (acme/other) in old" in row["basis"]


def test_simulated_runs_and_other_tasks_say_nothing_of_a_real_model(
    task_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier(task_dir / "results" / "made-up", "acme/rocket", [usage(1, 1)], simulated=True)
    earlier(task_dir / "results" / "elsewhere", "acme/rocket", [usage(1, 1)], task="gsm8k")
    row = only_row(estimated(capsys, "-m", "acme/rocket", "--limit", "1", "--max-tokens", "800"))
    # the prompt has 79 bytes: at 4 a token + 16, 35 tokens; a 32nd and an eighth of 800: 25 and 100 output tokens
    assert (row["low_usd"], row["expected_usd"]) == ("0.000285", "0.001035")
    for words in ("assumed, nothing measured", "that does not reason", "low 25 and expected 100"):
        assert words in row["basis"]


def test_a_thinking_model_is_assumed_to_say_more(task_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = only_row(estimated(capsys, "-m", "acme/thinker", "--limit", "1", "--max-tokens", "900"))
    assert row["expected_usd"] == "0.003035"  # 35 + a third of 900 x 10


def test_levels_of_effort_are_assumed_by_published_ratios(task_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = estimated(capsys, "-m", "acme/thinker@*", "--limit", "1", "--max-tokens", "900")["rows"]
    assert isinstance(rows, list)
    # 35 prompt tokens; a third of 900 at medium, times 0.38 at low, 2.2 at high: 114, 300 and 660 output tokens at 10
    assert [str(row["expected_usd"]) for row in rows] == ["0.001175", "0.003035", "0.006635"]
    assert "x 2.2 for the effort by a published ratio" in rows[2]["basis"]


def test_a_level_goes_by_the_nearest_measured_level_of_the_model(
    task_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier(task_dir / "results" / "old", "acme/thinker@low", [usage(100, 38)])
    earlier(task_dir / "results" / "older", "acme/rocket", [usage(100, 7)])
    row = only_row(estimated(capsys, "-m", "acme/thinker@high", "--limit", "1", "--max-tokens", "900"))
    assert row["expected_usd"] == "0.0023"  # 100 + 38 x 2.2 / 0.38 = 220 output tokens at 10
    assert row["basis"] == "1 answer of acme/thinker@low in old, output x 5.8 (published ratio of efforts)"


def test_a_model_without_price_is_unknown_and_so_is_the_total(
    task_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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


def test_simulated_dollars_are_in_no_total_of_real_ones(task_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = estimated(capsys, "-m", "acme/rocket", "-m", "sim/expensive-terse", "--limit", "1", "--max-tokens", "800")
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
@pytest.mark.usefixtures("task_dir")
def test_mistakes_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err
