"""Proof that two formulas agree at all whole numbers, where floors and signs make them periodic.

A polynomial P with whole coefficients satisfies P(Dm + r) = P(r) modulo D, so on each residue class modulo the period a
floor of a polynomial over D is a polynomial in m. Two formulas of degree d that agree at d + 1 numbers of each class
are the same at all of them.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, exact_at
from harness.grading.math.expression.tree import ExprNode, names_of

MAX_EVALUATIONS = 6_000
"""Points at which both formulas are worked out: the proof needs period * (degree + 1) values of each variable."""


def agree_on_all_classes(left: ExprNode, right: ExprNode) -> int | None:
    """The period by which two formulas in whole numbers are proved equal; None where this proves nothing."""
    names = sorted(names_of(left, right))
    traits = _traits(left), _traits(right)
    if traits[0] is None or traits[1] is None or not names:
        return None
    degree = max(traits[0][0], traits[1][0])
    period = math.lcm(traits[0][1], traits[1][1])
    # A polynomial of degree d is fixed by d + 1 values, in each variable and on each class.
    count = period * (degree + 1)
    if count ** len(names) > MAX_EVALUATIONS:
        return None
    try:
        for values in itertools.product(range(1, count + 1), repeat=len(names)):
            point = dict(zip(names, map(Fraction, values), strict=True))
            if exact_at(left, point) != exact_at(right, point):
                return None
    except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
        return None
    return period


def _traits(node: ExprNode) -> tuple[int, int, int] | None:
    """Degree, period and common divisor of a formula made of polynomials, floors and signs; None for any other."""
    if node.op == "num":
        return 0, 1, node.value.denominator
    if node.op == "sym":
        return 1, 1, 1
    parts = [_traits(argument) for argument in node.args]
    traits = [part for part in parts if part is not None]
    if len(traits) < len(parts):
        return None
    degrees, periods, divisors = ([one[k] for one in traits] for k in range(3))
    period = math.lcm(1, *periods)
    match node.op:
        case "add":
            return max(degrees), period, math.lcm(*divisors)
        case "mul":
            return sum(degrees), period, math.prod(divisors)
        case "pow":
            return _traits_of_power(node, traits, period)
        case "fn" if node.name in ("floor", "ceil") and period * divisors[0] <= MAX_EVALUATIONS:
            return degrees[0], period * divisors[0], 1
        case "fn" if node.name == "mod" and node.args[1].op == "num" and node.args[1].value.denominator == 1:
            return degrees[0], period * divisors[0] * max(1, abs(int(node.args[1].value))), divisors[0]
        case _:
            return None


def _traits_of_power(node: ExprNode, traits: list[tuple[int, int, int]], period: int) -> tuple[int, int, int] | None:
    base, exponent = node.args
    # Only with a whole exponent: (-1)^(n/2) is not real for odd n.
    if base.op == "num" and base.value == -1 and traits[1][2] == 1:
        return 0, 2 * period, 1  # (-1)^n
    if base.op == "num" and exponent.op == "num" and exponent.value == -1 and base.value:
        return 0, 1, abs(base.value.numerator)
    if exponent.op != "num" or exponent.value.denominator != 1 or not 0 <= exponent.value <= 8:
        return None
    power = int(exponent.value)
    return traits[0][0] * power, period, traits[0][2] ** power
