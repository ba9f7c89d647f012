"""`harness.compare`: the figures of `harness compare`, as a data frame."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import harness
from harness.cli.main import main
from harness.core.types import Verdict
from tests.report.runs import RunWriter, answer, endpoint

ONE, TWO = endpoint("acme/one"), endpoint("sim/two", simulated=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = RunWriter(tmp_path / "mine", endpoints=(ONE, TWO), samples=8)
    for sample in range(8):
        writer.job(ONE, sample, [answer()], Verdict.CORRECT)
        writer.job(TWO, sample, [answer()], Verdict.CORRECT if sample else Verdict.WRONG)
    writer.close()
    return tmp_path / "mine"


def test_table_holds_the_paired_difference_of_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(folder), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)["tables"][0]["rows"][1]["against_baseline"]["accuracy_difference"]
    table = harness.compare(folder).table.set_index("model")
    assert table.loc["sim/two", "accuracy_difference"] == said["estimate"] == -0.125
    assert table.loc["sim/two", "accuracy_difference_low"] == said["low"]
    assert list(table["baseline"]) == ["acme/one", "acme/one"]


def test_runs_that_are_loaded_can_be_compared_with_another_baseline(folder: Path) -> None:
    found = harness.compare(harness.load(folder), baseline="sim/two")
    assert found.table.set_index("model").loc["acme/one", "accuracy_difference"] == 0.125
    assert found.mode == "live and SIMULATED"
    assert any("SIMULATED" in note for note in found.notes)
    assert "<td>acme/one</td>" in found._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"baseline": "acme/won"}, "acme/won"), ({}, "compare needs at least one run")],
)
def test_mistakes_are_named(arguments: dict[str, str], message: str, folder: Path) -> None:
    runs = [folder] if arguments else []
    with pytest.raises(harness.HarnessError, match=message):
        harness.compare(*runs, **arguments)  # type: ignore[arg-type]  # keywords by name


def test_two_runs_of_a_model_give_frames_of_what_changed(folder: Path, tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "later", endpoints=(ONE,), samples=8)
    for sample in range(8):
        writer.job(ONE, sample, [answer()], Verdict.WRONG if sample == 3 else Verdict.CORRECT)
    writer.close()
    found = harness.compare(folder, tmp_path / "later")
    (row,) = found.before_after.to_dict("records")
    assert (row["model"], row["run_before"], row["run"]) == ("acme/one", "mine", "later")
    assert row["accuracy_difference"] == -0.125  # one of eight samples less
    assert found.flips.to_dict("records") == [
        {
            "model": "acme/one",
            "run_before": "mine",
            "run_after": "later",
            "task": "sums",
            "sample_id": "s3",
            "before": "correct",
            "after": "wrong",
        }
    ]
    assert set(found.table["model"]) == {"acme/one [mine]", "acme/one [later]", "sim/two"}
