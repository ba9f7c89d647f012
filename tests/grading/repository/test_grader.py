"""The grader of changed repositories: what passes, and what must not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import DataError, SandboxUnavailable
from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.repository.grader import (
    RepositoryGrader,
    check_target,
    count_passed,
    count_tests,
    hiding_modules,
    make,
    parse_target,
    restored,
)
from harness.grading.repository.patch import make_patch
from harness.tasks.repositories import repository_rows, repository_sample
from tests.tasks.tiny_repositories import write_repositories


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return [repository_sample(row, 0) for _, row in repository_rows(write_repositories(tmp_path))]


@pytest.fixture(scope="module")
def grader() -> Iterator[RepositoryGrader]:
    found = make(GraderOptions())
    yield found
    found.close()


def changed(sample: Sample, **files: str) -> str:
    """The diff that sets the files, `a__b` for `a/b.py`."""
    before = parse_target(sample.target).files
    return make_patch(before, {**before, **{f"{name.replace('__', '/')}.py": text for name, text in files.items()}})


def test_tests_are_those_of_the_original_and_added_ones_are_left_out(samples: list[Sample]) -> None:
    target = parse_target(samples[0].target)
    files = {
        **target.files,
        "tests/test_visible.py": "",
        "tests/test_more.py": "x",
        "test_top.py": "x",
        "conftest.py": "x",
        "hidden_tests": "a file in the place of a folder",
        "maths.py": "y",
    }
    assert restored(target, files) == {**target.files, "maths.py": "y"}


def test_new_files_that_hide_the_standard_library_are_named() -> None:
    original = {"json.py": "", "a.py": ""}
    assert hiding_modules(original, {**original, "unittest.py": "", "sitecustomize.py": "", "b.py": ""}) == [
        "sitecustomize.py",
        "unittest.py",
    ]
    assert hiding_modules(original, original) == []


def test_tests_that_were_skipped_or_failed_as_expected_do_not_count() -> None:
    assert count_passed("Ran 9 tests in 0.1s\n\nOK\n") == 9
    assert count_passed("Ran 9 tests in 0.1s\n\nOK (skipped=2, expected failures=3)\n") == 9 - 2 - 3
    assert count_passed("=== 4 passed, 1 skipped in 0.1s ===") == 4


def test_tests_are_counted_in_functions_and_classes() -> None:
    code = "def test_a(): ...\nclass C:\n  def test_b(self): ...\n  async def test_c(self): ...\n  def other(self): ..."
    assert count_tests({"a.py": code, "b.txt": "def test_x(): ..."}) == 3


def test_a_target_of_another_form_is_refused() -> None:
    with pytest.raises(DataError, match="not a repository"):
        check_target(json.dumps({"files": []}))


def test_no_grader_runs_without_a_sandbox() -> None:
    with pytest.raises(SandboxUnavailable, match="never run without a sandbox"):
        make(GraderOptions(unsafe_no_sandbox=True))


@pytest.mark.slow
def test_reference_solutions_pass_and_other_changes_do_not(samples: list[Sample], grader: RepositoryGrader) -> None:
    for sample in samples:
        assert sample.reference is not None
        assert grader.grade(sample, sample.reference, is_truncated=False).verdict is Verdict.CORRECT
    harmless = grader.grade(samples[0], changed(samples[0], note="x = 1\n"), is_truncated=False)
    assert harmless.verdict is Verdict.WRONG
    assert harmless.why.startswith("the hidden tests fail")
    broken = grader.grade(samples[0], changed(samples[0], maths="def double(x): return 0\n"), is_truncated=False)
    assert broken.why.startswith("the visible tests fail")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"maths": "import os\nos._exit(0)\n"}, "ran 0 of 1 tests"),
        ({"maths": "def double(x):\n    while True: pass\n"}, "the visible tests"),
        ({"maths": "import unittest\ndef double(x):\n    raise unittest.SkipTest\n"}, "ran 0 of 1 tests"),
        ({"maths": "import atexit, os\natexit.register(os._exit, 0)\ndef double(x): return 4\n"}, "hidden tests fail"),
        ({"unittest": "print('Ran 1 test in 0s')\n"}, "would hide modules"),
    ],
)
def test_ways_around_the_tests_do_not_pass(
    samples: list[Sample], grader: RepositoryGrader, files: dict[str, str], words: str
) -> None:
    found = grader.grade(samples[0], changed(samples[0], **files), is_truncated=False)
    assert found.verdict is Verdict.WRONG
    assert words in found.why


def test_text_without_a_diff_is_no_answer(samples: list[Sample]) -> None:
    class NoBackend:
        name = "none"

    found = RepositoryGrader(NoBackend()).grade(samples[0], "I give up.", is_truncated=False)  # type: ignore[arg-type]
    assert found.verdict is Verdict.NO_ANSWER
