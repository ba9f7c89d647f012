"""Families of angles: `π/4 + kπ` is the same set of solutions as `5π/4 + kπ` and `π/4 - kπ`."""

from __future__ import annotations

from harness.grading.math.comparison.equivalence import are_equivalent, numeric_value
from harness.grading.math.expression.tree import ExprNode, minus, names_of, negative, number, plus, substitute, times
from harness.grading.math.symbolic.prover import Prover


def same_family(gold: ExprNode, prediction: ExprNode, prover: Prover) -> bool:
    """Whether both are `a + bk` in one whole number k, with the same step b and starts a that differ by steps.

    Only of angles, where k is bound: `4k+1` alone is a formula.
    """
    names = names_of(gold)
    if len(names) != 1 or names != names_of(prediction) or not names <= prover.hints.whole or not _has_angle(gold):
        return False
    (name,) = names
    if _has_function(gold) or _has_function(prediction):
        return False  # a floor bends where three points do not show it
    steps, starts = [], []
    for node in (gold, prediction):
        values = [substitute(node, {name: number(at)}) for at in (0, 1, 2)]
        bend = plus(values[0], times(number(-2), values[1]), values[2])
        if not are_equivalent(bend, number(0), prover).equal:
            return False
        starts.append(values[0])
        steps.append(minus(values[1], values[0]))
    if not any(are_equivalent(steps[0], step, prover).equal for step in (steps[1], negative(steps[1]))):
        return False
    gap, step = numeric_value(minus(starts[0], starts[1])), numeric_value(steps[0])
    if gap is None or not step:
        return False
    count = number(round(gap / step))
    return are_equivalent(minus(starts[0], starts[1]), times(count, steps[0]), prover).equal is True


def _has_function(node: ExprNode) -> bool:
    """Whether a function of the counted variable stands in the formula."""
    return (node.op == "fn" and bool(names_of(node))) or any(map(_has_function, node.args))


def _has_angle(node: ExprNode) -> bool:
    return (node.op == "const" and node.name in ("pi", "deg")) or any(map(_has_angle, node.args))
