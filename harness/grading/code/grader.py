"""The grader of programs: extract the program, run its tests behind a wall, give the reason in words.

`Sample.target` holds the tests as JSON (`grading.code.tests`). CPU limits are scaled once by the machine's speed. The
wall is chosen by trial at the first answer and stays; `Grade.wall` names it on every record.
Not here: the comparing (judging), the walls (grading.sandbox), what to do where no wall works: that raises.
"""

from __future__ import annotations

import time
from dataclasses import replace

from harness.core.errors import DataError, SandboxUnavailable
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.code.case_specs import StdinTests, parse_tests
from harness.grading.code.extract import Extracted, extract
from harness.grading.code.result import CodeTestResult
from harness.grading.code.runner import CodeRunner, program_text
from harness.grading.sandbox.machine_speed import speed_factor
from harness.grading.sandbox.probes import BackendChoice, choose_backend, unisolated_choice
from harness.grading.sandbox.sandbox import ResourceLimits

VERSION = "3"


class CodeGrader:
    """Rules on programs. Owns a warm interpreter, and a second one where tests are code."""

    name = "code"
    version = VERSION

    def __init__(self, choice: BackendChoice, limits: ResourceLimits) -> None:
        self.choice = choice
        self.wall: str | None = choice.backend.name
        self.limits = limits
        self._judge = CodeRunner(choice.backend)

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Rule on a text. Of a truncated one only a program that is Python to its end counts."""
        started = time.perf_counter()
        try:
            tests = parse_tests(sample.target)
        except DataError as error:
            return self._grade(CodeTestResult(verdict=Verdict.GRADER_ERROR, why=str(error)), None, started)
        entry_point = None if isinstance(tests, StdinTests) else tests.entry_point
        found = extract(text, entry_point=entry_point, prompt=sample.prompt)
        if found is None:
            ruling = CodeTestResult(verdict=Verdict.NO_ANSWER, why="the text holds no program")
            return self._grade(ruling, None, started)
        if is_truncated and found.is_partial:
            ruling = CodeTestResult(verdict=Verdict.NO_ANSWER, why="the program was cut off")
            return self._grade(ruling, None, started)
        run = replace(found, source=program_text(found.source, tests))
        return self._grade(self._judge.judge(found.source, tests, self.limits), run, started)

    def _grade(self, ruling: CodeTestResult, found: Extracted | None, started: float) -> Grade:
        return Grade(
            verdict=ruling.verdict,
            answer=found.source if found else None,
            why=ruling.why,
            rule=found.rule if found else "no program",
            grader=self.name,
            grader_version=self.version,
            seconds=time.perf_counter() - started,
            sandbox_backend=self.choice.backend.name if found else None,
            ended_by=ruling.ended_by,
        )

    def close(self) -> None:
        """End both interpreters and all they started."""
        self._judge.close()


def make(options: GraderOptions) -> CodeGrader:
    """A grader behind the best wall that holds here. Raises SandboxUnavailable for none, or not the one asked for."""
    choice = unisolated_choice() if options.unsafe_no_sandbox else choose_backend(options.sandbox)
    if options.wall not in (None, choice.backend.name):
        raise SandboxUnavailable(
            f"the run was started with the sandbox backend {options.wall!r}, and only {choice.backend.name!r} is "
            "available here; resume it where the first is available, or start a new run"
        )
    return CodeGrader(choice, ResourceLimits().scaled(speed_factor()))
