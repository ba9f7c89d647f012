"""Equations and inequalities as such: equal up to a factor, as a chain, as a congruence, or solved for a variable."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from harness.grading.math.comparison.equivalence import are_equivalent
from harness.grading.math.comparison.point_evidence import AGREES
from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, exact_at
from harness.grading.math.expression.floats import approximate
from harness.grading.math.expression.points import rational_points, sample_points
from harness.grading.math.expression.tree import ExprNode, minus, names_of, number, substitute, symbols
from harness.grading.math.parsing.answer_types import Formula, ParsedAnswer, Relation
from harness.grading.math.symbolic.prover import FormulaEquivalence, Prover

_FLIPPED = {"<": ">", ">": "<", "le": "ge", "ge": "le", "ne": "ne", "=": "=", "equiv": "equiv", "in": "ni",
    "subset": "supset", "subseteq": "supseteq",
}  # fmt: skip


_RESIDUE = re.compile(r"^(?P<residue>-?\d{1,200})\s*\(?\s*\\?p?mod\s*\{?\s*(?P<modulus>\d{1,200})\s*\}?\s*\)?$")


def same_equation(
    gold: Relation,
    prediction: Relation,
    prover: Prover,
    matches: Callable[[ParsedAnswer, ParsedAnswer], FormulaEquivalence],
) -> FormulaEquivalence:
    """Side by side, the other way round, or left less right proportional by a factor that keeps the sign."""
    if "equiv" in gold.signs and (gold.signs == prediction.signs or _congruence(prediction) is not None):
        return _same_congruence(gold, prediction)
    if len(gold.sides) != len(prediction.sides):
        return FormulaEquivalence(equal=False, rule="different relations")
    for sides, signs in (
        (prediction.sides, prediction.signs),
        (prediction.sides[::-1], tuple(_FLIPPED.get(sign, sign) for sign in prediction.signs[::-1])),
    ):
        if signs == gold.signs:
            results = [matches(a, b).equal for a, b in zip(gold.sides, sides, strict=True)]
            if all(results):
                return FormulaEquivalence(equal=True, rule="same relation, side by side")
    if len(gold.sides) == 2 and len(gold.signs) == 1:
        return _same_up_to_factor(gold, prediction)
    return FormulaEquivalence(equal=False, rule="different relations")


def _difference(relation: Relation) -> ExprNode | None:
    left, right = relation.sides
    return minus(left.node, right.node) if isinstance(left, Formula) and isinstance(right, Formula) else None


def _same_up_to_factor(gold: Relation, prediction: Relation) -> FormulaEquivalence:
    a, b = _difference(gold), _difference(prediction)
    if a is None or b is None or gold.signs[0] not in _FLIPPED:
        return FormulaEquivalence(equal=False, rule="different relations")
    factor: Fraction | float | None = _exact_factor(a, b)
    if factor is None:
        factor = _float_factor(a, b)
    if factor is None or factor == 0:
        return FormulaEquivalence(equal=False, rule="different relations")
    expected = gold.signs[0] if factor > 0 else _FLIPPED[gold.signs[0]]
    if prediction.signs[0] == expected:
        return FormulaEquivalence(equal=True, rule="same relation up to a factor")
    return FormulaEquivalence(equal=False, rule="opposite relations")


def _exact_factor(a: ExprNode, b: ExprNode) -> Fraction | None:
    """b/a where it is the same fraction at exact points; None where either side is not rational; 0 where it varies."""
    found: Fraction | None = None
    for point in rational_points(names_of(a, b)):
        try:
            x, y = exact_at(a, point), exact_at(b, point)
        except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
            return None
        if x == 0 or y == 0 or (found is not None and y / x != found):
            return Fraction(0)
        found = y / x
    return found


def _float_factor(a: ExprNode, b: ExprNode) -> float | None:
    """b/a where it is the same number at every point with values, at least four of them; None otherwise."""
    found: list[float] = []
    for point in sample_points(names_of(a, b)):
        try:
            x, y = approximate(a, point, real=True).real, approximate(b, point, real=True).real
        except (UndefinedValue, ValueTooLarge):
            continue
        if x == 0 or y == 0:
            return None
        found.append(y / x)
    if len(found) < 4 or any(abs(ratio - found[0]) > AGREES * abs(found[0]) for ratio in found):
        return None
    return found[0]


def solves(relation: Relation, solution: Formula, prover: Prover) -> FormulaEquivalence | None:
    """Whether an equation, linear in the one variable the solution lacks, is satisfied by it identically."""
    if relation.signs != ("=",) or not symbols(solution.node):
        return None
    difference = _difference(relation)
    if difference is None:
        return None
    missing = symbols(difference) - symbols(solution.node)
    if len(missing) != 1 or not symbols(solution.node) <= symbols(difference):
        return None
    (variable,) = missing
    values = [substitute(difference, {variable: number(at)}) for at in (0, 1, 2)]
    bend = minus(minus(values[2], values[1]), minus(values[1], values[0]))
    if are_equivalent(bend, number(0), prover).equal is not True:
        return None
    result = are_equivalent(substitute(difference, {variable: solution.node}), number(0), prover)
    return FormulaEquivalence(
        equal=result.equal, rule=f"solves the equation for {variable}" if result.equal else result.rule
    )


def _same_congruence(gold: Relation, prediction: Relation) -> FormulaEquivalence:
    """`x = 3 mod 7` in any residue: same left side, same modulus, residues that differ by a multiple of it."""
    a, b = _congruence(gold), _congruence(prediction)
    if a is None or b is None:
        return FormulaEquivalence(equal=False, rule="different relations")
    is_same = a[0] == b[0] and a[2] == b[2] and (a[1] - b[1]) % a[2] == 0
    return FormulaEquivalence(equal=is_same, rule="same congruence" if is_same else "different congruences")


def _congruence(relation: Relation) -> tuple[str, int, int] | None:
    """The left side's text, the residue and the modulus, of whole numbers."""
    match = _RESIDUE.match(relation.texts[-1])
    if match is None or len(relation.texts) != 2 or int(match["modulus"]) == 0:
        return None
    return re.sub(r"\s", "", relation.texts[0]), int(match["residue"]), int(match["modulus"])


def identity_value(relation: Relation, prover: Prover) -> Formula | None:
    """The last side of an equation that holds identically, such as a worked expression; None for any other relation."""
    left, right = relation.sides[0], relation.sides[-1]
    if set(relation.signs) != {"="} or not isinstance(left, Formula) or not isinstance(right, Formula):
        return None
    if not symbols(left.node) or not symbols(right.node):
        return None
    return right if are_equivalent(left.node, right.node, prover).equal else None
