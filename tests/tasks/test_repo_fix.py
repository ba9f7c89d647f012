"""The shipped repositories as a task: pinned, spread over difficulties and languages, and told apart by their tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.repository.grader import RepositoryGrader, make
from harness.tasks.load import load_task

LOADED = load_task("repo-fix", cwd=Path("/"), data_dir=None)
WRONG = Path(__file__).parent / "repo_fix_wrong"
HARMLESS = "--- /dev/null\n+++ b/NOTE.txt\n@@ -0,0 +1 @@\n+seen\n"


@pytest.fixture(scope="module")
def grader() -> Iterator[RepositoryGrader]:
    found = make(GraderOptions())
    yield found
    found.close()


def test_the_task_is_pinned_and_spread() -> None:
    assert LOADED.task.content_hash == LOADED.content_hash
    assert len(LOADED.samples) >= 30
    assert min(Counter(sample.tags["difficulty"] for sample in LOADED.samples).values()) >= 5
    assert Counter(sample.tags["language"] for sample in LOADED.samples)["zh"] >= 5


@pytest.mark.slow(150)
@pytest.mark.parametrize("sample", LOADED.samples, ids=lambda sample: sample.id)
def test_only_the_reference_passes(sample: Sample, grader: RepositoryGrader) -> None:
    found = grader.grade(sample, sample.reference or "", is_truncated=False)
    assert found.verdict is Verdict.CORRECT, found.why
    assert grader.grade(sample, HARMLESS, is_truncated=False).verdict is Verdict.WRONG
    wrong = sorted(WRONG.glob(f"{sample.id}-*.patch"))
    assert len(wrong) >= 2
    for patch in wrong:
        refused = grader.grade(sample, patch.read_text(encoding="utf-8"), is_truncated=False)
        assert refused.verdict is Verdict.WRONG, (patch.name, refused.why)
        assert refused.why.startswith("the hidden tests fail"), (patch.name, refused.why)
