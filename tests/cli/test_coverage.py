"""`harness coverage`: the coverage table, for the settings asked for."""

from __future__ import annotations

import json

import pytest

from harness.cli.coverage import coverage_verdict
from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.stats.coverage import Coverage
from tests.cases import all_cases

QUICK = ("--setting", "accuracy, 30 x 8", "--runs", "100")


def test_table_states_how_often_the_truth_was_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", *QUICK]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "1 setting, 100 runs of each · SIMULATED" in shown
    line = next(line for line in shown.splitlines() if line.startswith("accuracy "))
    covered = float(line.split("%")[0].split()[-1])
    assert 89 <= covered <= 100  # 95% and six points, which chance leaves in fewer than 1 of 100 seeds


def test_json_counts_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", *QUICK, "--json"]) == EXIT_OK
    (record,) = json.loads(capsys.readouterr().out)
    assert record["runs"] + record["undefined"] == 100
    assert record["covered"] == pytest.approx(1 - (record["below"] + record["above"]) / record["runs"])
    assert record["mode"] == "SIMULATED"


def test_the_same_seed_gives_the_same_table(capsys: pytest.CaptureFixture[str]) -> None:
    tables = []
    for _ in range(2):
        main(["coverage", *QUICK, "--json", "--seed", "5"])
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]


def test_settings_can_be_listed_without_simulating(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "--list", "--setting", "cost ratio", "--runs", "1000000000"]) == EXIT_OK
    _, _, _, *rows = capsys.readouterr().out.splitlines()
    assert "cost ratio  30 x 8, middling" in rows
    assert all(row.startswith("cost ratio") for row in rows)
    assert (
        main(["coverage", "--list", "--setting", "cost ratio", "--columns", "setting", "--sort", "stting"]) != EXIT_OK
    )
    assert "did you mean setting" in capsys.readouterr().err


def test_unknown_setting_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "--setting", "cost raito"]) == EXIT_USAGE
    assert "cost ratio" in capsys.readouterr().err


@all_cases(
    ("missed", "said"),
    [(50, "ok"), (78, "ok"), (79, "too low"), (22, "ok"), (21, "too high"), (0, "too high")],
)
def test_a_share_is_marked_only_beyond_what_chance_explains(missed: int, said: str) -> None:
    # two standard errors of 1,000 runs are 1.378 points: 92.12 to 97.88% are within reach of 93.5 to 96.5%
    assert coverage_verdict(Coverage(runs=1000, above=missed // 2, below=missed - missed // 2, undefined=0)) == said


def test_no_interval_at_all_is_said() -> None:
    assert coverage_verdict(Coverage(runs=0, above=0, below=0, undefined=10)) == "none"
