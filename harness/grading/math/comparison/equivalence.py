"""Whether two formulas are the same function, by steps from cheap to costly.

Same tree; exact values; rational functions at exact points; floats at sample points (which refute, and are evidence);
then the prover, which works with 50 digits and symbols in another process. Domain aware: where one side is not real, a
point says nothing. Not here: lists, sets, relations, rounding (matching, rounding).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from harness.grading.math.expression.evaluate import (
    DEGREE,
    UndefinedValue,
    ValueTooLarge,
    approximate,
    exact,
    exact_at,
    names_of,
    rational_points,
    sample_points,
    whole_points,
)
from harness.grading.math.expression.tree import MINUS_ONE, PLUS_MINUS, ExprNode, key, number, substitute, symbol
from harness.grading.math.symbolic.prover import UNEQUAL, FormulaEquivalence, Prover

AGREES = 1e-9
REFUTES = 1e-6
_WHOLE_NUMBER_NAMES = frozenset("nkml")


def are_equivalent(left: ExprNode, right: ExprNode, prover: Prover) -> FormulaEquivalence:
    """Whether two formulas without `±` are the same function of their variables."""
    if key(left) == key(right):
        return FormulaEquivalence(equal=True, rule="same formula")
    sign_left, sign_right = infinite_sign(left), infinite_sign(right)
    if sign_left or sign_right:
        return FormulaEquivalence(equal=True, rule="infinity") if sign_left == sign_right else UNEQUAL
    by_fractions = _same_exactly(left, right)
    if by_fractions is not None:
        return by_fractions
    readings = (DEGREE, 1.0) if _has_degree(left) or _has_degree(right) else (DEGREE,)
    answer = UNEQUAL
    for degree in readings:
        answer = _same_by_floats(left, right, degree, prover)
        if answer.equal is not False:
            break
    return answer


def infinite_sign(node: ExprNode) -> int:
    """1 for infinity, -1 for minus infinity, 0 for anything else."""
    if node.op == "const" and node.name == "inf":
        return 1
    if node.op == "mul" and len(node.args) == 2 and node.args[0] == MINUS_ONE:
        return -infinite_sign(node.args[1])
    return 0


def _has_degree(node: ExprNode) -> bool:
    return (node.op == "const" and node.name == "deg") or any(_has_degree(argument) for argument in node.args)


def _same_exactly(left: ExprNode, right: ExprNode) -> FormulaEquivalence | None:
    """The verdict of exact arithmetic; None where either side is not rational."""
    names = names_of(left, right)
    if not names:
        a, b = exact(left), exact(right)
        if a is None or b is None:
            return None
        return FormulaEquivalence(equal=True, rule="equal exactly") if a == b else UNEQUAL
    agreed = 0
    for point in rational_points(names):
        try:
            if exact_at(left, point) != exact_at(right, point):
                return UNEQUAL
        except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
            return None
        agreed += 1
    return FormulaEquivalence(equal=True, rule="equal as rational functions") if agreed else None


def _same_by_floats(left: ExprNode, right: ExprNode, degree: float, prover: Prover) -> FormulaEquivalence:
    names = names_of(left, right)
    points = sample_points(names) if names else ({},)
    seen = _agreement(left, right, points, lambda node, point: approximate(node, point, real=True, degree=degree))
    if seen.compared == 0:
        seen = _agreement(left, right, points, lambda node, point: approximate(node, point, real=False, degree=degree))
    if seen.refuted and names and names <= _WHOLE_NUMBER_NAMES:
        whole = _agreement(
            left, right, whole_points(names), lambda node, point: approximate(node, point, real=True, degree=degree)
        )
        if whole.compared >= 3 and not whole.refuted:
            return FormulaEquivalence(equal=True, rule="equal at whole numbers")
    if seen.refuted:
        return UNEQUAL
    if seen.compared == 0 and not names:
        return _same_size(left, right, prover)
    if seen.compared == 0:
        return FormulaEquivalence(equal=False, rule="no common domain")
    if _same_in_atoms(left, right):
        return FormulaEquivalence(equal=True, rule="equal as rational functions of the same parts")
    return prover.prove(left, right, degree_is_one=degree == 1.0)


def _same_in_atoms(left: ExprNode, right: ExprNode) -> bool:
    """Whether both are the same rational function of their irrational parts, each taken as a variable of its own.

    Sound for yes only: it does not know that a root squared is its radicand.
    """
    atoms: dict[object, ExprNode] = {}
    ruling = _same_exactly(_abstract(left, atoms), _abstract(right, atoms))
    return ruling is not None and ruling.equal is True


def _abstract(node: ExprNode, atoms: dict[object, ExprNode]) -> ExprNode:
    if node.op in ("num", "sym"):
        return node
    is_whole_power = node.op == "pow" and node.args[1].op == "num" and node.args[1].value.denominator == 1
    if node.op in ("add", "mul"):
        return ExprNode(node.op, tuple(_abstract(argument, atoms) for argument in node.args))
    if is_whole_power:
        return ExprNode("pow", (_abstract(node.args[0], atoms), node.args[1]))
    return atoms.setdefault(key(node), symbol(f"atom {len(atoms)}"))


@dataclass(frozen=True, slots=True)
class _NumericEvidence:
    compared: int
    refuted: bool


def _agreement(
    left: ExprNode,
    right: ExprNode,
    points: tuple[dict[str, float], ...],
    value: Callable[[ExprNode, dict[str, float]], complex],
) -> _NumericEvidence:
    compared = 0
    for point in points:
        a, b = _value_or_none(left, point, value), _value_or_none(right, point, value)
        if a is None or b is None:
            continue
        compared += 1
        if abs(a - b) > REFUTES * max(abs(a), abs(b)) and abs(a - b) > 1e-11:
            return _NumericEvidence(compared, refuted=True)
    return _NumericEvidence(compared, refuted=False)


def _value_or_none(
    node: ExprNode, point: dict[str, float], value: Callable[[ExprNode, dict[str, float]], complex]
) -> complex | None:
    try:
        return value(node, point)
    except (UndefinedValue, ValueTooLarge):
        return None


def numeric_value(node: ExprNode) -> float | None:
    """The real value of a formula without variables, as a float; None where there is none."""
    try:
        return approximate(node, {}, real=True).real
    except (UndefinedValue, ValueTooLarge):
        return None


# Values beyond floats


def _same_size(left: ExprNode, right: ExprNode, prover: Prover) -> FormulaEquivalence:
    """For constants too large for a float: compares logarithms, and powers of one base by their exponents."""
    a, b = _logarithm(left), _logarithm(right)
    if a is None and b is None:
        return _same_tower(left, right, prover)
    if a is None or b is None:
        return (
            FormulaEquivalence(equal=False, rule="different order of magnitude")
            if _is_tower(left) or _is_tower(right)
            else UNEQUAL
        )
    if abs(a - b) > AGREES * max(abs(a), abs(b), 1.0):
        return FormulaEquivalence(equal=False, rule="different order of magnitude")
    if max(abs(a), abs(b)) > 1e6:
        return FormulaEquivalence(equal=None, rule="too large to compare")
    return prover.prove(left, right, degree_is_one=False)


def _is_tower(node: ExprNode) -> bool:
    return node.op == "pow" and _logarithm(node) is None


def _same_tower(left: ExprNode, right: ExprNode, prover: Prover) -> FormulaEquivalence:
    if not (_is_tower(left) and _is_tower(right)):
        return (
            UNEQUAL
            if _is_tower(left) != _is_tower(right)
            else FormulaEquivalence(equal=False, rule="no value to compare")
        )
    base_left, base_right = exact(left.args[0]), exact(right.args[0])
    if base_left is not None and base_left == base_right and base_left > 1:
        return are_equivalent(left.args[1], right.args[1], prover)
    return FormulaEquivalence(equal=None, rule="too large to compare")


def _logarithm(node: ExprNode) -> float | None:
    """ln of the absolute value; None where it is undefined or itself too large."""
    value = exact(node)
    if value is not None:
        return _log_fraction(value) if value else None
    match node.op:
        case "mul":
            parts = [_logarithm(argument) for argument in node.args]
            return math.fsum(part for part in parts if part is not None) if None not in parts else None
        case "pow":
            base, exponent = _logarithm(node.args[0]), numeric_value(node.args[1])
            return None if base is None or exponent is None else _finite(base * exponent)
        case "fn" if node.name == "factorial":
            n = numeric_value(node.args[0])
            return _finite(math.lgamma(n + 1)) if n is not None and 0 <= n < 1e300 else None
        case _:
            plain = numeric_value(node)
            return math.log(abs(plain)) if plain else None


def _log_fraction(value: Fraction) -> float:
    return math.log(abs(value.numerator)) - math.log(value.denominator)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def signs_of(node: ExprNode) -> tuple[ExprNode, ...]:
    """The formula itself, or its two values where it holds `±`, upper sign first."""
    if PLUS_MINUS not in names_of(node):
        return (node,)
    return tuple(substitute(node, {PLUS_MINUS: number(sign)}) for sign in (1, -1))
