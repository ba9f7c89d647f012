"""`harness.load`: data frames of a run, with their documented types, equal to what `harness report` says."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import harness
from harness.cli.main import main
from harness.exporters.columns import DTYPE_OF
from harness.exporters.tables import TABLES
from tests.exporters.runs import write_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "results" / "mine")


@pytest.mark.parametrize("name", TABLES)
def test_frames_have_the_documented_columns_and_dtypes(name: str, folder: Path) -> None:
    frame = getattr(harness.load(folder), name)
    expected = {column.name: DTYPE_OF[column.kind] for column in TABLES[name].columns}
    assert {column: str(dtype) for column, dtype in frame.dtypes.items()} == expected


def test_dollars_are_decimals_beside_floats_and_unknown_ones_are_missing(folder: Path) -> None:
    samples = harness.load(folder).samples.set_index(["model", "sample_id"])
    assert samples.loc[("acme/one", "s1"), "spent_usd"] == Decimal("0.0028")
    assert samples.loc[("acme/one", "s1"), "spent_usd_float"] == 0.0028
    assert samples.loc[("acme/one", "s2"), "spent_usd"] is None
    assert pd.isna(samples.loc[("acme/one", "s2"), "spent_usd_float"])
    assert pd.isna(samples.loc[("acme/one", "s4"), "is_correct"])


def test_summary_equals_the_report_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder), "--format", "json"]) == 0
    reported = json.loads(capsys.readouterr().out)["rows"]
    frame = harness.load(folder).summary
    assert len(frame) == len(reported)
    for (_, row), said in zip(frame.iterrows(), reported, strict=True):
        for name in ("task", "model", "mode", "planned", "n", "accuracy", "failed", "prompt_tokens", "ttft_s"):
            assert (None if pd.isna(row[name]) else row[name]) == said[name], name
        for name in ("spent_usd", "usd_per_correct"):
            assert (None if row[name] is None else f"{row[name]:f}") == said[name], name


def test_run_says_where_it_is_and_what_to_know(folder: Path) -> None:
    run = harness.load(str(folder))
    assert (run.name, run.path, run.mode, run.is_complete) == ("mine", folder, "live and SIMULATED", False)
    assert any("no price" in note or "dollars unknown" in note for note in run.notes)
    assert repr(run) == f"Run({str(folder)!r})"


def test_jupyter_shows_summary_mode_and_notes(folder: Path) -> None:
    shown = harness.load(folder)._repr_html_()
    assert "<td>acme/one</td>" in shown
    assert "SIMULATED" in shown
    assert "<li>" in shown
    assert "<td>?</td>" in shown  # an unknown cost


def test_name_alone_is_looked_for_in_results(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent.parent)
    assert len(harness.load("mine").samples) == 6


@pytest.mark.parametrize("name", ["nowhere", "results", "results/nowhere"])
def test_what_is_no_run_is_named_with_the_runs_there_are(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent.parent)
    with pytest.raises(harness.HarnessError, match=rf"^{name} is not a run folder: .*"):
        harness.load(name)
    with pytest.raises(harness.HarnessError, match="runs in results: mine"):
        harness.load("results/nowhere")
