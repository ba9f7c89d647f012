"""An agent end to end: scripted policies in the mock, commands in the sandbox, dollars of the ledger, kills.

Needs the extra `agents`; .ci/run has an environment with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_USAGE
from harness.core.prices import Cost
from harness.core.types import Failure, FailureKind, Verdict
from harness.grading.repository.workspace import MAX_BYTES
from harness.mock.billing import read_ledger, total_usd
from harness.report.run_data.load import RunData
from harness.store.call_log import calls
from harness.store.run_dir import RunDir
from tests.run.conversation.run_processes import NEW, answers, finish, finish_after_kills, running
from tests.tasks.swe_bench_folder import write_data_folder
from tests.tasks.tiny_repositories import write_repositories

pytest.importorskip("minisweagent", reason="NEEDS the extra agents")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
TASK = """\
from harness.tasks import Source, Task
from harness.tasks.repositories import repository_sample

TASK = Task(
    name="tiny", version=1, grader="repository", source=Source(title="tiny", licence="none", shipped="tiny"),
    to_sample=repository_sample, content_hash=None, agent_turns=10,
)
"""
PROVIDERS = """\
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    limits: {max_concurrency: 2, max_attempts: 8}
    models:
      half:
        price: {input: 1, output: 4, cached: 0.1, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 0.5, ttft_s: {median: 0.003}, tokens_per_s: 20000, seed: 3,
                   cached_share: {chance: 0.5, share: 0.5}}
      filtered:
        price: {input: 1, output: 4, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 1.0, refuse: 1.0, ttft_s: {median: 0.003}, tokens_per_s: 20000}
      steady:
        price: {input: 1, output: 4, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 1.0, ttft_s: {median: 0.003}, tokens_per_s: 20000, seed: 1}
"""


# Stands before bubblewrap: passes on the lines of a sandbox for commands, up to as many as the file `lines` says, and
# then nothing more, as a machine that stands still. Other sandboxes are left alone.
SLOW_BWRAP = """\
#!{python}
import os, subprocess, sys
if not any("commands.server" in word for word in sys.argv):
    os.execv("{bwrap}", ["bwrap", *sys.argv[1:]])
left = int(open("{lines}").read())
process = subprocess.Popen(["{bwrap}", *sys.argv[1:]], stdout=subprocess.PIPE)
for line in process.stdout:
    if left > 0:
        os.write(1, line)
    left -= 1
"""


# Stands for pytest: tells the plug-in of each test that passed.
PYTEST = """\
import importlib
import os
import sys
import types
import unittest
plugin = importlib.import_module(os.environ["PYTEST_PLUGINS"])
names = [path.removesuffix(".py") for path in sys.argv if path.endswith(".py")][1:]
class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        passed = types.SimpleNamespace(nodeid=str(test), when="call", passed=True, failed=False, skipped=False)
        plugin.pytest_runtest_logreport(report=passed)
unittest.main(module=None, argv=["x", *names], testRunner=unittest.TextTestRunner(resultclass=Result))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "tiny.py").write_text(TASK)
    write_repositories(tmp_path / "tasks" / "tiny")
    return tmp_path


def spent(run: RunDir) -> list[Decimal]:
    """Dollars of each job; all of them are known here."""
    costs = [result.spent for result in RunData.load(run).results()]
    return [cost.usd for cost in costs if isinstance(cost, Cost)]


def test_scripted_agents_solve_their_known_share_at_the_ledgers_dollars(folder: Path) -> None:
    run = finish(folder, "tiny", "-m", "sim/half", "-m", "sim/steady", "--repeats", "4", "--max-usd", "5", *NEW)
    results = list(RunData.load(run).results())
    ledger = read_ledger(run.path / "mock-ledger.jsonl")
    solved = Counter(one.call.label for one in results if one.grade and one.grade.verdict is Verdict.CORRECT)
    drawn = {(one.model, one.sample_id, one.repeat) for one in ledger if one.is_correct}
    assert solved["sim/steady"] == 8
    # what the policy drew is what the tests find; 8 jobs at 50% lie within 1 and 7 but for 0.8% of all seeds
    assert solved["sim/half"] == sum(model == "half" for model, _, _ in drawn)
    assert 1 <= solved["sim/half"] <= 7
    assert len(spent(run)) == 16
    assert sum(spent(run), Decimal(0)) == total_usd(ledger)
    assert {len(result.call.turns) for result in results} == {5}
    assert {result.call.end.tool_calls for result in results if result.call.end} == {5}
    cached = sum(record.cached_tokens or 0 for record in RunData.load(run).records())
    assert cached == sum(one.tokens.cached for one in ledger) > 0


def test_an_agent_killed_in_mid_conversation_resumes_without_asking_a_turn_again(folder: Path) -> None:
    words = ("tiny", "-m", "sim/steady", "--repeats", "2", *NEW)
    run, kills = finish_after_kills(folder, *words, kills=3, every=3)
    assert kills >= 2
    turns = Counter(line.head.key for line in answers(run))
    assert len(turns) == 4
    assert set(turns.values()) == {5}
    assert {call.end.reason for call in calls(run) if call.end is not None and call.is_finished} == {"Submitted"}
    assert [line.grade.verdict for line in run.grades().values()] == [Verdict.CORRECT] * 4
    # the ledger may have more requests than the log has answers: those in flight when the process was killed
    assert len(read_ledger(run.path / "mock-ledger.jsonl")) >= 20


