"""Whether two formulas with what stands around them are the same value: units, percent, bases, logarithms, rounding.

Not here: formulas as such (identity), lists and sets of them (matching).
"""

from __future__ import annotations

import re
from fractions import Fraction

from harness.grading.math.comparison import named_values
from harness.grading.math.comparison.equivalence import are_equivalent, numeric_value
from harness.grading.math.comparison.opposites import are_opposites
from harness.grading.math.comparison.rounding import rounds_to_same
from harness.grading.math.comparison.unit_words import are_different_quantities
from harness.grading.math.expression.tree import ExprNode, number, times
from harness.grading.math.parsing.answer_types import Formula
from harness.grading.math.parsing.parser import parse
from harness.grading.math.parsing.tokens import MathSyntaxError
from harness.grading.math.parsing.unit_table import Unit
from harness.grading.math.parsing.units import known_unit
from harness.grading.math.symbolic.prover import FormulaEquivalence, Prover


def formulas(gold: Formula, prediction: Formula, prover: Prover) -> FormulaEquivalence:
    """Values and expressions with their units; then the readings of percent; then rounding."""
    gold, prediction = _lettered_units(gold, prediction)
    if prover.hints.needs_unit and gold.unit is not None and prediction.unit is None:
        return FormulaEquivalence(equal=False, rule="the unit that the task asks for is missing")
    gold, prediction = _in_angles(gold), _in_angles(prediction)
    a, b = gold.node, prediction.node
    if (by_unit := _by_units(gold, prediction, prover)) is not None:
        return by_unit
    ruling = are_equivalent(a, named_values.with_bound_names(b, a), prover)
    if ruling.equal is not False:
        return ruling
    if is_base_missing(gold.text, prediction.text):
        return FormulaEquivalence(equal=True, rule="same digits, base written by one side only")
    if _is_unit_letter_missing(gold.text, prediction.text):
        return FormulaEquivalence(equal=True, rule="same number, unit written by one side only")
    if (decimal := _decimal_logarithm(gold, prediction)) is not None and are_equivalent(*decimal, prover).equal:
        return FormulaEquivalence(equal=True, rule="equal, log to base 10")
    for left, right in _percent_readings(gold, prediction) if prover.hints.asks_percent is not False else ():
        if are_equivalent(left, right, prover).equal:
            return FormulaEquivalence(equal=True, rule="equal, percent sign aside")
    gold_value, value = numeric_value(a), numeric_value(b)
    if (
        gold_value is not None
        and value is not None
        and rounds_to_same(gold.text, gold_value, prediction.text, value, is_rounded=prover.hints.is_rounded)
    ):
        return FormulaEquivalence(equal=True, rule="equal as rounded decimal")
    return ruling


_TEMPERATURES = frozenset(((("celsius", 1),), (("fahrenheit", 1),)))
_ANGLE = (("angle", 1),)
_RADIAN = (("radian", 1),)
_DEGREE = ExprNode("const", name="deg")


def _in_angles(formula: Formula) -> Formula:
    """Degrees, minutes and seconds of arc in words as the sign of a degree times their factor."""
    if formula.unit is None or formula.unit.dimension != _ANGLE:
        return formula
    node = times(formula.node, _DEGREE)
    if formula.unit.factor != 1:
        node = times(number(formula.unit.factor), node)
    return Formula(node, formula.text + r"^{\circ}")


def _as_radians(node: ExprNode) -> ExprNode:
    """The formula with π/180 for every degree sign: against radians the sign was not left out."""
    if node == _DEGREE:
        return times(number(Fraction(1, 180)), ExprNode("const", name="pi"))
    return ExprNode(node.op, tuple(map(_as_radians, node.args)), node.name, node.value) if node.args else node


def _is_measured_otherwise(measured: Formula, other: Formula) -> bool:
    """`30 minutes` against 30°: a unit of another kind than degrees."""
    if measured.unit is None or measured.unit.dimension is None or other.unit is not None:
        return False
    return measured.unit.dimension not in (_RADIAN, *_TEMPERATURES) and other.text.endswith(r"^{\circ}")


def _may_be_one(ours: Unit, theirs: Unit) -> bool:
    """A pound of money or of mass, and the sign ¥ of two currencies: names that say too little to differ."""
    names, kinds = {ours.name.strip(), theirs.name.strip()}, {ours.dimension, theirs.dimension}
    is_pound = bool(names & {"pound", "pounds"}) and (("sterling", 1),) in kinds
    return is_pound or ("yuanyen" in names and bool(kinds & {(("yen", 1),), (("yuan", 1),)}))


