"""The shipped repositories as a task: pinned, spread over difficulties and languages, solved by their references."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.grading.base import GraderOptions, make_grader
from harness.tasks.load import load_task

LOADED = load_task("repo-fix", cwd=Path("/"), data_dir=None)


def test_the_task_is_pinned_and_spread() -> None:
    assert LOADED.task.content_hash == LOADED.content_hash
    assert len(LOADED.samples) >= 30
    assert min(Counter(sample.tags["difficulty"] for sample in LOADED.samples).values()) >= 5
    assert Counter(sample.tags["language"] for sample in LOADED.samples)["zh"] >= 5


@pytest.mark.slow(120)
def test_references_pass_and_the_untouched_repositories_do_not() -> None:
    grader = make_grader("repository", GraderOptions())
    harmless = "--- /dev/null\n+++ b/NOTE.txt\n@@ -0,0 +1 @@\n+seen\n"
    for sample in LOADED.samples:
        found = grader.grade(sample, sample.reference or "", is_truncated=False)
        assert found.verdict is Verdict.CORRECT, (sample.id, found.why)
        untouched = grader.grade(sample, harmless, is_truncated=False)
        assert untouched.verdict is Verdict.WRONG, sample.id
