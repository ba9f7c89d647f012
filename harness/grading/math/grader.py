"""The grader `math`: the final answer denotes the same mathematical object as the target.

Every grade says what was extracted from where, what it was compared with and by which rule. What a limit kept from
being decided is a GRADER_ERROR with the limit as reason.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

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
from harness.grading.math.plain import VERSION, plain_grade
from harness.grading.math.question import QuestionHints, hints_of
from harness.grading.math.symbolic.prover import FormulaEquivalence
from harness.grading.math.symbolic.worker import SymbolicWorker, shared_worker


@dataclass(frozen=True, slots=True, kw_only=True)
class MathExplanation:
    """What a math grade rests on.

    `extraction`: the answer with its rule and its offsets in the response; None where none was found. `target`:
    what it was compared with, with the task's unit. `comparison`: whether they are equal, the rule that decided,
    and the sentence that says so; None where nothing was extracted. `hints`: what the question and the sample's
    tags say about equal answers.
    """

    verdict: Verdict
    target: str
    extraction: Extraction | None
    comparison: AnswerComparison | None
    hints: QuestionHints

    @property
    def why(self) -> str:
        """The reason in one sentence."""
        return self.comparison.why if self.comparison is not None else "no answer was found in the text"

    @property
    def rule(self) -> str:
        """The rule of extraction and the rule of comparison."""
        if self.extraction is None or self.comparison is None:
            return "no extraction rule matched"
        return f"{self.extraction.rule}; {self.comparison.rule}"


def explain(
    sample: Sample, text: str, *, is_truncated: bool = False, worker: SymbolicWorker | None = None
) -> MathExplanation:
    """Grade a response and say what the grade rests on.

    Tags read: `answers` ("list": all boxes join), `ordered`, `integer` (names of whole numbers), `unit`,
    `unit_required`, `tolerance`. `worker`: by default one shared by this process. Raises DataError for a tag that
    has no meaning.
    """
    extraction = extract(text, is_truncated=is_truncated, is_multipart=sample.tags.get("answers") == "list")
    target = with_unit(sample.target, sample.tags.get("unit"))
    hints = hints_of(sample.prompt, sample.tags, text)
    if extraction is None:
        return MathExplanation(verdict=Verdict.NO_ANSWER, target=target, extraction=None, comparison=None, hints=hints)
    comparison = _compared(sample, target, extraction, hints, worker or shared_worker())
    verdict = {True: Verdict.CORRECT, False: Verdict.WRONG, None: Verdict.GRADER_ERROR}[comparison.equal]
    return MathExplanation(verdict=verdict, target=target, extraction=extraction, comparison=comparison, hints=hints)


def _compared(
    sample: Sample, target: str, extraction: Extraction, hints: QuestionHints, worker: SymbolicWorker
) -> AnswerComparison:
    comparison = compare_answers(target, extraction.answer, sample.prompt, hints=hints, worker=worker)
    tolerance = tolerance_of(sample)
    if tolerance is None or comparison.equal is not False or not is_within(sample.target, extraction.answer, tolerance):
        return comparison
    decision = FormulaEquivalence(equal=True, rule=f"within the task's tolerance of {tolerance:g}")
    return AnswerComparison(equal=True, rule=decision.rule, why=why(target, extraction.answer, decision))


class MathGrader:
    """Grades math answers; keeps one symbolic worker, started when first needed."""

    name: str = "math"
    version: str = VERSION
    sandbox_backend: str | None = None

    def __init__(self) -> None:
        self._worker = SymbolicWorker()

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade a response; the tags that count are those of explain."""
        started = time.perf_counter()
        plain = None if is_truncated else plain_grade(sample, text)
        if plain is not None:
            return plain
        found = explain(sample, text, is_truncated=is_truncated, worker=self._worker)
        answer = found.extraction.answer if found.extraction is not None else None
        spans = ((found.extraction.start, found.extraction.end),) if found.extraction is not None else ()
        return graded(self, found.verdict, answer, why=found.why, rule=found.rule, started=started, spans=spans)

    def close(self) -> None:
        """End the symbolic worker."""
        self._worker.close()


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
    for parsed in interpretations(clean(text).rstrip("%")):
        if isinstance(parsed, Formula):
            value = exact(parsed.node)
            return float(value) if value is not None and abs(value) < 10**300 else numeric_value(parsed.node)
    return None
