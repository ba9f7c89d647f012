"""Results of promptfoo."""

from __future__ import annotations

import json
from pathlib import Path

from tests.importers.foreign_files import read


def test_promptfoo_answers_of_its_own_cache_have_no_usage_and_no_latency(tmp_path: Path) -> None:
    result = {"provider": {"id": "openai:chat:gpt-5"}, "promptIdx": 0, "testIdx": 0, "success": True, "latencyMs": 1500}
    tokens = {"total": 15, "prompt": 10, "completion": 5}
    fresh = {**result, "cost": 0.01, "response": {"output": "4", "tokenUsage": tokens}}
    cached = {**result, "success": False, "response": {"output": "5", "cached": True, "tokenUsage": {"cached": 15}}}
    content = {"results": {"version": 3, "timestamp": "2025-11-01T10:00:00Z", "results": [fresh, cached]}}
    (tmp_path / "results.json").write_text(json.dumps(content))
    found = read(tmp_path / "results.json", "promptfoo")
    assert [one.attempt.timing.total_s for one in found.answers] == [1.5, None]
    assert [one.attempt.usage is None for one in found.answers] == [False, True]
    assert [one.repeat for one in found.answers] == [0, 1]
    assert found.models[0].model_id == "openai/gpt-5"
