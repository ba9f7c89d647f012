"""The grader `code`: the program passes its tests in the sandbox.

`Sample.target` holds the tests as JSON (case_specs). CPU limits are scaled once by the machine's speed. The sandbox
backend is chosen by probes when the grader is made and named on every grade. Where none works, making one raises.
"""

from __future__ import annotations

import time
from dataclasses import replace

from harness.core.errors import DataError, SandboxUnavailable
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.code.case_specs import StdinTests, parse_tests
from harness.grading.code.extraction.extract import Extracted, extract
from harness.grading.code.parsing import ParseBudgetExceeded
from harness.grading.code.prompt_tolerance import stated_tolerance, with_tolerance
from harness.grading.code.result import CodeTestResult
from harness.grading.code.runner import CodeRunner, program_text
from harness.grading.machine_speed import speed_factor
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.probes import BackendChoice, choose_backend, unisolated_choice

VERSION = "4"
"""Bumped with every change that can change a verdict."""


class CodeGrader:
    """Grades programs. Owns a fork server, and a second one where tests are code."""

    name = "code"
    version = VERSION

    def __init__(self, choice: BackendChoice, limits: ResourceLimits) -> None:
        self.choice = choice
        self.sandbox_backend: str | None = choice.backend.name
        self.limits = limits
        self._runner = CodeRunner(choice.backend)

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade a text. Of a truncated one only a program counts that ends before the cut: a closed block."""
        started = time.perf_counter()
        try:
            tests = parse_tests(sample.target)
        except DataError as error:
            return self._grade(CodeTestResult(verdict=Verdict.GRADER_ERROR, why=str(error)), None, started)
        if isinstance(tests, StdinTests) and (tolerance := stated_tolerance(sample.prompt)) is not None:
            tests = with_tolerance(tests, tolerance)
        entry_point = None if isinstance(tests, StdinTests) else tests.entry_point
        try:
            found = extract(text, entry_point=entry_point, prompt=sample.prompt)
        except ParseBudgetExceeded as error:
            result = CodeTestResult(
                verdict=Verdict.GRADER_ERROR, why=f"no program was found: {error}", ended_by="parsing"
            )
            return self._grade(result, None, started)
        if found is None:
            result = CodeTestResult(verdict=Verdict.NO_ANSWER, why="the text holds no program")
            return self._grade(result, None, started)
        if is_truncated and (found.is_partial or found.touches_end):
            result = CodeTestResult(verdict=Verdict.NO_ANSWER, why="the program reaches to where the text was cut off")
            return self._grade(result, None, started, spans=found.spans)
        run = replace(found, source=program_text(found.source, tests))
        return self._grade(self._runner.run(found.source, tests, self.limits), run, started)

    def _grade(
        self,
        result: CodeTestResult,
        found: Extracted | None,
        started: float,
        *,
        spans: tuple[tuple[int, int], ...] = (),
    ) -> Grade:
        return Grade(
            verdict=result.verdict,
            answer=found.source if found else None,
            why=result.why,
            rule=found.rule if found else "no program",
            grader=self.name,
            grader_version=self.version,
            seconds=time.perf_counter() - started,
            sandbox_backend=self.choice.backend.name if found else None,
            ended_by=result.ended_by,
            spans=found.spans if found else spans,
        )

    def close(self) -> None:
        """End the fork servers and all they started."""
        self._runner.close()


def check_target(target: str) -> None:
    """Raises DataError for tests that cannot be read."""
    parse_tests(target)


def make(options: GraderOptions) -> CodeGrader:
    """A grader with the strongest backend that works here. Raises SandboxUnavailable for none or another one."""
    choice = unisolated_choice() if options.unsafe_no_sandbox else choose_backend(options.sandbox)
    if options.sandbox_backend not in (None, choice.backend.name):
        raise SandboxUnavailable(
            f"the run was started with the sandbox backend {options.sandbox_backend!r}, and only "
            f"{choice.backend.name!r} is available here; resume it where the first is available, or start a new run"
        )
    return CodeGrader(choice, ResourceLimits().scaled(speed_factor()))
