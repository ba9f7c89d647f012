"""`harness compare` as a user meets it: run folders in, a table or a refusal out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Verdict
from tests.report.runs import RunWriter, answer, endpoint

ONE, TWO = endpoint("sim/one", simulated=True), endpoint("sim/two", simulated=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs of two made-up models; the second asked another version of the task."""
    for name, version in (("first", 1), ("second", 2)):
        writer = RunWriter(tmp_path / name, endpoints=(ONE, TWO), samples=8)
        manifest = writer.run.manifest()
        writer.run.rewrite_manifest(replace(manifest, tasks=(replace(manifest.tasks[0], version=version),)))
        for sample in range(8):
            writer.job(ONE, sample, [answer()], Verdict.CORRECT)
            writer.job(TWO, sample, [answer()], Verdict.CORRECT if sample else Verdict.WRONG)
        writer.close()
    return tmp_path


def test_table_names_baseline_interval_and_that_all_is_made_up(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(folder / "first")]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "accuracy, difference to sim/one" in shown
    assert "-12.5 [" in shown  # one of eight samples less
    assert "SIMULATED" in shown


@pytest.mark.parametrize("kind", ["md", "csv", "html"])
def test_every_format_is_printed(kind: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(folder / "first"), "--format", kind]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "sim/two" in shown
    assert "SIMULATED" in shown


def test_json_is_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(folder / "first"), "--format", "json", "--baseline", "sim/two"]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert found["mode"] == "SIMULATED"
    assert found["tables"][0]["baseline"] == "sim/two"
    assert found["tables"][0]["rows"][0]["against_baseline"]["accuracy_difference"]["estimate"] == 0.125


def test_mixed_runs_are_refused_with_what_differs_and_compared_when_allowed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(folder / "first"), str(folder / "second")]
    assert main(words) == EXIT_USAGE
    assert "sums: version 1 in first, 2 in second" in capsys.readouterr().err
    assert main([*words, "--allow-mixed"]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "mixed" in shown
    assert "version 1 in first, 2 in second" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["first", "first"], "named twice"),
        (["frist"], "is not a run folder"),
        (["first", "--baseline", "sim/too"], "did you mean sim/two"),
    ],
)
def test_mistakes_are_named(
    words: list[str], said: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(["compare", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err