def _by_units(gold: Formula, prediction: Formula, prover: Prover) -> FormulaEquivalence | None:
    """What the units alone decide: other kinds, other things, or another size of one kind; None where they do not."""
    if _is_measured_otherwise(gold, prediction) or _is_measured_otherwise(prediction, gold):
        return FormulaEquivalence(equal=False, rule="different kinds of unit")
    ours, theirs = gold.unit, prediction.unit
    radians = [formula.unit is not None and formula.unit.dimension == _RADIAN for formula in (gold, prediction)]
    if any(radians) and (ours is None or theirs is None or all(radians)):
        ruling = are_equivalent(_as_radians(gold.node), _as_radians(prediction.node), prover)
        return FormulaEquivalence(equal=ruling.equal, rule=f"{ruling.rule}, in radians")
    if ours is None or theirs is None or _may_be_one(ours, theirs):
        return None
    if are_opposites(ours.name, theirs.name):
        return FormulaEquivalence(equal=False, rule="opposite kinds of thing")
    if are_different_quantities(ours, theirs):
        return FormulaEquivalence(equal=False, rule=f"{ours.name} are not {theirs.name}")
    if not ours.dimension or not theirs.dimension:
        return None
    dimensions = {ours.dimension, theirs.dimension}
    if len(dimensions) > 1:
        return FormulaEquivalence(equal=False, rule="different kinds of unit")
    if ours.factor == theirs.factor:
        return None
    scaled = are_equivalent(
        times(number(ours.factor), gold.node), times(number(theirs.factor), prediction.node), prover
    )
    return FormulaEquivalence(equal=scaled.equal, rule=f"{scaled.rule}, units converted")


_BARE_LOG = re.compile(r"\\?log(?![a-z]|\s*_)")


def _decimal_logarithm(gold: Formula, prediction: Formula) -> tuple[ExprNode, ExprNode] | None:
    """Both sides with log to base 10, where only one side writes log without a base; None for all else."""
    has_log = [_BARE_LOG.search(formula.text) is not None for formula in (gold, prediction)]
    if has_log[0] == has_log[1]:
        return None
    try:
        left, right = (parse(_BARE_LOG.sub(r"\\log_{10}", formula.text)) for formula in (gold, prediction))
    except MathSyntaxError:
        return None
    return left, right


_LETTER_UNIT = re.compile(r"^(-?\d+(?:\.\d+)?)\s*([mshgLJNWV])$")


_SYMBOL_UNIT = re.compile(r"^(-?\d+(?:\.\d+)?)\s*([A-Za-z]{1,4})$")


def _lettered_units(gold: Formula, prediction: Formula) -> tuple[Formula, Formula]:
    """`10 m` against `10 cm`: a letter behind a number is a unit where the other side names one."""
    if (gold.unit and prediction.unit) or not (gold.unit or prediction.unit):
        return gold, prediction
    lettered, other = (prediction, gold) if gold.unit else (gold, prediction)
    match = _SYMBOL_UNIT.match(lettered.text)
    if match is None or known_unit(match[2]) is None or other.unit is None or other.unit.dimension is None:
        return gold, prediction
    read = Formula(parse(match[1]), match[1], known_unit(match[2]))
    return (gold, read) if gold.unit else (read, prediction)


def _is_unit_letter_missing(gold: str, prediction: str) -> bool:
    """`12s` against `12`: a single letter behind a number may be a unit where the other side is the bare number."""
    for one, other in ((gold, prediction), (prediction, gold)):
        lettered = _LETTER_UNIT.match(one)
        if lettered and re.fullmatch(r"-?\d+(?:\.\d+)?", other) and float(lettered[1]) == float(other):
            return True
    return False


def _percent_readings(gold: Formula, prediction: Formula) -> list[tuple[ExprNode, ExprNode]]:
    """10% against 10: the sign is a unit where only one side writes it, and the other has no unit of its own."""
    if gold.unit or prediction.unit:
        return []
    hundred = number(100)
    ends = (gold.text.endswith("%"), prediction.text.endswith("%"))
    if ends == (True, False):
        return [(times(hundred, gold.node), prediction.node)]
    if ends == (False, True):
        return [(gold.node, times(hundred, prediction.node))]
    return []


_BASED = re.compile(r"^(\d+)\s*_\s*\{?\s*\w+\s*\}?$")


def is_base_missing(gold: str, prediction: str) -> bool:
    """`1011_2` against `1011`: the question named the base, one side repeats it."""
    for one, other in ((gold, prediction), (prediction, gold)):
        based = _BASED.match(one)
        if based and other == based[1]:
            return True
    return False
