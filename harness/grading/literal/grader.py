"""The grader `literal`: the Python value that the response states equals the target, types included.

For tasks that ask what a program returns. The value is parsed and never evaluated. Equality is that of the code grader
(code/equality.py): the same type and equal all the way down, except that an int counts where a float of that value
is expected.
"""

from __future__ import annotations

import time
from dataclasses import replace

from harness.core.errors import DataError
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import Grader, GraderOptions, graded
from harness.grading.code.equality import matches
from harness.grading.code.plain_values import shown
from harness.grading.literal.extract import extract
from harness.grading.literal.parse import LiteralLimitExceeded, LiteralSyntaxError, literal

VERSION = "2"
"""Bumped with every change that can change a verdict."""


class LiteralGrader:
    """Grades predicted values; runs nothing and keeps no process."""

    name: str = "literal"
    version: str = VERSION
    sandbox_backend: str | None = None

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade a response; a target that is no literal is a GRADER_ERROR."""
        started = time.perf_counter()
        try:
            expected = literal(sample.target)
        except (LiteralSyntaxError, LiteralLimitExceeded) as error:
            why = f"the target is no literal: {error}"
            return graded(self, Verdict.GRADER_ERROR, None, why=why, rule="target", started=started)
        found = extract(text, is_truncated=is_truncated)
        if found is None:
            why = "no value was found in the text"
            return graded(self, Verdict.NO_ANSWER, None, why=why, rule="no rule matched", started=started)
        try:
            answer = literal(found.text)
        except LiteralSyntaxError as error:
            verdict = Verdict.WRONG if found.is_stated else Verdict.NO_ANSWER
            why = f"expected {shown(expected)}; got {shown(found.text)}, which is no literal: {error}"
            return graded(self, verdict, found.text, why=why, rule=found.rule, started=started, spans=(found.span,))
        except LiteralLimitExceeded as error:
            why = f"expected {shown(expected)}; the answer is not read: {error}"
            grade = graded(
                self, Verdict.GRADER_ERROR, found.text, why=why, rule=found.rule, started=started, spans=(found.span,)
            )
            return replace(grade, ended_by="parsing")
        is_equal = matches(answer, expected, None)
        why = (
            f"expected {shown(expected)}; got {shown(answer)}; {'equal' if is_equal else _difference(answer, expected)}"
        )
        verdict = Verdict.CORRECT if is_equal else Verdict.WRONG
        return graded(self, verdict, found.text, why=why, rule=found.rule, started=started, spans=(found.span,))

    def close(self) -> None:
        """Nothing to end."""


def check_target(target: str) -> None:
    """Raises DataError for a target that is no Python literal."""
    try:
        literal(target)
    except LiteralSyntaxError as error:
        raise DataError(f"the answer {shown(target)} is no Python literal: {error}") from None


def make(options: GraderOptions) -> Grader:
    """The literal grader; it runs no model-written code, so the options change nothing."""
    del options
    return LiteralGrader()


def _difference(answer: object, expected: object) -> str:
    if type(answer) is not type(expected):
        return f"a {type(answer).__name__} instead of a {type(expected).__name__}"
    return "the values differ"
