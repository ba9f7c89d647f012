"""Responses of the lineage benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.types import Verdict
from tests.importers.foreign_files import REPLY, read, write


def test_lineage_replies_without_and_with_texts(tmp_path: Path) -> None:
    common = {"size": 8, "relation": "X", "usage": REPLY["usage"], "id": "gen-1", "created": 1764288000}
    write(
        tmp_path / "replies.jsonl",
        {"run": "some-model_medium_8", "quiz": "a", "truth": "3", "answer": "3", "finish": None, **common},
        {"run": "some-model_medium_8", "quiz": "b", "truth": "1", "answer": None, "finish": "length", **common},
    )
    write(tmp_path / "quizzes.jsonl", {"quiz": "a", "answer": "3", "prompt": "Who?", "size": 8})
    found = read(tmp_path, "lineage")
    assert [one.grade.verdict for one in found.answers if one.grade] == [Verdict.CORRECT, Verdict.TRUNCATED]
    assert [one.grade.grader for one in found.answers if one.grade] == ["imported:lineage"] * 2
    assert found.models[0].effort == "medium"
    assert found.samples["lineage-bench", "a"].prompt == "Who?"


@pytest.mark.parametrize(
    ("requests", "limit"),
    [
        ([{"max_tokens": 32768}, {"max_completion_tokens": 65535}], 65535),
        ([{"max_tokens": 32768}, {}], None),  # a request without a limit: that of its answers is not known
        ([], None),
    ],
)
def test_lineage_output_limit_is_the_highest_that_was_asked_for(
    requests: list[dict[str, int]], limit: int | None, tmp_path: Path
) -> None:
    usage = {"usage": REPLY["usage"], "id": "gen-1", "created": 1764288000}
    write(tmp_path / "replies.jsonl", {"run": "some-model_8", "quiz": "a", "truth": "3", "answer": "3", **usage})
    if requests:
        rows = [{"model": "some-model", "replies": 1, "request": one} for one in requests]
        write(tmp_path / "requests.jsonl", *rows)
    assert read(tmp_path, "lineage").models[0].max_output_tokens == limit
