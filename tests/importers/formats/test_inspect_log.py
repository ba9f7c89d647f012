"""Logs of Inspect."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from harness.core.types import Verdict
from tests.importers.foreign_files import read

INSPECT_SAMPLE = {
    "id": "s1",
    "epoch": 2,
    "input": [{"role": "user", "content": "2+2?"}],
    "target": "4",
    "output": {"choices": [{"message": {"content": [{"type": "text", "text": "4"}]}, "stop_reason": "stop"}]},
    "scores": {"match": {"value": "C", "answer": "4"}},
    "model_usage": {
        "anthropic/claude-sonnet-4-5": {
            "input_tokens": 10,
            "output_tokens": 5,
            "total_tokens": 115,
            "input_tokens_cache_read": 100,
        },
        "openai/gpt-4o": {"input_tokens": 900, "output_tokens": 9, "total_tokens": 909},
    },
    "total_time": 2.5,
}

INSPECT_HEAD = {"eval": {"model": "anthropic/claude-sonnet-4-5", "task": "hub/sums", "created": "2025-11-01T10:00:00Z"}}


@pytest.mark.parametrize("kind", ["eval", "json"])
def test_inspect_cached_tokens_beside_the_input_and_the_usage_of_the_model_alone(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"log.{kind}"
    if kind == "eval":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("header.json", json.dumps(INSPECT_HEAD))
            archive.writestr("samples/s1_epoch_2.json", json.dumps(INSPECT_SAMPLE))
    else:
        path.write_text(json.dumps({**INSPECT_HEAD, "samples": [INSPECT_SAMPLE]}))
    (answer,) = read(path, "inspect").answers
    used = answer.attempt.usage
    assert used is not None
    # 115 in total = 10 + 5 + 100 read from the cache, so the prompt is 110
    assert (used.prompt_tokens, used.cached_tokens, used.completion_tokens) == (110, 100, 5)
    assert (answer.repeat, answer.attempt.timing.total_s, answer.task) == (1, 2.5, "sums")
    assert answer.grade is not None
    assert answer.grade.verdict is Verdict.CORRECT
