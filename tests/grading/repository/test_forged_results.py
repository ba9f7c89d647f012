"""Programs that forge a result do not pass, and honest ones that look odd do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.core.types import Grade, Verdict
from harness.grading.repository.grader import RepositoryGrader, parse_target
from harness.grading.repository.patch import make_patch
from tests.grading.repository.forging_programs import ORIGINAL, PROGRAMS, SOLUTION, TESTS, sample
from tests.grading.repository.odd_programs import odd_sample

SAMPLE = sample()
pytestmark = pytest.mark.slow


def grade(grader: RepositoryGrader, files: str | Mapping[str, str]) -> Grade:
    new = {"maths.py": files, **TESTS} if isinstance(files, str) else {**TESTS, **files}
    return grader.grade(SAMPLE, make_patch(parse_target(SAMPLE.target).files, new), is_truncated=False)


def test_the_repository_tells_a_repair_from_none(grader: RepositoryGrader) -> None:
    assert grade(grader, SOLUTION).verdict is Verdict.CORRECT
    assert grade(grader, ORIGINAL + "\n").verdict is Verdict.WRONG


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_forging_program_does_not_pass(name: str, grader: RepositoryGrader) -> None:
    found = grade(grader, PROGRAMS[name])
    assert found.verdict is Verdict.WRONG, found.why


def test_an_honest_program_passes_whatever_it_is_made_of(grader: RepositoryGrader) -> None:
    odd = odd_sample()
    found = grader.grade(odd, odd.reference or "", is_truncated=False)
    assert found.verdict is Verdict.CORRECT, found.why
