"""Trajectories of harbor (ATIF)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from harness.core.types import Verdict
from tests.importers.foreign_files import read


def test_harbor_trajectory_with_the_reward_of_its_trial(tmp_path: Path) -> None:
    agent = tmp_path / "trial-1" / "agent"
    agent.mkdir(parents=True)
    metrics = {
        "total_prompt_tokens": 100,
        "total_completion_tokens": 20,
        "total_cached_tokens": 60,
        "total_cost_usd": 0.5,
    }
    content = {
        "schema_version": "ATIF-v1.4",
        "session_id": "s",
        "agent": {"name": "a", "version": "1", "model_name": "claude-sonnet-4-5"},
        "steps": [{"step_id": 1, "timestamp": "2025-11-01T10:00:00Z", "message": "done"}],
        "final_metrics": metrics,
    }
    (agent / "trajectory.json").write_text(json.dumps(content))
    trial = {"task_name": "t1", "verifier_result": {"rewards": {"reward": 0.0}}}
    (tmp_path / "trial-1" / "result.json").write_text(json.dumps(trial))
    (answer,) = read(tmp_path, "atif").answers
    assert answer.sample_id == "t1"
    assert answer.attempt.reported_cost_usd == Decimal("0.5")
    assert answer.grade is not None
    assert answer.grade.verdict is Verdict.WRONG
