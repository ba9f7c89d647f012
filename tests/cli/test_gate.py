"""`harness gate` as a CI job meets it: run folders and a baseline file in, an exit code and its reason out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.cli.gate import append_summary
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
    assert main(["baseline", "update", "first", "b.json"]) == EXIT_OK
    assert "2 rows, 16 samples" in capsys.readouterr().out
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_same_figures_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "same", "--baseline", "b.json"]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "SIMULATED" in shown
    assert shown.endswith("passed: all 24 checks; 2 skipped (-)\n")


@pytest.mark.usefixtures("folder")
def test_drop_fails_and_says_how_to_accept_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "worse", "--baseline", "b.json"]) == EXIT_CHECK_FAILED
    shown = capsys.readouterr()
    assert "sim/two on sums: accuracy FAILED: 7 of 8 -> 5 of 8: 2 of 8 samples with another verdict" in shown.out
    assert "harness baseline update worse b.json" in shown.err
    assert main(["gate", "worse", "--baseline", "b.json", "--accuracy", "paired"]) == EXIT_OK  # 2/2^2 is chance


@pytest.mark.usefixtures("folder")
def test_json_and_markdown_carry_the_same_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "worse", "--baseline", "b.json", "--format", "json"]) == EXIT_CHECK_FAILED
    found = json.loads(capsys.readouterr().out)
    failed = [one for one in found["findings"] if one["ruling"] == "failed"]
    assert [(one["model"], one["check"], one["mode"]) for one in failed] == [
        ("sim/two", "accuracy", "SIMULATED"),
        ("sim/two", "verdicts", "SIMULATED"),
    ]
    assert main(["gate", "worse", "--baseline", "b.json", "--format", "md"]) == EXIT_CHECK_FAILED
    assert "| accuracy | 7 of 8 | 5 of 8 | FAILED |" in capsys.readouterr().out


def test_files_for_ci_are_written_beside_the_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "summary.md").write_text("before\n")
    words = ["gate", "worse", "--baseline", "b.json", "--junit", "junit.xml", "--summary", "summary.md"]
    assert main(words) == EXIT_CHECK_FAILED
    assert "FAILED: 2 of 24 checks" in capsys.readouterr().out
    suites = ElementTree.parse(folder / "junit.xml").getroot()
    assert suites.get("failures") == "2"
    summary = (folder / "summary.md").read_text()
    assert summary.startswith("before\n# gate of worse against first")
    assert "| accuracy | 7 of 8 | 5 of 8 | FAILED |" in summary
    assert "| s1 | lost | correct | wrong |" in summary


def test_summary_is_cut_below_what_github_accepts(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    append_summary(file, "ä" * 50 + "\n" + f"{'x' * 99}\n" * 20_000)
    text = file.read_text()
    assert len(text.encode()) <= 2**20
    assert text.endswith("x\n\nCut here; `--format json` holds all of it.\n\n")


@pytest.mark.usefixtures("folder")
def test_limits_need_no_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "same", "--min-accuracy", "0.8"]) == EXIT_OK
    assert main(["gate", "same", "--min-accuracy", "sim/two=0.9"]) == EXIT_CHECK_FAILED
    shown = capsys.readouterr().out
    assert "sim/two on sums: min accuracy FAILED: 87.5% (required: at least 90%): 7 of 8 correct" in shown
    assert "gate of same · SIMULATED" in shown
    assert main(["gate", "same", "--max-usd-per-correct", "1"]) == EXIT_INCOMPLETE  # they have no price


def test_run_of_other_rows_is_one_message(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = endpoint("sim/three", simulated=True)
    writer = RunWriter(folder / "other", endpoints=(other,), samples=1)
    writer.job(other, 0, [answer()], Verdict.CORRECT)
    writer.close()
    assert main(["gate", "other", "--baseline", "b.json"]) == EXIT_INCOMPLETE
    said = "no row in common: b.json holds sim/one on sums, sim/two on sums; other holds sim/three on sums;"
    assert said in capsys.readouterr().err


def test_run_that_is_not_done_is_neither_held_nor_made_a_baseline(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "part", "--baseline", "b.json"]) == EXIT_INCOMPLETE
    assert "3 of 8 jobs not done" in capsys.readouterr().out
    assert main(["baseline", "update", "part", "other.json"]) == EXIT_INCOMPLETE
    assert "no baseline was written" in capsys.readouterr().err
    assert not (folder / "other.json").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["same"], "there is nothing to compare the run with: give --baseline FILE"),
        (["same", "--baseline", "b.json", "--write-baseline", "c.json"], "not allowed with"),
        (["same", "--baseline", "first"], "is a folder; a baseline is a file"),
        (["same", "--baseline", "first/manifest.json"], "is not a baseline of harness gate"),
        (["same", "--baseline", "missing.json"], "No such file"),
        (["sam", "--baseline", "b.json"], "is not a run folder"),
        (["same", "--write-baseline", "first"], "is a folder"),
        (["same", "--write-baseline", "missing/b.json"], "cannot write missing/b.json"),
        (["same", "--baseline", "b.json", "--usd-tolerance", "-1"], "not a share from 0 on"),
        (["same", "--baseline", "b.json", "--tokens-tolerance", "5%"], "not a share from 0 on"),
        (["same", "--baseline", "b.json", "--latency", "0.5"], "not a ratio from 1 on"),
        (["same", "--baseline", "b.json", "--allow-more", "-1"], "not a whole number from 0 on"),
        (["same", "--baseline", "b.json", "--accuracy", "loose"], "'loose' is unknown; accepted: exact, paired"),
        (["same", "--basline", "b.json"], "--baseline"),
        (["same", "--min-accuracy", "90"], "not an accuracy from 0 to 1; for 90% write 0.9"),
        (["same", "--min-accuracy", "=0.9"], "names no model and no task"),
        (["same", "--min-accuracy", "0.9", "--min-accuracy", "0.8"], "--min-accuracy is given twice"),
        (["same", "--max-usd-per-correct", "cheap"], "not an amount of dollars"),
        (["same", "--max-ttft", "0"], "not a number of seconds above 0"),
        (["same", "--max-ttft", "sim/to=1"], "did you mean sim/two"),
        (["same", "--baseline", "b.json", "--junit", "missing/j.xml"], "cannot write missing/j.xml"),
        (["same", "--baseline", "b.json", "--summary", "missing/s.md"], "cannot write missing/s.md"),
    ],
)
def test_mistakes_are_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["gate", *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err


# The mocked suite


@pytest.mark.parametrize("suite_name", ["mocked-suite", "graded-suite"])
@pytest.mark.parametrize("place", ["Makefile", "docs/gate.md"])
def test_suite_is_run_everywhere_as_its_baseline_was(place: str, suite_name: str, root: Path) -> None:
    command = json.loads((root / f"results/baseline/{suite_name}.json").read_text())["command"]
    text = (root / place).read_text().replace("\\\n", " ").replace("$(GATE)", "results/baseline")
    assert " ".join(command) in " ".join(text.split())


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
