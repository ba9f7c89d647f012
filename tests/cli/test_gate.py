"""`harness gate` as a CI job meets it: run folders and a baseline file in, an exit code and its reason out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from harness.core.types import Verdict
from tests.commands import exit_code
from tests.report.runs import RunWriter, answer, endpoint

ONE, TWO = endpoint("sim/one", simulated=True), endpoint("sim/two", simulated=True)


def write_run(path: Path, *, wrong: int, done: int = 8) -> None:
    """A run of two made-up models over eight samples, the first of which the second model has wrong."""
    writer = RunWriter(path, endpoints=(ONE, TWO), samples=8)
    for sample in range(done):
        writer.job(ONE, sample, [answer()], Verdict.CORRECT)
        writer.job(TWO, sample, [answer()], Verdict.CORRECT if sample >= wrong else Verdict.WRONG)
    writer.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The working folder: run `first` and its baseline, `same`, `worse`, and `part`, which is not done."""
    write_run(tmp_path / "first", wrong=1)
    write_run(tmp_path / "same", wrong=1)
    write_run(tmp_path / "worse", wrong=3)
    write_run(tmp_path / "part", wrong=1, done=5)
    monkeypatch.chdir(tmp_path)
    assert main(["gate", "first", "--write-baseline", "b.json"]) == EXIT_OK
    assert "2 rows, 16 samples" in capsys.readouterr().out
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_same_figures_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "same", "--baseline", "b.json"]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "SIMULATED" in shown
    assert shown.endswith("passed: all 18 checks; 2 skipped (-)\n")


@pytest.mark.usefixtures("folder")
def test_drop_fails_and_says_how_to_accept_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "worse", "--baseline", "b.json"]) == EXIT_CHECK_FAILED
    shown = capsys.readouterr()
    assert "sim/two on sums: accuracy FAILED: 7 of 8 -> 5 of 8: 2 of 8 samples with another verdict" in shown.out
    assert "harness gate worse --write-baseline b.json" in shown.err
    assert main(["gate", "worse", "--baseline", "b.json", "--accuracy", "paired"]) == EXIT_OK  # 2/2^2 is chance


@pytest.mark.usefixtures("folder")
def test_json_and_markdown_carry_the_same_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "worse", "--baseline", "b.json", "--format", "json"]) == EXIT_CHECK_FAILED
    found = json.loads(capsys.readouterr().out)
    failed = [one for one in found["findings"] if one["ruling"] == "failed"]
    assert [(one["model"], one["check"], one["mode"]) for one in failed] == [("sim/two", "accuracy", "SIMULATED")]
    assert main(["gate", "worse", "--baseline", "b.json", "--format", "md"]) == EXIT_CHECK_FAILED
    assert "| accuracy | 7 of 8 | 5 of 8 | FAILED |" in capsys.readouterr().out


def test_run_that_is_not_done_is_neither_held_nor_made_a_baseline(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "part", "--baseline", "b.json"]) == EXIT_INCOMPLETE
    assert "3 of 8 jobs not done" in capsys.readouterr().out
    assert main(["gate", "part", "--write-baseline", "other.json"]) == EXIT_INCOMPLETE
    assert "no baseline was written" in capsys.readouterr().err
    assert not (folder / "other.json").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["same"], "one of the arguments --baseline --write-baseline is required"),
        (["same", "--baseline", "b.json", "--write-baseline", "c.json"], "not allowed with"),
        (["same", "--baseline", "first"], "is a folder; a baseline is a file"),
        (["same", "--baseline", "first/manifest.json"], "is no baseline of harness gate"),
        (["same", "--baseline", "missing.json"], "No such file"),
        (["sam", "--baseline", "b.json"], "is not a run folder"),
        (["same", "--write-baseline", "first"], "is a folder"),
        (["same", "--write-baseline", "missing/b.json"], "cannot write missing/b.json"),
        (["same", "--baseline", "b.json", "--usd-tolerance", "-1"], "not a share from 0 on"),
        (["same", "--baseline", "b.json", "--tokens-tolerance", "5%"], "not a share from 0 on"),
        (["same", "--baseline", "b.json", "--latency", "0.5"], "not a ratio from 1 on"),
        (["same", "--baseline", "b.json", "--allow-more", "-1"], "not a whole number from 0 on"),
        (["same", "--baseline", "b.json", "--accuracy", "loose"], "invalid choice"),
        (["same", "--basline", "b.json"], "--baseline"),
    ],
)
def test_mistakes_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["gate", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err


# The mocked suite


@pytest.mark.parametrize("place", ["Makefile", "docs/gate.md"])
def test_suite_is_run_everywhere_as_its_baseline_was(place: str, root: Path) -> None:
    command = json.loads((root / "results/baseline/mocked-suite.json").read_text())["command"]
    assert " ".join(command) in (root / place).read_text()


def suite(root: Path, results: Path, *, providers: Path | None = None) -> Path:
    """Run the suite as its baseline says it was run; returns the run folder."""
    command: list[str] = json.loads((root / "results/baseline/mocked-suite.json").read_text())["command"]
    place = command.index("--providers") + 1
    command[place] = str(providers or root / command[place])
    ran = subprocess.run(
        [sys.executable, "-m", *command, "--results", str(results)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == EXIT_OK, ran.stderr
    return results / command[command.index("--name") + 1]


def gated(run: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """The gate over the committed baseline, in a process of its own."""
    words = ["gate", str(run), "--baseline", "results/baseline/mocked-suite.json"]
    return subprocess.run(
        [sys.executable, "-m", "harness", *words], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_mocked_suite_holds_to_the_last_digit(root: Path, tmp_path: Path) -> None:
    found = gated(suite(root, tmp_path), root)
    assert found.returncode == EXIT_OK, found.stdout
    assert "SIMULATED" in found.stdout


@pytest.mark.slow
def test_planted_regressions_are_caught_and_named(root: Path, tmp_path: Path) -> None:
    planted = (root / "results/baseline/providers.yaml").read_text()
    for sound, broken in (
        ("output: 4.40,", "output: 4.40000001,"),  # suite-openai: higher in the eighth digit
        ("{easy: 0.99, medium: 0.93, hard: 0.80}", "{easy: 0.90, medium: 0.80, hard: 0.50}"),  # suite-anthropic
        ("rate_limit: 0.06", "rate_limit: 0.20"),  # suite-flaky
    ):
        assert planted.count(sound) == 1
        planted = planted.replace(sound, broken)
    providers = tmp_path / "providers.yaml"
    providers.write_text(planted)
    found = gated(suite(root, tmp_path, providers=providers), root)
    assert found.returncode == EXIT_CHECK_FAILED
    printed = " ".join(found.stdout.split())  # lines are folded to the width
    for said in (
        "sim/suite-openai on core-math: dollars FAILED: $0.05648753 -> $0.05648753012157: different in 77 of 77",
        "the tokens in and out are the same, so the rates, or the cached share, are not",
        "sim/suite-anthropic on core-math: accuracy FAILED: 70 of 77 -> 57 of 77",
        "sim/suite-flaky on core-math: failed attempts FAILED",
    ):
        assert said in printed
    assert "sim/suite-xai on core-math: " not in found.stdout  # what was left alone holds
