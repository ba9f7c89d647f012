"""`harness batch`: what it shows of a run's batches, giving them up, wrong input."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Failure
from harness.store.call_log import calls
from harness.store.resume import completed_jobs
from harness.store.run_dir import RunDir
from tests.commands import run_here
from tests.run.batch.batch_session import KEY_NAME, batch_endpoint, batch_mock, batch_model, make_batch_run, run_session


@pytest.fixture
def left_run(tmp_path: Path) -> RunDir:
    """A run whose batch is at a provider that cannot be reached any more."""

    async def leave() -> RunDir:
        async with batch_mock([batch_model()], time_scale=1e6) as mock:
            run, plan = make_batch_run(tmp_path / "run", [batch_endpoint(mock)])
            await run_session(run, plan, stop_once_running=True)
            return run

    return asyncio.run(leave())


def test_an_open_batch_is_shown_with_why_its_provider_was_not_asked(
    left_run: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_NAME, "a-key")
    ended = run_here("batch", str(left_run.path), "--format", "json", cwd=tmp_path)
    assert ended.returncode == EXIT_OK, ended.stderr
    (row,) = json.loads(ended.stdout)["batches"]
    assert (row["batch"], row["requests"], row["processed"]) == (1, 12, None)
    assert row["status"].startswith("connection_failed")


def test_a_batch_that_is_given_up_ends_its_jobs_at_an_unknown_cost_and_once(left_run: RunDir, tmp_path: Path) -> None:
    ended = run_here("batch", str(left_run.path), "--give-up", cwd=tmp_path)
    assert ended.returncode == EXIT_OK, ended.stderr
    assert "12 jobs given up" in ended.stdout
    found = list(calls(left_run))
    assert len(found) == 12
    assert all(isinstance(call.attempts[-1], Failure) and call.is_finished for call in found)
    assert completed_jobs(left_run).unknown == []
    again = run_here("batch", str(left_run.path), "--give-up", cwd=tmp_path)
    assert again.returncode == EXIT_USAGE
    assert "has no open batch" in again.stderr
    report = run_here("report", str(left_run.path), cwd=tmp_path)
    assert "interrupted without usage: the provider may have billed what was generated" in " ".join(
        report.stdout.split()
    )


def test_a_report_of_a_run_that_waits_says_so_and_has_no_times(left_run: RunDir, tmp_path: Path) -> None:
    report = " ".join(run_here("report", str(left_run.path), "--wide", cwd=tmp_path).stdout.split())
    assert "in a batch at the provider, not collected yet: sim/mock-model on t 12" in report
    assert "latency" not in report
    assert "TTFT" not in report


def test_a_run_by_batches_is_not_paused(left_run: RunDir, tmp_path: Path) -> None:
    ended = run_here("control", str(left_run.path), "pause", cwd=tmp_path)
    assert ended.returncode == EXIT_USAGE
    assert "sends batches, which cannot be paused" in ended.stderr


def test_a_provider_without_a_batch_api_is_refused_with_the_names_of_those_that_have_one(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(
        "providers:\n  own:\n    base_url: http://127.0.0.1:9/v1\n    dialect: vllm\n    models: {m: {price: free}}\n"
    )
    ended = run_here("estimate", "core-math", "-m", "own/m", "--batch", cwd=tmp_path)
    assert ended.returncode == EXIT_USAGE
    assert "no batch API is known for own/m (dialect vllm)" in ended.stderr
    assert "anthropic_messages, dashscope, gemini_compat, groq, moonshot, openai" in ended.stderr