def test_steps_and_dollars_of_a_sample_are_capped(folder: Path) -> None:
    run = finish(folder, "tiny", "-m", "sim/steady", "--max-steps", "3", *NEW)
    assert {(call.end.reason, len(call.turns)) for call in calls(run) if call.end} == {("LimitsExceeded", 3)}
    assert {line.grade.verdict for line in run.grades().values()} == {Verdict.NO_ANSWER}


def test_a_budget_that_a_sample_does_not_fit_into_says_what_lowers_its_reservation(folder: Path) -> None:
    with running(folder, "tiny", "-m", "sim/steady", "--max-usd", "0.01", *NEW) as process:
        _, said = process.communicate()
    assert process.returncode == EXIT_INCOMPLETE
    assert "all 10 requests of a sample are reserved at their most; a new run with --max-usd-per-task USD" in said
    assert not read_ledger(folder / "runs" / "a" / "mock-ledger.jsonl")


def test_a_job_stops_before_a_request_that_could_exceed_its_dollars(folder: Path) -> None:
    # a request costs at most some 4096 output tokens at $4 and 2000 prompt tokens at $1 per million: $0.0185
    run = finish(folder, "tiny", "-m", "sim/steady", "--max-usd-per-task", "0.0195", *NEW)
    ends = [call.end for call in calls(run)]
    assert {end.reason for end in ends if end} == {"DollarLimit"}
    assert max(spent(run)) <= Decimal("0.0195")


def test_dollars_that_allow_no_first_answer_are_an_error_and_no_wrong_answer(folder: Path) -> None:
    with running(folder, "tiny", "-m", "sim/steady", "--max-usd-per-task", "0.0001", *NEW) as process:
        _, said = process.communicate()
    assert process.returncode == EXIT_INCOMPLETE, said
    run = RunDir.open(folder / "runs" / "a")
    failures = [call.attempts[-1] for call in calls(run)]
    assert [one.kind for one in failures if isinstance(one, Failure)] == [FailureKind.DOLLAR_LIMIT] * 2
    assert not list(run.grade_lines())
    assert not read_ledger(run.path / "mock-ledger.jsonl")


def test_a_refusal_ends_an_agent_and_is_graded_as_one(folder: Path) -> None:
    run = finish(folder, "tiny", "-m", "sim/filtered", *NEW)
    assert {(call.end.reason, len(call.turns)) for call in calls(run) if call.end} == {("refused", 1)}
    assert [line.grade.verdict for line in run.grades().values()] == [Verdict.REFUSED] * 2
    graded = RunData.load(run).results()
    assert sum((one.spent.usd for one in graded if isinstance(one.spent, Cost)), Decimal(0)) == total_usd(
        read_ledger(run.path / "mock-ledger.jsonl")
    )


def test_a_sandbox_that_gives_no_answer_in_time_leaves_the_job_open(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bwrap = shutil.which("bwrap")
    assert bwrap is not None
    lines, program = tmp_path / "lines", tmp_path / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text(SLOW_BWRAP.format(python=sys.executable, bwrap=bwrap, lines=lines))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    # ready, the files, five commands; the files are not read back, which has 20 seconds
    lines.write_text("7")
    with running(folder, "tiny", "-m", "sim/steady", *NEW) as process:
        _, said = process.communicate()
    assert process.returncode == EXIT_INCOMPLETE
    assert "2 jobs left open (sandbox_timeout): the agent's sandbox: it gave no answer in time" in said
    run = RunDir.open(folder / "runs" / "a")
    assert not list(run.grade_lines())
    lines.write_text("1000")
    finish(folder, "--resume", "runs/a")
    assert [line.grade.verdict for line in run.grades().values()] == [Verdict.CORRECT] * 2
    assert len(read_ledger(run.path / "mock-ledger.jsonl")) == 10  # no turn was asked again


def test_swe_bench_is_run_in_its_environments_and_what_is_missing_is_listed_before(folder: Path) -> None:
    data = write_data_folder(folder / "data")
    (data / "test_commands.json").unlink()  # so that pytest, and with it an environment, is needed
    words = ("swe-bench-verified", "--data-dir", "data", "-m", "sim/steady", *NEW)

    def refused() -> str:
        with running(folder, *words) as process:
            _, said = process.communicate()
        assert process.returncode == EXIT_USAGE
        assert not (folder / "runs").exists()
        return said

    assert "lacks 2 folders; nothing was sent:\n  environments/acme__halves-1\n" in refused()
    for number in (1, 2):
        environment = data / "environments" / f"acme__halves-{number}"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
        (site,) = environment.glob("lib/python*/site-packages")
        (site / "pytest.py").write_text(PYTEST)
    large = data / "repos" / "acme__halves-1" / "large"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    said = refused()
    assert "1 repository cannot be used; nothing was sent:" in said
    assert "acme__halves-1: 161 MiB in 3 files" in said
    large.unlink()
    run = finish(folder, *words)
    assert [line.grade.verdict for line in run.grades().values()] == [Verdict.CORRECT] * 2
