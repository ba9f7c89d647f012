"""`harness import` as a user meets it: a run folder marked IMPORTED everywhere, or one message and nothing left."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.report.run_data.load import RunData
from harness.store.run_dir import RunDir
from tests.cli.imported_runs import MODEL
from tests.report.runs import RunWriter, endpoint


def test_dollars_are_those_of_the_day_and_latency_is_unknown(imported: RunDir) -> None:
    records = [one for one in RunData.load(imported).records() if one.label == f"openrouter/{MODEL}"]
    # 1000 x 3 + 500 x 15 dollars per million, 5.5% fee on top: 0.0105 x 1.055
    assert {one.spent_usd for one in records} == {Decimal("0.0110775")}
    assert {one.total_s for one in records} == {None}
    assert [one.grade.grader for one in imported.grade_lines()] == ["imported:openai-pairs"] * 8


def test_a_run_of_its_own_is_no_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RunWriter(tmp_path / "own", endpoints=[endpoint()], samples=1).close()
    assert main(["audit", str(tmp_path / "own")]) == EXIT_USAGE
    assert "holds no imported results but a run of its own" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["report", "results/theirs"],
        ["compare", "results/theirs"],
        ["report", "results/theirs", "--format", "html"],
        ["report", "results/theirs", "--format", "md"],
        ["report", "results/theirs", "--format", "json"],
        ["compare", "results/theirs", "--format", "json"],
    ],
    ids=" ".join,
)
def test_every_output_says_imported_and_never_live(
    imported: RunDir, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(command) == EXIT_OK
    shown = capsys.readouterr().out
    assert "IMPORTED" in shown
    assert "SIMULATED" not in shown


def test_an_export_says_imported_in_each_row(imported: RunDir, tmp_path: Path) -> None:
    assert main(["export", "results/theirs", "--format", "csv"]) == EXIT_OK
    rows = (tmp_path / "theirs-samples.csv").read_text().splitlines()[1:]
    assert len(rows) == 8
    assert all("IMPORTED" in row for row in rows)


def test_regrading_keeps_the_verdicts_of_the_source(imported: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regrade", str(imported.path)]) == EXIT_OK
    assert "8 answers regraded, 2 verdicts changed" in capsys.readouterr().out
    graders = [line.grade.grader for line in imported.grade_lines()]
    assert graders == ["imported:openai-pairs"] * 8 + ["numeric"] * 8
    assert main(["report", str(imported.path)]) == EXIT_OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "6 of 8 answers alike, 0 correct only for the source, 2 only for our grader" in shown


def test_both_verdicts_stand_side_by_side_once_regraded(
    imported: RunDir, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(imported.path)]) == EXIT_OK
    assert "by source" not in capsys.readouterr().out  # the source's verdicts are the only ones
    assert main(["regrade", str(imported.path)]) == EXIT_OK
    capsys.readouterr()
    assert main(["report", str(imported.path)]) == EXIT_OK
    assert capsys.readouterr().out.count("75% (3/4)") == 2  # each model: the source has 3 of 4 correct, one differs
    assert main(["report", str(imported.path), "--format", "json"]) == EXIT_OK
    assert {row["source_accuracy"] for row in json.loads(capsys.readouterr().out)["rows"]} == {0.75}
    assert main(["compare", str(imported.path)]) == EXIT_OK
    said = " ".join(capsys.readouterr().out.split())
    assert f"openrouter/{MODEL} on imported: 3 of 4 answers correct by the source's own verdicts, 3 agreeing" in said
    assert main(["export", str(imported.path), "--format", "csv"]) == EXIT_OK
    rows = list(csv.DictReader((tmp_path / "theirs-samples.csv").read_text().splitlines()))
    assert {(row["sample_id"], row["verdict"], row["source_verdict"]) for row in rows} == {
        ("q0", "correct", "wrong"),
        *((f"q{number}", "correct", "correct") for number in (1, 2, 3)),
    }


def test_an_imported_run_is_not_resumed_and_not_reused(imported: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--resume", str(imported.path)]) == EXIT_USAGE
    assert "is IMPORTED: it has nothing to resume" in capsys.readouterr().err
    words = ["run", "core-math", "-m", "sim/fast-sloppy", "--limit", "1", "--reuse", str(imported.path)]
    assert main(words) == EXIT_USAGE
    assert "is IMPORTED: imported answers never replace answers of our own" in capsys.readouterr().err


def test_a_label_of_the_users_chooses_the_price_rows(imported: RunDir) -> None:
    words = ["import", "replies.jsonl", "--name", "maker", "--label", "minimax/minimax-m2=minimax/minimax-m2"]
    assert main(words) == EXIT_OK
    data = RunData.load(RunDir(imported.path.parent / "maker"))
    found = {one.spent_usd for one in data.records() if one.label == "minimax/minimax-m2"}
    assert found == {Decimal("0.0009")}  # 1000 x 0.3 + 500 x 1.2 dollars per million, no fee


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"response": {"choices": [', "no known format in wrong.jsonl"),
        ('{"model": "m", "correct": 1}\n{"model": "m", "correct": "maybe"}\n', "the verdict is 'maybe'"),
        (
            '{"model": "m", "id": 1, "correct": 1}\n{"model": "m", "id": 1, "correct": 0}\n',
            "answers 1 of imported twice",
        ),
        ('{"model": "m", "correct": 1, "cost": "0.2 EUR"}\n', "without another currency"),
    ],
)
def test_wrong_files_give_one_message_and_leave_nothing(
    content: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.jsonl").write_text(content)
    assert main(["import", "wrong.jsonl"]) == EXIT_USAGE
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["wrong.jsonl"]


def test_published_dollars_without_tokens_are_no_bill_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "board.csv").write_text("model,id,correct,usd\nm,1,1,0.01\nm,2,0,0.02\n")
    assert main(["import", "board.csv", "--name", "theirs"]) == EXIT_OK
    capsys.readouterr()
    assert main(["report", "results/theirs"]) == EXIT_OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "stated minus ours: $0.03 stated in 2 answers (ours is unknown)" in shown  # 0.01 + 0.02
    assert "ours is $0" not in shown
    assert "2 answers came without a finish reason, which the source does not give" in shown
    assert main(["report", "results/theirs", "--format", "json"]) == EXIT_OK
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["provider_charge_usd"], row["ours_of_stated_usd"]) == ("0.03", None)
