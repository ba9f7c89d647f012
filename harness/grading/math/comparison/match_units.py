"""What the units of two values decide: other kinds, other things, or another size of one kind.

A unit that only one side names is not held against it, unless the task asks for one.
"""

from __future__ import annotations

import re
from fractions import Fraction

from harness.grading.math.comparison.equivalence import are_equivalent
from harness.grading.math.comparison.opposites import are_opposites
from harness.grading.math.comparison.unit_words import are_different_quantities
from harness.grading.math.expression.tree import ExprNode, number, plus, times
from harness.grading.math.parsing.answer_types import Formula
from harness.grading.math.parsing.parser import parse
from harness.grading.math.parsing.unit_table import Dimension, Unit
from harness.grading.math.parsing.units import known_unit
from harness.grading.math.symbolic.prover import FormulaEquivalence, Prover

# Scales whose unit is written with the sign of an angle's degree: 20° may be either.
_TEMPERATURES = frozenset(((("celsius", 1),), (("fahrenheit", 1),)))
_KELVINS: dict[Dimension, tuple[Fraction, Fraction]] = {
    (("celsius", 1),): (Fraction(1), Fraction(27315, 100)),
    (("fahrenheit", 1),): (Fraction(5, 9), Fraction(45967, 180)),  # (F + 459.67) * 5/9
    (("temperature", 1),): (Fraction(1), Fraction(0)),
}
"""Factor and offset to kelvins; exact by definition (BIPM, The International System of Units, 9th edition 2019)."""
_ANGLE = (("angle", 1),)
_RADIAN = (("radian", 1),)
_DEGREE = ExprNode("const", name="deg")


def in_angles(formula: Formula) -> Formula:
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
    return measured.unit.dimension not in (_ANGLE, _RADIAN, *_TEMPERATURES) and other.text.endswith(r"^{\circ}")


def _in_kelvins(node: ExprNode, unit: Unit) -> ExprNode:
    factor, offset = _KELVINS[unit.dimension or ()]
    return plus(times(number(factor), node), number(offset))


def _is_temperature_for_angle(one: Formula, other: Formula) -> bool:
    """`25°C` beside `25°`: the same only where the question speaks of temperatures."""
    is_angle = one.unit.dimension == _ANGLE if one.unit else one.text.endswith(r"^{\circ}")
    if one.unit is not None and one.unit.name == "度" and other.unit is not None and other.unit.name == "摄氏度":
        return False  # the short word for degrees Celsius
    return is_angle and other.unit is not None and other.unit.dimension in _TEMPERATURES


def _may_be_one(ours: Unit, theirs: Unit) -> bool:
    """A pound of money or of mass, and the sign ¥ of two currencies: names that say too little to differ."""
    names, kinds = {ours.name.strip(), theirs.name.strip()}, {ours.dimension, theirs.dimension}
    is_pound = bool(names & {"pound", "pounds"}) and (("sterling", 1),) in kinds
    return is_pound or ("yuanyen" in names and kinds <= {(("yen", 1),), (("yuan", 1),)})


def by_units_alone(gold: Formula, prediction: Formula, prover: Prover) -> FormulaEquivalence | None:
    """The decision that needs no arithmetic: a missing unit that is asked for, other things, other kinds of unit."""
    ours, theirs = gold.unit, prediction.unit
    if ours is not None and theirs is None and prover.hints.needs_unit:
        return FormulaEquivalence(equal=False, rule="the unit that the task asks for is missing")
    if _is_measured_otherwise(gold, prediction) or _is_measured_otherwise(prediction, gold):
        return FormulaEquivalence(equal=False, rule="different kinds of unit")
    is_mixed = _is_temperature_for_angle(gold, prediction) or _is_temperature_for_angle(prediction, gold)
    if is_mixed and not prover.hints.has_temperature:
        return FormulaEquivalence(equal=False, rule="degrees of temperature are not degrees of an angle")
    if ours is None or theirs is None:
        return None
    if are_opposites(ours.name, theirs.name):
        return FormulaEquivalence(equal=False, rule="opposite kinds of thing")
    if are_different_quantities(ours, theirs):
        return FormulaEquivalence(equal=False, rule=f"{ours.name} are not {theirs.name}")
    return None


def by_conversion(gold: Formula, prediction: Formula, prover: Prover) -> FormulaEquivalence | None:
    """The decision where units convert, or measure different things; None where they do not decide."""
    ours, theirs = gold.unit, prediction.unit
    radians = [formula.unit is not None and formula.unit.dimension == _RADIAN for formula in (gold, prediction)]
    if any(radians) and (ours is None or theirs is None or all(radians)):
        result = are_equivalent(_as_radians(gold.node), _as_radians(prediction.node), prover)
        return FormulaEquivalence(equal=result.equal, rule=f"{result.rule}, in radians")
    if ours is None or theirs is None or _may_be_one(ours, theirs):
        return None
    if not ours.dimension or not theirs.dimension:
        return None
    dimensions = {ours.dimension, theirs.dimension}
    if len(dimensions) > 1 and dimensions <= _KELVINS.keys():
        scaled = are_equivalent(_in_kelvins(gold.node, ours), _in_kelvins(prediction.node, theirs), prover)
        return FormulaEquivalence(equal=scaled.equal, rule=f"{scaled.rule}, temperatures converted")
    if len(dimensions) > 1:
        return FormulaEquivalence(equal=False, rule="different kinds of unit")
    if ours.factor == theirs.factor:
        return None
    scaled = are_equivalent(
        times(number(ours.factor), gold.node), times(number(theirs.factor), prediction.node), prover
    )
    return FormulaEquivalence(equal=scaled.equal, rule=f"{scaled.rule}, units converted")


_SYMBOL_UNIT = re.compile(r"^(-?\d+(?:\.\d+)?)\s*([A-Za-z]{1,4})$")


def lettered_units(gold: Formula, prediction: Formula) -> tuple[Formula, Formula]:
    """`10 m` against `10 cm`: a letter behind a number is a unit where the other side names one."""
    if (gold.unit and prediction.unit) or not (gold.unit or prediction.unit):
        return gold, prediction
    lettered, other = (prediction, gold) if gold.unit else (gold, prediction)
    match = _SYMBOL_UNIT.match(lettered.text)
    if match is None or known_unit(match[2]) is None or other.unit is None or other.unit.dimension is None:
        return gold, prediction
    read = Formula(parse(match[1]), match[1], known_unit(match[2]))
    return (gold, read) if gold.unit else (read, prediction)
