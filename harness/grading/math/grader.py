"""The grader `math`: extracts the final answer of a response and rules whether it equals the target.

A ruling says what was extracted by which rule and why it is equal or not. What could not be decided in time is a
GRADER_ERROR. Not here: extraction (extract) and equality (equality) themselves.
"""

from __future__ import annotations

import math
import time

from harness.core.errors import DataError
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import Grader, GraderOptions, graded
from harness.grading.math.comparison.compare import AnswerComparison, compare_answers, why
from harness.grading.math.comparison.equivalence import numeric_value
from harness.grading.math.expression.exact import exact
from harness.grading.math.extraction.extract import Extraction, extract
from harness.grading.math.parsing.answer_types import Formula
from harness.grading.math.parsing.normalize import clean
from harness.grading.math.parsing.readings import interpretations
from harness.grading.math.symbolic.prover import FormulaEquivalence
from harness.grading.math.symbolic.worker import SymbolicWorker

VERSION = "3"
"""Bumped with every change that can change a verdict."""


class MathGrader:
    """Rules on math answers; keeps one symbolic worker, started when first needed."""

    name: str = "math"
    version: str = VERSION
    sandbox_backend: str | None = None

    def __init__(self) -> None:
        self._worker = SymbolicWorker()

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Rule on a response. Tags read: `answers` ("list": boxes join), `tolerance`, `unit`."""
        started = time.perf_counter()
        extraction = extract(text, is_truncated=is_truncated, is_multipart=sample.tags.get("answers") == "list")
        if extraction is None:
            said = "no answer was stated before the cut" if is_truncated else "no answer was found in the text"
            return graded(self, Verdict.NO_ANSWER, None, why=said, rule="no extraction rule matched", started=started)
        comparison = self._compare(sample, extraction)
        verdict = {True: Verdict.CORRECT, False: Verdict.WRONG, None: Verdict.GRADER_ERROR}[comparison.equal]
        rule = f"{extraction.rule}; {comparison.rule}"
        return graded(self, verdict, extraction.answer, why=comparison.why, rule=rule, started=started)

    def close(self) -> None:
        """End the symbolic worker."""
        self._worker.close()

    def _compare(self, sample: Sample, extraction: Extraction) -> AnswerComparison:
        gold = with_unit(sample.target, sample.tags.get("unit"))
        comparison = compare_answers(gold, extraction.answer, sample.prompt, worker=self._worker)
        tolerance = tolerance_of(sample)
        if (
            comparison.equal is False
            and tolerance is not None
            and is_within(sample.target, extraction.answer, tolerance)
        ):
            ruling = FormulaEquivalence(equal=True, rule=f"within the task's tolerance of {tolerance:g}")
            return AnswerComparison(equal=True, rule=ruling.rule, why=why(gold, extraction.answer, ruling))
        return comparison


def make(options: GraderOptions) -> Grader:
    """The math grader; it runs no model-written code, so the options change nothing."""
    del options
    return MathGrader()


def with_unit(target: str, unit: str | None) -> str:
    """The target with its task's unit behind it, so that an answer in another unit is converted.

    A list of several values is left as it is: a unit at its end would belong to the last.
    """
    unit = (unit or "").strip().strip("$").strip()
    if not unit or unit in target or "," in target:
        return target
    return f"{target}{unit}" if unit[0] in "^%" else rf"{target} \text{{ {unit} }}"


def tolerance_of(sample: Sample) -> float | None:
    """The absolute tolerance the task states for this sample, or None. Raises DataError for one that is no number."""
    stated = sample.tags.get("tolerance")
    if not stated:
        return None
    try:
        return abs(float(stated))
    except ValueError:
        raise DataError(f"sample {sample.id}: the tag tolerance is {stated!r}; a number is accepted") from None


def is_within(gold: str, prediction: str, tolerance: float) -> bool:
    """Whether both are single values and differ by no more than the tolerance, which is absolute."""
    expected, given = single_value(gold), single_value(prediction)
    if expected is None or given is None:
        return False
    return math.isfinite(expected) and math.isfinite(given) and abs(expected - given) <= tolerance * (1 + 1e-12)


def single_value(text: str) -> float | None:
    """The value of an answer that is one number, in whatever unit or percent it is written; None for anything else."""
    for shape in interpretations(clean(text).rstrip("%")):
        if isinstance(shape, Formula):
            value = exact(shape.node)
            return float(value) if value is not None and abs(value) < 10**300 else numeric_value(shape.node)
    return None
