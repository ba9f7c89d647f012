"""`harness run --until-...` in real processes with simulated models: it ends early, says so, and stays ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.mock.billing import read_ledger
from tests.cli.test_run import harness
from tests.commands import exit_code

SAMPLES = 120


@pytest.fixture
def here(tmp_path: Path) -> Path:
    rows = [{"problem": f"What is {number} + 1?", "answer": str(number + 1)} for number in range(SAMPLES)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.mark.slow
def test_run_stops_once_enough_is_known_and_counts_as_complete(here: Path) -> None:
    words = ("mine.jsonl", "--grader", "math", "-m", "sim/fast-sloppy", "--name", "r", "--quiet")
    ran = harness("run", *words, "--until-width", "0.5", cwd=here)
    assert ran.returncode == 0, ran.stderr
    assert "stopped early: every accuracy is known to a width of 0.5" in ran.stdout
    assert "stopped before the end" not in ran.stderr
    assert "95% anytime-valid CIs" in ran.stdout
    sent = len(read_ledger(here / "results/r/mock-ledger.jsonl"))
    assert 0 < sent < SAMPLES
    manifest = json.loads((here / "results/r/manifest.json").read_text())
    assert manifest["until_width"] == 0.5
    assert "jobs not sent, about $" in manifest["stopped_early"]
    again = harness("run", "--resume", "results/r", "--quiet", cwd=here)
    assert (again.returncode, again.stdout) == (0, ran.stdout)
    assert len(read_ledger(here / "results/r/mock-ledger.jsonl")) == sent


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--until-width", "0.1", "--repeats", "2"), "--repeats 1, not 2"),
        (("--until-separated",), "names only one"),
        (("--until-width", "4"), "'4' is not a width between 0 and 1"),
        (("--until-width", "0.1", "--until-separated"), "not allowed with"),
    ],
)
def test_wrong_use_is_named_and_nothing_is_begun(
    words: tuple[str, ...],
    said: str,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(here)
    assert exit_code(("run", "mine.jsonl", "--grader", "math", "-m", "sim/fast-sloppy", *words)) == 2
    assert said in capsys.readouterr().err
    assert not (here / "results").exists()
