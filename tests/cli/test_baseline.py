"""`harness baseline`: what a new baseline changes is listed before it is written; a baseline is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from harness.core.types import FailureKind, Verdict
from tests.commands import exit_code
from tests.report.runs import RunWriter, answer, endpoint, failure

ONE, TWO = endpoint("acme/one", simulated=True), endpoint("sim/two", simulated=True)


def write_run(path: Path, *, wrong: int, done: int = 8) -> None:
    writer = RunWriter(path, endpoints=(ONE, TWO), samples=8)
    for sample in range(done):
        writer.job(ONE, sample, [answer()], Verdict.CORRECT)
        verdict = Verdict.CORRECT if sample >= wrong else Verdict.WRONG
        writer.job(TWO, sample, [answer()], verdict, said="42" if sample >= wrong else "41")
    writer.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_run(tmp_path / "first", wrong=1)
    write_run(tmp_path / "worse", wrong=3)
    monkeypatch.chdir(tmp_path)
    assert main(["baseline", "update", "first", "b.json"]) == EXIT_OK
    return tmp_path


def test_new_baseline_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b.json").unlink()
    assert main(["baseline", "update", "first", "b.json"]) == EXIT_OK
    assert "baseline: b.json written: 2 rows, 16 samples" in capsys.readouterr().out
    assert (folder / "b.json").is_file()


@pytest.mark.usefixtures("folder")
def test_update_lists_what_changes_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "update", "worse", "b.json"]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "changes of b.json · SIMULATED · 3 changes" in shown
    assert "accuracy  7 of 8" in shown
    assert "s1      lost    correct: 42  wrong: 41" in shown
    assert "sim/one" not in shown
    assert "FAILED" not in shown
    assert shown.endswith("baseline: b.json replaced: 2 rows, 16 samples\n")
    assert main(["gate", "worse", "--baseline", "b.json"]) == EXIT_OK


def test_baseline_that_is_up_to_date_is_not_written_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "b.json").read_bytes()
    write_run(folder / "again", wrong=1)
    assert main(["baseline", "update", "again", "b.json"]) == EXIT_OK
    assert "baseline: b.json is up to date" in capsys.readouterr().out
    assert (folder / "b.json").read_bytes() == before


def test_rows_that_come_and_go_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = RunWriter(folder / "other", endpoints=(ONE, endpoint("sim/new", simulated=True)), samples=8)
    for sample in range(8):
        for who in (ONE, endpoint("sim/new", simulated=True)):
            writer.job(who, sample, [answer()], Verdict.CORRECT)
    writer.close()
    capsys.readouterr()
    assert main(["baseline", "update", "other", "b.json", "--format", "json"]) == EXIT_OK
    shown = capsys.readouterr()
    assert shown.err == "baseline: b.json replaced: 2 rows, 16 samples\n"
    record = json.loads(shown.out)
    assert record["rows"] == ["sim/two on sums: removed", "sim/new on sums: new"]


def test_texts_can_be_left_out(folder: Path) -> None:
    assert main(["baseline", "update", "first", "hidden.json", "--no-texts"]) == EXIT_OK
    assert '"42"' not in (folder / "hidden.json").read_text()
    assert main(["gate", "first", "--baseline", "hidden.json"]) == EXIT_OK


@pytest.mark.usefixtures("folder")
def test_show_says_what_a_baseline_holds(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["baseline", "show", "b.json", "--format", "csv"]) == EXIT_OK
    assert capsys.readouterr().out.splitlines() == [
        "task,model,samples,correct,graded,errors,spent_usd",
        "sums,acme/one,8,8,8,0,0.011200",  # 8 x (1000 x 1/M + 100 x 4/M)
        "sums,sim/two,8,7,8,0,",  # it has no price
    ]


def test_run_without_answers_and_run_that_is_not_done_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(folder / "part", wrong=0, done=5)
    assert main(["baseline", "update", "part", "new.json"]) == EXIT_INCOMPLETE
    writer = RunWriter(folder / "failed", endpoints=(ONE,), samples=1)
    writer.job(ONE, 0, [failure(FailureKind.RATE_LIMITED)])
    writer.close()
    assert main(["baseline", "update", "failed", "new.json"]) == EXIT_USAGE
    shown = capsys.readouterr().err
    assert "6 jobs of part not done: no baseline was written" in shown
    assert "failed holds no answer: every job failed" in shown
    assert not (folder / "new.json").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["update", "first", "first"], "first is a folder; a baseline is a file"),
        (["update", "first", "first/manifest.json"], "is not a baseline of harness gate"),
        (["update", "firs", "b.json"], "is not a run folder"),
        (["update", "first", "missing/b.json"], "cannot write missing/b.json"),
        (["show", "missing.json"], "cannot read missing.json: No such file"),
        (["update", "first"], "required: FILE"),
        (["list"], "'list' is unknown; accepted: update, show"),
    ],
)
def test_mistakes_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["baseline", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err
