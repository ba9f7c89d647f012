"""Agreement of two formulas at points: floats near zero, exact values at telling points, and where a side has no value.

Values refute equality and never prove it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, same_value, value_at
from harness.grading.math.expression.floats import approximate
from harness.grading.math.expression.points import constants_of, sample_points, telling_points
from harness.grading.math.expression.tree import ExprNode, has_constant, has_function, names_of
from harness.grading.math.symbolic.prover import UNEQUAL, FormulaEquivalence, Prover, out_of_work

# Relative. To agree takes nine digits; to refute, a difference beyond what cancelling terms may lose near zero.
AGREES = 1e-9
REFUTES = 1e-6
MAX_FLOAT_AT = 200
"""At larger whole numbers a float no longer tells a sine or cosine of them to nine digits."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """At how many points both have a value, and what that decides; None while they agree."""

    compared: int
    decision: FormulaEquivalence | None = None

    @property
    def refuted(self) -> bool:
        return self.decision is not None


def float_evidence(left: ExprNode, right: ExprNode, degree: float) -> Evidence:
    """Agreement at floats near zero; where neither side is real anywhere, as complex numbers."""
    # Complex only where no point is real for both: complex branches make equal real formulas differ (`\sqrt[3]{x^3}`
    # and x).
    for real in (True, False):
        seen = _float_agreement(left, right, degree, real=real)
        if seen.compared:
            return seen
    return Evidence(0)


def _float_agreement(left: ExprNode, right: ExprNode, degree: float, *, real: bool) -> Evidence:
    compared = 0
    for point in sample_points(names_of(left, right)):
        try:
            a, b = (approximate(node, point, real=real, degree=degree) for node in (left, right))
        except (UndefinedValue, ValueTooLarge):
            continue
        compared += 1
        # The absolute bound is for values near zero, such as sin(x)^2 + cos(x)^2 - 1: relative to 1e-17 any two differ.
        if abs(a - b) > REFUTES * max(abs(a), abs(b)) and abs(a - b) > 1e-11:
            return Evidence(compared, UNEQUAL)
    return Evidence(compared)


def telling_evidence(left: ExprNode, right: ExprNode, whole: frozenset[str], degree: float, prover: Prover) -> Evidence:
    """Exact agreement at telling points: near the formulas' own numbers, at perfect powers, near and far."""
    compared = 0
    names = names_of(left, right)
    for count, point in enumerate(telling_points(names, whole, constants_of(left, right))):
        # Reading the clock at each point would cost as much as a cheap comparison.
        if count % 16 == 15 and prover.is_expired():
            return Evidence(compared, out_of_work("CPU time of a comparison point by point"))
        is_same = _agrees_at(left, right, point, degree)
        if is_same is None:
            continue
        compared += 1
        if not is_same:
            where = ", ".join(f"{name} = {value}" for name, value in sorted(point.items()))
            return Evidence(compared, FormulaEquivalence(equal=False, rule=f"different values at {where}"))
    return Evidence(compared)


def _agrees_at(left: ExprNode, right: ExprNode, point: dict[str, Fraction], degree: float) -> bool | None:
    """Whether both have the same value; exactly, else with 40 digits, else as floats; None where one has none."""
    values: list[Fraction | Decimal] = []
    for node in (left, right):
        try:
            # Exact values know one reading of the degree sign only, as pi/180.
            if degree == 1.0 and has_constant(node, "deg"):
                raise UndefinedValue
            values.append(value_at(node, point))
        except UndefinedValue:
            break
        except (ValueTooLarge, ZeroDivisionError):
            return None
    if len(values) == 2:
        return same_value(*values)
    if any(abs(value) > MAX_FLOAT_AT for value in point.values()):
        return None
    at = {name: float(value) for name, value in point.items()}
    try:
        a, b = (approximate(node, at, real=True, degree=degree) for node in (left, right))
    except UndefinedValue:
        return False if _is_sign_at_a_gap(left, right, at) else None
    except ValueTooLarge:
        return None
    # 1e-3: values below are compared absolutely, since their last digits are what larger terms left.
    return abs(a - b) <= AGREES * max(abs(a), abs(b), 1e-3)


def _is_sign_at_a_gap(left: ExprNode, right: ExprNode, at: dict[str, float]) -> bool:
    """Whether a formula with a sign has a value where the other has none: sgn(x) is 0 where x/|x| has a gap."""
    for signed, other in ((left, right), (right, left)):
        if not has_function(signed, frozenset(("sgn",))) or has_function(other, frozenset(("sgn",))):
            continue
        try:
            approximate(signed, at, real=True)
        except (UndefinedValue, ValueTooLarge):
            continue
        return True
    return False


def has_other_domain(left: ExprNode, right: ExprNode, whole: frozenset[str]) -> bool:
    """Whether one side has a value at a point where the other has none, because of a logarithm of an even power.

    `ln(x^2)` is not `2 ln x`. Others that lose points (`ln(xy)`, `ln x + ln y`) are compared where both have values.
    """
    if not any(_has_even_logarithm(node, whole) for node in (left, right)):
        return False
    return any(_is_real_at(left, point) != _is_real_at(right, point) for point in sample_points(names_of(left, right)))


def _has_even_logarithm(node: ExprNode, whole: frozenset[str]) -> bool:
    if node.op == "fn" and node.name == "log" and node.args[0].op == "pow":
        base, exponent = node.args[0].args
        is_even = exponent.op == "num" and exponent.value.denominator == 1 and exponent.value.numerator % 2 == 0
        if is_even and not names_of(base) <= whole:
            return True
    return any(_has_even_logarithm(argument, whole) for argument in node.args)


def _is_real_at(node: ExprNode, point: dict[str, float]) -> bool:
    try:
        approximate(node, point, real=True)
    except (UndefinedValue, ValueTooLarge):
        return False
    return True
