"""A request that failed is no wrong answer, whatever tool recorded it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.types import Failure
from harness.importers.recognise import format_of, read_source
from harness.importers.results import ImportedResults, ImportOptions
from harness.importers.source_files import SourceFiles
from tests.importers.evaluated_files import folder, prediction, review


def failed_inspect(root: Path) -> Path:
    sample = {"id": 1, "epoch": 1, "input": "q", "target": "4", "error": {"message": "timed out"}}
    log = {"eval": {"model": "m", "task": "t"}, "samples": [{**sample, "scores": {"s": {"value": "I"}}}]}
    (root / "log.json").write_text(json.dumps(log))
    return root / "log.json"


def failed_promptfoo(root: Path) -> Path:
    result = {"provider": "openai:gpt-5", "success": False, "failureReason": 2, "error": "timed out", "promptIdx": 0}
    (root / "out.json").write_text(json.dumps({"results": {"results": [result]}}))
    return root / "out.json"


def failed_evalscope(root: Path) -> Path:
    row = {**review(0, 0.0), "sample_score": {"score": {"value": {"acc": 0.0}}}}
    return folder(root, reviews__m__t=[row], predictions__m__t=[prediction(0, choices=[], error="timed out")])


@pytest.mark.parametrize("source", [failed_inspect, failed_promptfoo, failed_evalscope])
def test_a_failed_request_is_no_wrong_answer(source: Any, tmp_path: Path) -> None:
    (answer,) = read_any(source(tmp_path)).answers
    assert isinstance(answer.attempt, Failure)
    assert (answer.attempt.message, answer.grade) == ("timed out", None)


def read_any(path: Path) -> ImportedResults:
    files = SourceFiles([path])
    return read_source(files, format_of(files), ImportOptions())
