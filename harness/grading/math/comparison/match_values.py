"""Whether two formulas with what stands around them are the same value: units, percent, bases, logarithms, rounding."""

from __future__ import annotations

import re

from harness.grading.math.comparison import named_values
from harness.grading.math.comparison.angle_families import same_family
from harness.grading.math.comparison.equivalence import are_equivalent, numeric_value
from harness.grading.math.comparison.match_units import by_conversion, by_units_alone, in_angles, lettered_units
from harness.grading.math.comparison.noncommutative import ordered_products
from harness.grading.math.comparison.rounding import decimal_places, rounds_to_same
from harness.grading.math.expression.tree import ExprNode, names_of, number, times
from harness.grading.math.parsing.answer_types import Formula
from harness.grading.math.parsing.parser import parse
from harness.grading.math.parsing.tokens import MathSyntaxError
from harness.grading.math.symbolic.prover import FormulaEquivalence, Prover


def formulas(gold: Formula, prediction: Formula, prover: Prover) -> FormulaEquivalence:
    """Units first; then the formulas as they are; then the readings of what one side left out; then rounding."""
    gold, prediction = lettered_units(gold, prediction)
    if (by_unit := by_units_alone(gold, prediction, prover)) is not None:
        return by_unit
    gold, prediction = in_angles(gold), in_angles(prediction)
    a, b = gold.node, named_values.with_bound_names(prediction.node, gold.node)
    # Before values are compared: AB and BA are equal numbers and different matrices.
    if (ordered := _in_order(a, b, prover)) is not None:
        return ordered
    if (converted := by_conversion(gold, prediction, prover)) is not None:
        return converted
    decision = are_equivalent(a, b, prover)
    # "Undecided" ends it too: a reading that was tried after it could credit what the first one would refute.
    if decision.equal is not False:
        return decision
    rule = _other_reading(gold, prediction, b, prover)
    return FormulaEquivalence(equal=True, rule=rule) if rule else decision


def _in_order(gold: ExprNode, prediction: ExprNode, prover: Prover) -> FormulaEquivalence | None:
    if len(names_of(gold, prediction)) < 2:
        return None
    hints = prover.hints
    return ordered_products(gold, prediction, has_matrices=hints.has_matrices, has_group=hints.has_group)


def _other_reading(gold: Formula, prediction: Formula, b: ExprNode, prover: Prover) -> str | None:
    """The rule by which two formulas are the same answer though not the same formula; `b`: with the gold's names."""
    if same_family(gold.node, b, prover):
        return "same family of angles, from another member"
    if is_base_missing(gold.text, prediction.text) and prover.hints.names_base is not False:
        return "same digits, base written by one side only"
    if _is_unit_letter_missing(gold.text, prediction.text):
        return "same number, unit written by one side only"
    if (decimal := _decimal_logarithm(gold, prediction)) is not None and are_equivalent(*decimal, prover).equal:
        return "equal, log to base 10"
    percent = _percent_readings(gold, prediction)
    # "What percent of ..." makes 10 and 10% one answer; where a fraction is asked for, 10 is not 10%.
    if percent and prover.hints.asks_percent is not False and are_equivalent(*percent, prover).equal:
        return "equal, percent sign aside"
    if decimal_places(gold.text) is None and decimal_places(prediction.text) is None:
        return None
    values = numeric_value(gold.node), numeric_value(b)
    if values[0] is None or values[1] is None:
        return None
    is_rounding = rounds_to_same(gold.text, values[0], prediction.text, values[1], is_rounded=prover.hints.is_rounded)
    return "equal as rounded decimal" if is_rounding else None


# ISO 80000-2 leaves the base of a bare log open: school books mean 10, most other texts e.
_BARE_LOG = re.compile(r"\\?log(?![a-z]|\s*_)")


def _decimal_logarithm(gold: Formula, prediction: Formula) -> tuple[ExprNode, ExprNode] | None:
    """Both sides with log to base 10, where only one side writes log without a base; None for all else."""
    has_log = [_BARE_LOG.search(formula.text) is not None for formula in (gold, prediction)]
    # Only where one side worked the logarithm out: `\log 100` against 2.
    if has_log[0] == has_log[1]:
        return None
    try:
        left, right = (parse(_BARE_LOG.sub(r"\\log_{10}", formula.text)) for formula in (gold, prediction))
    except MathSyntaxError:
        return None
    return left, right


# Metre, second, gram, hour, litre, joule, newton, watt, volt; any other letter behind a number is a variable.
_LETTER_UNIT = re.compile(r"^(-?\d+(?:\.\d+)?)\s*([mshgLJNWV])$")


def _is_unit_letter_missing(gold: str, prediction: str) -> bool:
    """`12s` against `12`: a single letter behind a number may be a unit where the other side is the bare number."""
    for one, other in ((gold, prediction), (prediction, gold)):
        lettered = _LETTER_UNIT.match(one)
        if lettered and re.fullmatch(r"-?\d+(?:\.\d+)?", other) and float(lettered[1]) == float(other):
            return True
    return False


def _percent_readings(gold: Formula, prediction: Formula) -> tuple[ExprNode, ExprNode] | None:
    """10% against 10: the sign is a unit where only one side writes it, and the other has no unit of its own."""
    if gold.unit or prediction.unit:
        return None
    hundred = number(100)
    ends = (gold.text.endswith("%"), prediction.text.endswith("%"))
    if ends == (True, False):
        return times(hundred, gold.node), prediction.node
    if ends == (False, True):
        return gold.node, times(hundred, prediction.node)
    return None


_BASED = re.compile(r"^(\d+)\s*_\s*\{?\s*\w+\s*\}?$")


def is_base_missing(gold: str, prediction: str) -> bool:
    """`1011_2` against `1011`: the question named the base, one side repeats it."""
    for one, other in ((gold, prediction), (prediction, gold)):
        based = _BASED.match(one)
        if based and other == based[1]:
            return True
    return False
