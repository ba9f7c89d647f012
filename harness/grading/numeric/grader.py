r"""The grader `numeric`: the final answer is one number, equal to the target within a tolerance.

The final answer is found as the grader `math` finds it (`\boxed`, "the answer is", else the conclusion). Units (words,
`\text{}`), currency signs and thousands separators are ignored, so a task says which unit it asks for. A target is a
number such as `3.14`, `1/3` or `50%`, or with a tolerance: `3.14 +- 0.01`. Formulas are for the grader `math`.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from fractions import Fraction

from harness.core.errors import DataError
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import Grader, GraderOptions, graded
from harness.grading.math.extraction.extract import extract
from harness.grading.plain_text import shown

VERSION = "1"
"""Raised with every change that can change a verdict."""

_DIGITS = r"(?:\d{1,3}(?:(?:,|\{,\}|\u202f|\u2009|\\,)\d{3})+(?!\d)|\d+)"
_NUMBER = re.compile(
    rf"(?:(?P<sign>[-+\u2212])\s?)?(?:[$€£¥]\s?)?(?P<whole>{_DIGITS})?(?P<part>(?<=\d)\.\d*|\.\d+)?(?P<power>[eE][-+]?\d{{1,3}})?"
    rf"(?:\s?/\s?(?P<under>\d+))?(?P<percent>\s?(?:\\?%|％))?"
)
_SEPARATOR = re.compile(r"[^\d.]")
_TOLERANCE = re.compile(r"\s*(?:\+-|\+/-|±)\s*")
_WRAPPER = re.compile(r"\\\$|\\(?:text|mathrm|textbf|mathbf)\s*\{([^{}]*)\}|\\[,;!:> ]|\\[()\[\]]|[$*~`]")
_NAME_BEFORE = re.compile(r"^\s*[A-Za-z]\w{0,20}\s*(?:=|\u2248|\\approx)\s*")
_FORMULA = re.compile(r"[\\^_*/+=<>(){}|!\u221a\u03c0\u00d7\u00f7-]|[A-Za-z]$")
"""What must not stand before the number: an operator, or a letter right before it."""
_FORMULA_AFTER = re.compile(r"[\\^_*/+=<>(){}|!\u221a\u03c0\u00d7\u00f7-]|^\s?(?:[xyznkie]|pi)(?![A-Za-z])")
MAX_CHARACTERS = 400
"""A longer final answer is not one number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericTarget:
    """A number with an absolute tolerance; exact arithmetic, so that 0.1 + 0.2 is 0.3."""

    value: Fraction
    tolerance: Fraction
    is_percent: bool


class NumericGrader:
    """Compares numbers; executes nothing and keeps no process."""

    name: str = "numeric"
    version: str = VERSION
    sandbox_backend: str | None = None

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade a response; a final answer that is not one number is NO_ANSWER, with the reason."""
        started = time.perf_counter()
        try:
            target = parse_target(sample.target)
        except DataError as error:
            return graded(self, Verdict.GRADER_ERROR, None, why=str(error), rule="target", started=started)
        found = extract(text, is_truncated=is_truncated)
        if found is None:
            why = "no final answer was found in the response"
            return graded(self, Verdict.NO_ANSWER, None, why=why, rule="no extraction rule matched", started=started)
        number = one_number(found.answer)
        if number is None:
            why = f"the final answer {shown(found.answer)} is not one number"
            return graded(self, Verdict.NO_ANSWER, found.answer, why=why, rule=found.rule, started=started)
        is_equal = _is_equal(number, target)
        why = f"expected {shown(sample.target)}; got {shown(found.answer)}; {'equal' if is_equal else 'different'}"
        verdict = Verdict.CORRECT if is_equal else Verdict.WRONG
        return graded(self, verdict, found.answer, why=why, rule=found.rule, started=started)

    def close(self) -> None:
        """Nothing to end."""


def _is_equal(number: tuple[Fraction, bool], target: NumericTarget) -> bool:
    """Equal within the tolerance; where one side alone has a percent sign, 50% is 50 and is 0.5."""
    value, is_percent = number
    accepted = {value}
    if is_percent != target.is_percent:
        accepted.add(value / 100 if is_percent else value * 100)
    return any(abs(one - target.value) <= target.tolerance for one in accepted)


def one_number(text: str) -> tuple[Fraction, bool] | None:
    """The number that a final answer states, and whether a percent sign follows; None for several, and for formulas."""
    if len(text) > MAX_CHARACTERS:
        return None
    plain = _NAME_BEFORE.sub("", _WRAPPER.sub(lambda found: f" {found[1] or ''}", text).strip())
    matches = [match for match in _NUMBER.finditer(plain) if match["whole"] or match["part"]]
    if len(matches) != 1:
        return None
    (match,) = matches
    before, after = plain[: match.start()], plain[match.end() :]
    if _FORMULA.search(before) or _FORMULA_AFTER.search(after) or (match["under"] and not int(match["under"])):
        return None
    return _value(match), match["percent"] is not None


def _value(match: re.Match[str]) -> Fraction:
    digits = _SEPARATOR.sub("", match["whole"] or "0") + (match["part"] or "").rstrip(".") + (match["power"] or "")
    value = Fraction(digits) / int(match["under"] or 1)
    return -value if match["sign"] in ("-", "\u2212") else value


def parse_target(text: str) -> NumericTarget:
    """The target as a number. Raises DataError for a text that is none."""
    stated, *tolerances = _TOLERANCE.split(text.strip())
    number, allowed = _only_number(stated), [_only_number(one) for one in tolerances]
    if number is None or None in allowed or len(allowed) > 1:
        raise DataError(f"the answer {shown(text)} is no number; accepted: 3.14, 1/3, 50%, or 3.14 +- 0.01")
    tolerance = Fraction(0) if not allowed or allowed[0] is None else abs(allowed[0][0])
    return NumericTarget(value=number[0], tolerance=tolerance, is_percent=number[1])


def _only_number(text: str) -> tuple[Fraction, bool] | None:
    return one_number(text) if _NUMBER.fullmatch(text) else None


def check_target(target: str) -> None:
    """Raises DataError for a target that is no number."""
    parse_target(target)


def make(options: GraderOptions) -> Grader:
    """The grader; it executes no generated code, so the options change nothing."""
    del options
    return NumericGrader()
