"""Whole sessions as a user has them: the command in a process, a full disk, a second process, reuse, planted keys."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from harness.mock.billing import read_ledger, total_usd
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.store.call_log import call_lines, calls
from harness.store.codec import OutcomeLine, SentLine
from harness.store.run_dir import RunDir
from tests.waiting import wait_until

PROVIDERS = """\
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    limits: {max_concurrency: 8, max_attempts: 8}
    models:
      quick:
        price: {input: 1, output: 4, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.8, answer_tokens: {median: 20}, ttft_s: {median: 0.003}, tokens_per_s: 20000, seed: 1}
      slow:
        price: {input: 1, output: 4, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.8, answer_tokens: {median: 20}, ttft_s: {median: 250}, tokens_per_s: 20000, seed: 1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with fast simulated models of its own."""
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    return tmp_path


def harness(folder: Path, *words: str, prelude: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder; `prelude`: Python to run in the process first."""
    code = f"{prelude}\nimport sys; from harness.cli.main import main\nif __name__ == '__main__': sys.exit(main())"
    script = folder / "harness_command.py"
    script.write_text(code)
    surroundings = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), **environ}
    return subprocess.run(
        [sys.executable, str(script), *words], cwd=folder, capture_output=True, text=True, env=surroundings
    )


def quick_run(folder: Path, name: str, *more: str, prelude: str = "") -> subprocess.CompletedProcess[str]:
    words = ("run", "core-math", "-m", "sim/quick", "--quiet", "--results", "runs", "--name", name, *more)
    return harness(folder, *words, prelude=prelude)


FULL_DISK = (
    "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, resource.RLIM_INFINITY))"
)
"""No file of the process may grow beyond 20,000 bytes: some twenty answers."""


@pytest.mark.slow
def test_full_disk_ends_incomplete_with_all_that_was_paid_named_or_kept(folder: Path) -> None:
    ended = quick_run(folder, "full", "--limit", "40", prelude=FULL_DISK)
    assert ended.returncode == EXIT_INCOMPLETE, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "cannot write" in ended.stderr
    assert "File too large" in ended.stderr
    assert "resume with: harness run --resume" in ended.stderr
    run = RunDir.open(folder / "runs" / "full")
    rescued = [word.rstrip(":") for word in ended.stderr.split() if "harness-rescued-" in word]
    for name in set(rescued):
        with (run.path / "calls-0.jsonl").open("ab") as log:
            log.write(Path(name).read_bytes())
        Path(name).unlink()
    outcomes = {(line.head.key, line.number) for line in call_lines(run) if isinstance(line, OutcomeLine)}
    sends = {(line.head.key, line.number) for line in call_lines(run) if isinstance(line, SentLine)}
    assert outcomes == sends  # every answer in flight when the disk filled up is there
    resumed = harness(folder, "run", "--resume", "runs/full", "--quiet")
    assert resumed.returncode == EXIT_OK, resumed.stderr
    entries = read_ledger(run.path / "mock-ledger.jsonl")
    asked = [(entry.sample_id, entry.repeat, entry.attempt) for entry in entries]
    assert len(asked) == len(set(asked)) == 40


@pytest.mark.slow
def test_second_process_on_a_run_is_refused(folder: Path) -> None:
    assert quick_run(folder, "one", "--limit", "1").returncode == EXIT_OK
    run = RunDir.open(folder / "runs" / "one")
    with run.locked():
        ended = harness(folder, "run", "--resume", "runs/one", "--quiet")
    assert ended.returncode == EXIT_USAGE
    assert "in use by another process" in ended.stderr


@pytest.mark.slow
def test_resume_works_without_the_tasks_and_sends_nothing_when_complete(folder: Path) -> None:
    own = folder / "mine.jsonl"
    rows = ({"id": f"{one}", "prompt": f"{one}+1?", "target": f"{one + 1}"} for one in range(4))
    own.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ("run", "mine.jsonl", "--grader", "math", "-m", "sim/quick", "--results", "runs", "--name", "own")
    assert harness(folder, *words).returncode == EXIT_OK
    run = RunDir.open(folder / "runs" / "own")
    log = run.path / "calls-0.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    own.unlink()
    log.write_bytes(b"".join(lines[:3]))
    (run.path / "grades.jsonl").unlink()
    ended = harness(folder, "run", "--resume", "runs/own", "--quiet")
    assert ended.returncode == EXIT_OK, ended.stderr
    assert len(list(calls(run))) == 4
    billed = len(read_ledger(run.path / "mock-ledger.jsonl"))
    again = harness(folder, "run", "--resume", "runs/own", "--quiet")
    assert again.returncode == EXIT_OK
    assert "sim/quick" in again.stdout
    assert len(read_ledger(run.path / "mock-ledger.jsonl")) == billed
    assert len(run.call_files()) == 2  # a complete run begins no new segment


