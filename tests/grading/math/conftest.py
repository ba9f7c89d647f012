"""One symbolic worker for all tests of the math grader: starting it imports sympy, which takes a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.core.types import Sample, Verdict
from harness.grading.math.comparison.compare import AnswerComparison, compare_answers
from harness.grading.math.grader import explain
from harness.grading.math.symbolic.worker import SymbolicWorker

Compare = Callable[..., AnswerComparison]
GradeResponse = Callable[[str, str, str], bool]


@pytest.fixture(scope="session")
def worker() -> Iterator[SymbolicWorker]:
    """The worker; a test that kills it gets another at its next question."""
    symbolic = SymbolicWorker()
    yield symbolic
    symbolic.close()


@pytest.fixture(scope="session")
def compare(worker: SymbolicWorker) -> Compare:
    """`compare_answers(gold, prediction, question)` with the shared worker."""

    def with_worker(gold: str, prediction: str, question: str | None = None) -> AnswerComparison:
        return compare_answers(gold, prediction, question, worker=worker)

    return with_worker


@pytest.fixture(scope="session")
def grade_response(worker: SymbolicWorker) -> GradeResponse:
    """`grade_response(response, target, question)`: whether the response is graded correct."""

    def with_worker(response: str, target: str, question: str) -> bool:
        sample = Sample(id="one", prompt=question, target=target)
        return explain(sample, response, worker=worker).verdict is Verdict.CORRECT

    return with_worker
