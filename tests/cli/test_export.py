"""`harness export` as a user meets it; what is in the files is tested in tests/exporters."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from tests.exporters.runs import write_run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_run(tmp_path / "results" / "first")
    write_run(tmp_path / "results" / "second")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_default_is_the_samples_as_csv_named_after_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "results/first"]) == EXIT_OK
    assert capsys.readouterr().out == "wrote first-samples.csv\n"
    assert len((folder / "first-samples.csv").read_text().splitlines()) == 7


def test_several_runs_go_into_one_table(folder: Path) -> None:
    assert (
        main(["export", "first", "second", "--what", "summary", "--format", "parquet", "-o", "all.parquet"]) == EXIT_OK
    )
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(folder / "all.parquet")["run"].to_pylist() == [
        "first",
        "first",
        "second",
        "second",
    ]


def test_results_are_a_folder_that_force_writes_into_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", "first", "--format", "every-eval-ever"]
    assert main(words) == EXIT_OK
    assert capsys.readouterr().out == "wrote 2 files below first-every-eval-ever\n"
    assert main(words) == EXIT_USAGE
    assert main([*words, "--force"]) == EXIT_OK
    assert len(list((folder / "first-every-eval-ever").rglob("*.json"))) == 2


@pytest.mark.usefixtures("folder")
def test_csv_on_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "first", "--what", "summary", "-o", "-"]) == EXIT_OK
    assert [row["model"] for row in csv.DictReader(io.StringIO(capfd.readouterr().out))] == ["acme/one", "sim/two"]


def test_existing_file_is_replaced_with_force_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "first-samples.csv").write_text("mine")
    assert main(["export", "first"]) == EXIT_USAGE
    assert "first-samples.csv already exists; --force" in capsys.readouterr().err
    assert (folder / "first-samples.csv").read_text() == "mine"
    assert main(["export", "first", "--force"]) == EXIT_OK


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "there is no such folder with a manifest.json; runs in results: first, second"),
        (["results"], "results is not a run folder: it has no manifest.json"),
        (["first", "--format", "xlsx", "-o", "-"], "xlsx is not text; accepted with it: csv, jsonl"),
        (["first", "--format", "every-eval-ever", "--what", "bills"], "--what goes with csv, jsonl, parquet, xlsx"),
        (["first", "--format", "every-eval-ever", "-o", "-"], "every-eval-ever is a folder of files; name a folder"),
        (["first", "--format", "every-eval-ever", "-o", "results"], "results already exists; --force writes into it"),
        (["first", "--format", "hf-eval-results"], "sim/two on sums: SIMULATED; left out"),
        (["first", "-o", "results"], "results is a folder"),
    ],
)
def test_mistakes_are_named(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", *words]) == EXIT_USAGE
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("option", "value"), [("--format", "xml"), ("--what", "answers")])
def test_unknown_choice_lists_the_accepted_ones(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", "first", option, value])
    assert ended.value.code == EXIT_USAGE
    assert f"'{value}' is unknown; accepted: " in capsys.readouterr().err
