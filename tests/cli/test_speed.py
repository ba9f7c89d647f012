"""`harness speed` in real processes: simulated models, real files; only ratios and counts are asserted."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.types import Completion
from harness.store.call_log import calls
from harness.store.run_dir import RunDir
from tests.cli.test_run import harness


def rows_of(folder: str, cwd: Path) -> list[dict[str, object]]:
    ran = harness("report", folder, "--format", "json", cwd=cwd)
    rows: list[dict[str, object]] = json.loads(ran.stdout)["rows"]
    return rows


def answers_of(folder: Path, label: str) -> list[Completion]:
    return [call.accepted for call in calls(RunDir.open(folder)) if call.label == label and call.accepted is not None]


@pytest.mark.slow
def test_speeds_of_two_models_are_reported_without_grades_or_cached_tokens(tmp_path: Path) -> None:
    ran = harness(
        "speed", "-m", "sim/fast-sloppy", "-m", "sim/expensive-terse", "--requests", "2", "--name", "s", "--quiet",
        cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "SIMULATED" in ran.stdout
    assert "graded yet" not in ran.stdout
    assert ran.stdout.startswith("s · SIMULATED\n\nspeed, 1k · 2 requests per model")
    again = harness("report", "results/s", cwd=tmp_path)
    assert again.stdout == ran.stdout
    rows = rows_of("results/s", tmp_path)
    assert [row["model"] for row in rows] == ["sim/fast-sloppy", "sim/expensive-terse"]
    for row in rows:
        assert int(str(row["n"])) + int(str(row["disturbed"])) == 2
        assert (row["failed"], row["cached_share"]) == (0, 0.0)
    assert "speed, 1k" in (tmp_path / "results/s/report.md").read_text()
    assert not (tmp_path / "results/s/grades.jsonl").exists() or not RunDir.open(tmp_path / "results/s").grades()
    quick = sorted(answer.timing.total_s or 0.0 for answer in answers_of(tmp_path / "results/s", "sim/fast-sloppy"))
    slow = sorted(answer.timing.total_s or 0.0 for answer in answers_of(tmp_path / "results/s", "sim/expensive-terse"))
    assert quick[0] > 0.0
    assert quick[0] < slow[-1]  # a busy machine makes any answer late, none early


@pytest.mark.slow
def test_spread_spaces_the_requests_and_a_finished_measurement_resumes_to_the_same(tmp_path: Path) -> None:
    ran = harness(
        "speed", "-m", "sim/fast-sloppy", "--requests", "4", "--spread", "2s", "--workload", "core-math",
        "--name", "s", "--quiet", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    started: list[datetime] = sorted(
        at for answer in answers_of(tmp_path / "results/s", "sim/fast-sloppy") if (at := answer.timing.started_at)
    )
    # Half a second apart. Any may leave late on a busy machine, the first too, so the last is held against the plan.
    planned = RunDir.open(tmp_path / "results/s").manifest().created_at
    assert (started[-1] - planned).total_seconds() > 1.4
    again = harness("speed", "--resume", "results/s", "--quiet", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, ran.stdout)
    mixed_up = harness("run", "--resume", "results/s", cwd=tmp_path)
    assert (mixed_up.returncode, "harness speed --resume" in mixed_up.stderr) == (2, True)
    regraded = harness("regrade", "results/s", cwd=tmp_path)
    assert (regraded.returncode, "not graded" in regraded.stderr) == (2, True)


@pytest.mark.slow
def test_faster_model_is_faster_with_an_interval_that_excludes_one(tmp_path: Path) -> None:
    ran = harness(
        "speed", "-m", "sim/fast-sloppy", "-m", "sim/expensive-terse", "--requests", "30", "--concurrency", "3",
        "--name", "s", "--quiet", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    row = rows_of("results/s", tmp_path)[1]
    for name, is_below in (("chars_per_s_ratio", True), ("total_s_ratio", False)):
        bounds = row[f"{name}_interval"]
        assert isinstance(bounds, dict)
        if "undefined" in bounds:  # on a busy machine timings are left out
            assert int(str(row["disturbed"])) > 15, bounds
            continue
        assert (bounds["high"] < 1.0) if is_below else (bounds["low"] > 1.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ["at least one model"]),
        (["-m", "sim/fast-slopy"], ["sim/fast-slopy", "sim/fast-sloppy"]),
        (["-m", "xai/grok-4"], ["retired", "2026-05-15"]),
        (["-m", "@sim", "--spread", "long"], ["'long'", "8h"]),
        (["-m", "@sim", "--spread", "8"], ["'8'", "8h"]),
        (["-m", "@sim", "--spread", "0h"], ["'0h'", "above 0"]),
        (["-m", "@sim", "--requests", "0"], ["'0'", "from 1 on"]),
        (["-m", "@sim", "--concurrency", "0"], ["'0'", "from 1 on"]),
        (["-m", "@sim", "--workload", "2k"], ["'2k'", "1k"]),
        (["-m", "@sim", "--workload", "1k", "core-mth"], ["'core-mth'", "core-math"]),
        (["-m", "@sim", "--workload", "core-math", "--requests", "5000"], ["core-math has", "at most"]),
        (["-m", "vllm/default"], ["nothing answers", "127.0.0.1:8000"]),
        (["--resume", "nowhere"], ["nowhere", "manifest.json"]),
        (["--resume", "nowhere", "--spread", "1h"], ["--spread", "cannot change"]),
    ],
)
def test_wrong_input_is_named_with_what_would_be_accepted(
    words: list[str],
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["speed", *words])
    except SystemExit as refused:  # argparse
        code = int(str(refused.code))
    shown = capsys.readouterr().err
    assert code == 2
    assert all(word in shown for word in said), shown
    assert not (tmp_path / "results").exists()
