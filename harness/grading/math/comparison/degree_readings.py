"""What the degree sign of a formula may stand for, where one side leaves it out."""

from __future__ import annotations

from harness.grading.math.expression.floats import DEGREE
from harness.grading.math.expression.tree import ExprNode, has_constant, has_function
from harness.grading.math.question import QuestionHints

_ANGLE_FUNCTIONS = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
INVERSE_ANGLES = frozenset(("arcsin", "arccos", "arctan", "arccot"))


def degree_readings(left: ExprNode, right: ExprNode, hints: QuestionHints) -> tuple[float, ...]:
    """What the degree sign may stand for: π/180, or 1 where one side left it out.

    It may be left out of a bare angle, and inside a function only where the question measures in degrees. A side with π
    or an inverse function is an angle in radians and left nothing out.
    """
    marked = has_constant(left, "deg"), has_constant(right, "deg")
    if marked[0] == marked[1]:
        return (DEGREE,)
    with_sign, without = (left, right) if marked[0] else (right, left)
    if has_constant(without, "pi") and not (marked[0] and has_constant(with_sign, "pi")):
        return (DEGREE,)
    if (_has_degree_inside(with_sign) and not hints.has_degrees) or has_function(with_sign, INVERSE_ANGLES):
        return (DEGREE,)
    return (DEGREE, 1.0)


def _has_degree_inside(node: ExprNode) -> bool:
    """Whether a degree sign stands in the argument of a function of angles."""
    if node.op == "fn" and node.name in _ANGLE_FUNCTIONS:
        return has_constant(node, "deg")
    return any(_has_degree_inside(argument) for argument in node.args)
