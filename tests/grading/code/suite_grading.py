"""Grading a text by the tests that a public suite has for its task."""

from __future__ import annotations

from harness.core.types import Verdict
from harness.grading.code.extraction.extract import extract
from harness.grading.code.public_suites import PublicSuites, asserts_of, prompt_of
from harness.grading.code.result import CodeTestResult
from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.limits import ResourceLimits


def grade_by_suite(
    text: str, suite: str, task_id: object, *, suites: PublicSuites, runner: CodeRunner, limits: ResourceLimits
) -> CodeTestResult:
    """What the suite's tests make of the program in a text."""
    row = suites.row(suite, task_id)
    tests = asserts_of(suite, row)
    found = extract(text, entry_point=tests.entry_point, prompt=prompt_of(suite, row))
    if found is None:
        return CodeTestResult(verdict=Verdict.NO_ANSWER, why="the text holds no program")
    return runner.run(found.source, tests, limits)
