"""The grader of changed repositories: what passes, and what must not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import DataError, SandboxUnavailable
from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.repository.grader import (
    RepositoryGrader,
    check_target,
    count_tests,
    make,
    module_tests,
    parse_target,
    program_files,
)
from harness.grading.repository.patch import make_patch
from harness.tasks.repositories import repository_rows, repository_sample
from tests.tasks.tiny_repositories import write_repositories


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return [repository_sample(row, 0) for _, row in repository_rows(write_repositories(tmp_path))]


def changed(sample: Sample, **files: str) -> str:
    """The diff that sets the files, `a__b` for `a/b.py`."""
    before = parse_target(sample.target).files
    return make_patch(before, {**before, **{f"{name.replace('__', '/')}.py": text for name, text in files.items()}})


def test_the_program_gets_its_changed_files_and_no_tests(samples: list[Sample]) -> None:
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
    assert program_files(target, files) == {"maths.py": "y"}


def test_tests_are_the_originals_and_new_modules_do_not_take_the_place_of_others(samples: list[Sample]) -> None:
    target = parse_target(samples[0].target)
    hidden = {"hidden_tests/test_hidden.py": "import more\nimport numpy\nimport maths\n\ndef test_it(): ...\n"}
    target = replace(target, hidden=hidden)
    changed = dict.fromkeys(("maths.py", "more.py", "other.py", "numpy.py", "unittest.py", "tests/__init__.py"), "")
    found = module_tests(target, changed, target.hidden)
    assert found.program == ["maths", "more"]
    assert found.texts["tests.test_visible"] == target.files["tests/test_visible.py"]
    assert (found.modules, found.count) == (["hidden_tests.test_hidden"], 1)
    assert found.texts["hidden_tests"] == ""


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
def test_a_machine_that_gives_no_time_is_no_wrong_answer(samples: list[Sample]) -> None:
    grader = make(GraderOptions())
    grader._limits = replace(grader._limits, wall_s=0.0005)  # less than an interpreter takes to answer
    found = grader.grade(samples[0], samples[0].reference or "", is_truncated=False)
    grader.close()
    assert found.verdict is Verdict.GRADER_ERROR, found.why


def test_text_without_a_diff_is_no_answer(samples: list[Sample]) -> None:
    class NoBackend:
        name = "none"

    found = RepositoryGrader(NoBackend()).grade(samples[0], "I give up.", is_truncated=False)  # type: ignore[arg-type]
    assert found.verdict is Verdict.NO_ANSWER
