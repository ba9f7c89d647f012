"""Whether two sets of real numbers are the same: membership at every bound of both and between any two neighbours.

Bounds are compared exactly (equivalence), their order by value; with parameters in the bounds, at several values of the
parameters.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.grading.math.comparison.equivalence import are_equivalent
from harness.grading.math.comparison.real_sets import CompoundSet, FiniteSet, RealInterval, RealSet
from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge
from harness.grading.math.expression.floats import approximate
from harness.grading.math.expression.points import sample_points
from harness.grading.math.expression.tree import (
    ExprNode,
    names_of,
)
from harness.grading.math.symbolic.prover import FormulaEquivalence, Prover


def same_set(left: RealSet, right: RealSet, prover: Prover) -> FormulaEquivalence:
    """Whether both hold the same numbers; None if two bounds could not be compared in time."""
    nodes = list(dict.fromkeys([*_bounds(left), *_bounds(right)]))
    groups = _grouped(nodes, prover)
    if groups is None:
        return FormulaEquivalence(equal=None, rule="bounds of sets could not be compared")
    names = names_of(*nodes) if nodes else frozenset()
    compared = False
    # Parameters may change the order of the bounds: (a, b) is empty where b < a.
    for point in sample_points(names)[:8] if names else ({},):
        positions = _positions(groups, point)
        if positions is None:
            continue
        compared = True
        # Membership changes at bounds only. So bounds are ranked 0, 1, 2 ..., and each rank with a place on either side
        # stands for all numbers.
        tested = sorted({at + step for at in positions.values() for step in (-0.5, 0.0, 0.5)} or {0.0})
        if any(_holds(left, at, positions) != _holds(right, at, positions) for at in tested):
            return FormulaEquivalence(equal=False, rule="different sets")
    return FormulaEquivalence(equal=compared, rule="equal as sets of numbers" if compared else "different sets")


def _bounds(given: RealSet) -> Iterator[ExprNode]:
    match given:
        case RealInterval():
            yield from (bound for bound in (given.low, given.high) if bound is not None)
        case FiniteSet():
            yield from given.nodes
        case CompoundSet():
            yield from _bounds(given.left)
            yield from _bounds(given.right)


def _grouped(nodes: list[ExprNode], prover: Prover) -> list[list[ExprNode]] | None:
    """Nodes that are the same number, together; None if that could not be decided."""
    groups: list[list[ExprNode]] = []
    for node in nodes:
        for group in groups:
            result = are_equivalent(group[0], node, prover)
            if result.equal is None:
                return None
            if result.equal:
                group.append(node)
                break
        else:
            groups.append([node])
    return groups


def _positions(groups: list[list[ExprNode]], point: dict[str, float]) -> dict[ExprNode, float] | None:
    """The rank of each bound by value, at a point of the parameters."""
    try:
        ordered = sorted(groups, key=lambda group: approximate(group[0], point, real=True).real)
    except (UndefinedValue, ValueTooLarge):
        return None
    return {node: float(rank) for rank, group in enumerate(ordered) for node in group}


def _holds(given: RealSet, at: float, positions: dict[ExprNode, float]) -> bool:
    match given:
        case RealInterval():
            above = given.low is None or at > positions[given.low] or (given.low_in and at == positions[given.low])
            below = given.high is None or at < positions[given.high] or (given.high_in and at == positions[given.high])
            return above and below
        case FiniteSet():
            return any(at == positions[node] for node in given.nodes)
        case CompoundSet():
            left, right = _holds(given.left, at, positions), _holds(given.right, at, positions)
            return {"cup": left or right, "cap": left and right, "setminus": left and not right}[given.sign]