@pytest.mark.slow
def test_options_that_cannot_change_are_refused_on_resume(folder: Path) -> None:
    assert quick_run(folder, "one", "--limit", "1").returncode == EXIT_OK
    ended = harness(folder, "run", "--resume", "runs/one", "--limit", "5", "--temperature", "1")
    assert ended.returncode == EXIT_USAGE
    assert "--limit, --temperature cannot change" in ended.stderr


@pytest.mark.slow
def test_reused_answers_cost_nothing_again_and_keep_what_they_were(folder: Path) -> None:
    assert quick_run(folder, "old", "--limit", "4").returncode == EXIT_OK
    ended = quick_run(folder, "new", "--limit", "6", "--reuse", "runs/old", "--max-usd", "1")
    assert ended.returncode == EXIT_OK, ended.stderr
    old, new = RunDir.open(folder / "runs" / "old"), RunDir.open(folder / "runs" / "new")
    before = {call.key: call for call in calls(old)}
    after = {call.key: call for call in calls(new)}
    reused = {key for key, call in after.items() if call.reused_from == "old"}
    assert reused == set(before)
    assert len(after) == 6
    assert all(after[key].attempts == before[key].attempts for key in reused)  # instant, latency and usage
    assert len(new.grades()) == 6
    summary = build_run_report(RunData.load(new)).tables[0].summaries[0]
    billed_new = total_usd(read_ledger(new.path / "mock-ledger.jsonl"))
    billed_old = total_usd(read_ledger(old.path / "mock-ledger.jsonl"))
    assert summary.reused == 4
    assert summary.spent_now_usd == billed_new
    assert summary.spent_usd == billed_new + billed_old  # what the answers cost, whoever paid
    resumed = harness(folder, "run", "--resume", "runs/new", "--quiet")
    assert resumed.returncode == EXIT_OK
    assert new.manifest().reused_runs == ("old",)


@pytest.mark.slow
def test_reuse_of_what_is_no_run_is_refused_and_leaves_nothing_behind(folder: Path) -> None:
    ended = quick_run(folder, "new", "--limit", "1", "--reuse", "runs/none")
    assert ended.returncode == EXIT_USAGE
    assert "is not a run folder" in ended.stderr
    assert not (folder / "runs" / "new").exists()


@pytest.mark.slow
def test_cap_below_one_request_says_how_much_the_smallest_job_needs(folder: Path) -> None:
    ended = quick_run(folder, "poor", "--limit", "2", "--max-usd", "0.0001")
    assert ended.returncode == EXIT_INCOMPLETE
    assert "the smallest job left out may cost up to $0.018; $0.0001" in ended.stderr
    raised = harness(folder, "run", "--resume", "runs/poor", "--max-usd", "1", "--quiet")
    assert raised.returncode == EXIT_OK, raised.stderr
    assert RunDir.open(folder / "runs" / "poor").manifest().max_usd == Decimal(1)


@pytest.mark.slow
def test_interrupted_run_says_how_to_go_on_and_goes_on(folder: Path) -> None:
    words = ("core-math", "-m", "sim/slow", "--limit", "3", "--quiet", "--results", "runs", "--name", "slow")
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-m", "harness", "run", *words]
    with subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True) as process:
        log = folder / "runs" / "slow" / "calls-0.jsonl"
        wait_until(lambda: process.poll() is not None or (log.exists() and log.stat().st_size), "a line on disk")
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while not process.stderr.readline().startswith("stopping:"):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == EXIT_INCOMPLETE
    assert "resume with: harness run --resume runs/slow" in said
    run = RunDir.open(folder / "runs" / "slow")
    assert "sent, outcome unknown: sim/slow on core-math 3;" in (run.path / "report.md").read_text()
    shutil.rmtree(run.path)
