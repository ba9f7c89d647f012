"""Proof that two formulas in one variable with absolute values, maxima and minima agree on every piece.

On each interval between the zeros of what stands inside the absolute values, each of them is its argument or minus it;
what remains is compared by its normal form.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, exact_at
from harness.grading.math.expression.normal_form.proof import proves
from harness.grading.math.expression.tree import (
    HALF,
    ExprNode,
    function,
    key,
    minus,
    names_of,
    negative,
    plus,
    power,
    quotient,
    times,
)

MAX_PIECES = 60
"""Intervals that are looked at; nested absolute values can double them at each level."""
_FAR = Fraction(10**6)
"""Where a formula is looked at on an interval without end. Only which sign an argument has there is taken from it."""


def agree_on_all_pieces(
    left: ExprNode,
    right: ExprNode,
    whole: frozenset[str],
    *,
    between: tuple[Fraction | None, Fraction | None] = (None, None),
) -> int | None:
    """The number of intervals on which the formulas are proved equal, all of them together; None without a proof.

    `between`: the open interval to which both are confined.
    """
    names = names_of(left, right)
    if len(names) != 1:
        return None
    (name,) = names
    pieces: list[tuple[ExprNode, ExprNode, Fraction | None, Fraction | None]]
    pieces = [(_with_absolute_values(left), _with_absolute_values(right), *between)]
    proved = 0
    while pieces:
        a, b, low, high = pieces.pop()
        inner = _innermost(a) or _innermost(b)
        if inner is None:
            if proves(a, b, whole) is not True:
                return None
            proved += 1
            continue
        bounds = _zeros(inner.args[0], name)
        if bounds is None or len(pieces) + proved > MAX_PIECES:
            return None
        edges = [low, *(at for at in bounds if (low is None or at > low) and (high is None or at < high)), high]
        for start, end in itertools.pairwise(edges):
            value = _resolved(inner, name, _between(start, end))
            if value is None:
                return None
            pieces.append((_replaced(a, inner, value), _replaced(b, inner, value), start, end))
    return proved


def _with_absolute_values(node: ExprNode) -> ExprNode:
    """The formula with maxima, minima and signs written with absolute values, and roots of squares as such."""
    args = tuple(_with_absolute_values(argument) for argument in node.args)
    if node.op == "fn" and node.name in ("max", "min"):
        first, *others = args
        for other in others:
            size = function("abs", minus(first, other))
            first = times(HALF, plus(first, other, size if node.name == "max" else negative(size)))
        return first
    if node.op == "fn" and node.name == "sgn":
        return quotient(args[0], function("abs", args[0]))
    if node.op == "pow" and args[1] == HALF and args[0].op == "pow" and args[0].args[1].op == "num":
        exponent = args[0].args[1].value
        if exponent.denominator == 1 and exponent % 2 == 0:
            return power(function("abs", args[0].args[0]), ExprNode("num", value=exponent / 2))
    return ExprNode(node.op, args, node.name, node.value) if node.args else node


def _innermost(node: ExprNode) -> ExprNode | None:
    """An absolute value without another inside."""
    for argument in node.args:
        if (found := _innermost(argument)) is not None:
            return found
    return node if node.op == "fn" and node.name == "abs" else None


def _zeros(node: ExprNode, name: str) -> list[Fraction] | None:
    """The zeros of a polynomial of at most second degree with rational zeros, in order; None for any other."""
    try:
        if (_degree(node) or 0) > 4 or _degree(node) is None:
            return None  # five values tell a polynomial of the second degree among those of the fourth
        values = [exact_at(node, {name: Fraction(at)}) for at in (0, 1, 2, 3, -5)]
    except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
        return None
    a = (values[2] - 2 * values[1] + values[0]) / 2
    b, c = values[1] - values[0] - a, values[0]
    if any(a * x * x + b * x + c != value for x, value in ((3, values[3]), (-5, values[4]))):
        return None
    if a == 0:
        return [] if b == 0 else [-c / b]
    under = b * b - 4 * a * c
    if under < 0:
        return []
    root = Fraction(math.isqrt(under.numerator), math.isqrt(under.denominator))
    return sorted({(-b - root) / (2 * a), (-b + root) / (2 * a)}) if root * root == under else None


def _degree(node: ExprNode) -> int | None:
    """The degree of a polynomial; None for anything else."""
    match node.op:
        case "num":
            return 0
        case "sym":
            return 1
        case "add" | "mul":
            degrees = [_degree(argument) for argument in node.args]
            known = [degree for degree in degrees if degree is not None]
            return None if len(known) < len(degrees) else max(known) if node.op == "add" else sum(known)
        case "pow" if node.args[1].op == "num" and node.args[1].value.denominator == 1 and node.args[1].value >= 0:
            degree = _degree(node.args[0])
            return None if degree is None else degree * int(node.args[1].value)
        case _:
            return None


def _between(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None:
        return (high or Fraction(0)) - _FAR
    return low + _FAR if high is None else (low + high) / 2


def _resolved(node: ExprNode, name: str, at: Fraction) -> ExprNode | None:
    """What an absolute value is on the interval around a point."""
    value = exact_at(node.args[0], {name: at})
    return node.args[0] if value > 0 else negative(node.args[0]) if value < 0 else None


def _replaced(node: ExprNode, old: ExprNode, new: ExprNode) -> ExprNode:
    if node.op == old.op and node.name == old.name and key(node) == key(old):
        return new
    return (
        ExprNode(node.op, tuple(_replaced(a, old, new) for a in node.args), node.name, node.value)
        if node.args
        else node
    )
