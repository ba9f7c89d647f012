"""`harness run` with simulated models and real files, in processes of its own where that matters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from harness.mock.billing import read_ledger, total_usd
from tests.commands import exit_code, run_here
from tests.waiting import wait_until

KEYS = ("OPENAI_API_KEY", "MINIMAX_API_KEY", "HARNESS_DATA_DIR")


def harness(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of its own, with no key in the environment."""
    environ = {name: value for name, value in os.environ.items() if name not in KEYS}
    return subprocess.run(
        [sys.executable, "-m", "harness", *words],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def report_rows(folder: Path, cwd: Path) -> list[dict[str, object]]:
    ran = run_here("report", str(folder), "--format", "json", cwd=cwd)
    rows: list[dict[str, object]] = json.loads(ran.stdout)["rows"]
    return rows


def test_two_simulated_models_end_with_dollars_equal_to_the_ledger(tmp_path: Path) -> None:
    ran = run_here(
        "run", "core-math", "core-code", "-m", "sim/fast-sloppy", "-m", "sim/expensive-terse", "--limit", "2",
        "--repeats", "2", "--name", "r", "--quiet", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "SIMULATED" in ran.stdout
    rows = report_rows(tmp_path / "results/r", tmp_path)
    assert [(row["task"], row["model"], row["n"]) for row in rows] == [
        ("core-math", "sim/fast-sloppy", 4),
        ("core-math", "sim/expensive-terse", 4),
        ("core-code", "sim/fast-sloppy", 4),
        ("core-code", "sim/expensive-terse", 4),
    ]
    ours = sum(Decimal(str(row["spent_usd"])) for row in rows)
    assert ours == total_usd(read_ledger(tmp_path / "results/r/mock-ledger.jsonl"))
    assert ours > 0


@pytest.mark.slow
def test_finished_run_resumes_to_the_same_table_and_sends_nothing(tmp_path: Path) -> None:
    first = harness("run", "core-math", "-m", "sim/fast-sloppy", "--limit", "3", "--name", "r", "--quiet", cwd=tmp_path)
    ledger = tmp_path / "results/r/mock-ledger.jsonl"
    billed = ledger.read_bytes()
    again = harness("run", "--resume", "results/r", "--quiet", cwd=tmp_path)
    assert (first.returncode, again.returncode) == (0, 0)
    assert again.stdout == first.stdout
    assert ledger.read_bytes() == billed


@pytest.mark.slow
def test_interrupt_keeps_what_is_paid_and_resume_pays_the_rest_once(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "harness",
        "run",
        "core-math",
        "-m",
        "sim/fast-sloppy",
        "--limit",
        "30",
        "--name",
        "r",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    calls = tmp_path / "results/r/calls-0.jsonl"
    wait_until(lambda: calls.exists() and b'"outcome"' in calls.read_bytes(), "the first outcome on disk")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 3
    assert "harness run --resume results/r" in err
    resumed = harness("run", "--resume", "results/r", "--quiet", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    entries = read_ledger(tmp_path / "results/r/mock-ledger.jsonl")
    (row,) = report_rows(tmp_path / "results/r", tmp_path)
    assert row["n"] == row["planned"] == len(entries)
    assert Decimal(str(row["spent_usd"])) == total_usd(entries)


@pytest.mark.parametrize(
    ("grader", "answer", "said"),
    [
        ("code", '"5"', "the tests of a code sample are a JSON int; accepted: an object with 'kind'; nothing was sent"),
        ("math", '["5"]', 'mine.jsonl:1: the answer is ["5"]; accepted for the grader math: text or a number'),
    ],
)
def test_own_file_whose_answers_the_grader_cannot_use_is_refused_before_anything_is_paid(
    grader: str,
    answer: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.jsonl").write_text(f'{{"problem": "?", "answer": {answer}}}\n')
    assert exit_code(("run", "mine.jsonl", "--grader", grader, "-m", "sim/fast-sloppy")) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "core-mth", "-m", "@sim"), ["core-mth", "core-math"]),
        (("run", "core-math", "-m", "sim/cheap"), ["sim/cheap", "sim/cheap-verbose"]),
        (("run", "core-math", "-m", "nobody/gpt-5"), ["nobody", "known"]),
        (("run", "core-math", "-m", "openai/gpt-5@hihg"), ["hihg", "high"]),
        (("run", "core-math", "-m", "@simm"), ["@simm", "@sim"]),
        (("run", "core-math", "-m", "xai/grok-4"), ["retired", "2026-05-15"]),
        (("run", "core-math", "-m", "openai/gpt-5", "-m", "minimax/minimax-m2"), ["OPENAI_API_KEY", "MINIMAX_API_KEY"]),
        (("run", "core-math"), ["-m"]),
        (("run",), ["at least one task"]),
        (("run", "mine.jsonl", "-m", "@sim"), ["mine.jsonl: there is no such file"]),
        (("run", "missing.jsonl", "-m", "@sim", "--grader", "math"), ["missing.jsonl"]),
        (("run", "core-math", "-m", "@sim", "--max-usd", "0"), ["'0'", "above 0"]),
        (("run", "core-math", "-m", "@sim", "--limit", "0"), ["'0'", "from 1 on"]),
        (("run", "core-math", "-m", "@sim", "--lmit", "4"), ["--lmit", "did you mean --limit?"]),
        (("run", "core-math", "-m", "@sim", "--name", "../r"), ["'../r'", "plain name"]),
        (("run", "core-math", "-m", "@sim", "--name=-r"), ["'-r'", "no dash at its start"]),
        (("run", "core-math", "-m", "@sim", "--name", "a\nb"), ["'a\\nb'", "no line break"]),
        (("run", "core-math", "-m", "@sim", "--name", "r "), ["'r '", "no blank"]),
        (("run", "core-math", "-m", "sim/a,sim/b"), ["'sim/a,sim/b'", "-m sim/a -m sim/b"]),
        (("speed", "-m", "sim/a, sim/b"), ["-m sim/a -m sim/b"]),
        (("estimate", "core-math", "-m", "sim/a,sim/b"), ["-m sim/a -m sim/b"]),
        (("run", "core-math", "-m", "@sim", "--temperature", "nan"), ["'nan'", "from 0 on"]),
        (("run", "core-math", "-m", "@sim", "--temperature", "-1"), ["'-1'", "from 0 on"]),
        (("run", "core-math", "-m", "@sim", "--quiet", "--json-progress"), ["--quiet", "not allowed with"]),
        (("run", "--resume", "r", "--repeats", "1", "--seed", "0"), ["--repeats, --seed cannot change"]),
        (("run", "--resume", "r", "--data-dir", "."), ["--data-dir cannot change"]),
        (("run", "--resume", "r", "--allow-unpriced"), ["--allow-unpriced cannot change"]),
        (("speed", "--resume", "r", "--results", "."), ["--results cannot change"]),
        (("run", "core-math", "-m", "vllm/default"), ["nothing answers", "127.0.0.1:8000"]),
        (("run", "--resume", "nowhere"), ["nowhere", "manifest.json"]),
        (("run", "--resume", "nowhere", "core-math"), ["name no others"]),
        (("run", "gsm8k", "-m", "@sim", "--data-dir", "."), ["gsm8k"]),
        (("run", "core-math", "-m", "@sim", "--data-dir", "none"), ["--data-dir none: there is no such folder"]),
        (("report", "nowhere"), ["nowhere", "manifest.json"]),
        (("regrade", "nowhere"), ["nowhere", "manifest.json"]),
        (("tasks", "gsm9k"), ["gsm9k", "gsm8k"]),
        (("run", "core-math", "-m", "@sim", "--grader", "code"), ["file of your own", "core-math"]),
        (("mock", "--port", "99999"), ["'99999'", "from 0 to 65535"]),
        (("mock", "--speed", "-1"), ["'-1'", "from 0 on"]),
    ],
)
def test_wrong_input_is_named_with_what_would_be_accepted(
    words: tuple[str, ...],
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    assert exit_code(words) == 2
    complaint = capsys.readouterr().err
    assert all(word in complaint for word in said), complaint
    assert not (tmp_path / "results").exists()  # nothing was begun, nothing sent


def test_own_providers_file_error_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text("providers:\n  acme:\n    base_ulr: http://x.invalid/v1\n")
    ran = run_here("run", "core-math", "-m", "@sim", cwd=tmp_path)
    assert ran.returncode == 2
    assert "providers.yaml:3" in ran.stderr
    assert "base_url" in ran.stderr


def test_model_without_a_price_is_refused_unless_allowed_and_then_unknown(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(
        "providers:\n  acme:\n    base_url: http://acme.invalid/v1\n    dialect: openai\n    models: {one: {}}\n"
    )
    refused = run_here("run", "core-math", "-m", "acme/one", cwd=tmp_path)
    assert refused.returncode == 2
    assert "--allow-unpriced" in refused.stderr
    capped = run_here("run", "core-math", "-m", "acme/one", "--allow-unpriced", "--max-usd", "1", cwd=tmp_path)
    assert capped.returncode == 2
    assert "a budget needs a price" in capped.stderr


@pytest.mark.slow
def test_budget_too_low_for_one_job_says_that_it_takes_a_higher_one_to_resume(tmp_path: Path) -> None:
    words = ("run", "core-math", "-m", "sim/fast-sloppy", "--limit", "1", "--max-usd", "0.0000001")
    ended = harness(*words, "--name", "r", "--quiet", cwd=tmp_path)
    assert ended.returncode == 3
    assert "resume with: harness run --resume results/r --max-usd MORE" in ended.stderr


@pytest.mark.slow
def test_jobs_of_an_endpoint_that_answers_nothing_stay_open_with_the_command_that_sends_them(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(
        "providers: {sim: {models: {down: {price: {input: 1, output: 1}, simulate: {faults: {server_error: 1}},"
        " limits: {max_attempts: 1}}}}}\n"
    )
    ended = harness("run", "core-math", "-m", "sim/down", "--limit", "2", "--name", "r", "--quiet", cwd=tmp_path)
    assert ended.returncode == 3, ended.stderr  # the run says nothing of a model that answered nothing
    assert "sim/down: 2 jobs left open (server_error): The server had an error" in ended.stderr
    assert "resume with: harness run --resume results/r\n" in ended.stderr
    assert "2 of 2 jobs not done yet" in ended.stdout


@pytest.mark.slow
def test_own_file_of_problems_runs_with_a_grader_and_says_that_the_limit_is_larger(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"problem": "What is 6 x 7?", "answer": "42"}\n')
    words = ("mine.jsonl", "--grader", "math", "-m", "sim/fast-sloppy", "--limit", "5", "--name", "r", "--quiet")
    ran = run_here("run", *words, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "mine.jsonl: --limit 5 takes all 1 of its samples" in ran.stderr
    (row,) = report_rows(tmp_path / "results/r", tmp_path)
    assert (row["task"], row["n"]) == ("mine.jsonl", 1)


@pytest.mark.slow
def test_run_name_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    words = ("run", "core-math", "-m", "sim/fast-sloppy", "--limit", "1", "--name", "r", "--quiet")
    assert harness(*words, cwd=tmp_path).returncode == 0
    before = (tmp_path / "results/r/manifest.json").read_bytes()
    again = harness(*words, cwd=tmp_path)
    assert again.returncode == 2
    assert "exists" in again.stderr
    assert (tmp_path / "results/r/manifest.json").read_bytes() == before
