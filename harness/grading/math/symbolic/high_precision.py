"""The value of a formula with as many digits as a comparison needs.

A difference of 10^-400 is a difference: the digits grow with the numbers in the formula. mpmath is this module's alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import mpmath

from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, series_points
from harness.grading.math.expression.tree import SERIES, ExprNode

MAX_DIGITS = 30_000
"""A pair that would need more is not decided (TooManyDigits)."""
GUARD_DIGITS = 20
"""Digits that rounding errors of all steps together do not reach."""
_MAX_MAGNITUDE = 10**6
"""Numbers beyond 10^(10^6) are compared by their logarithms elsewhere."""


_DIGITS_PER_BIT = math.log10(2)


class NoValue(Exception):
    """Not defined, or not real, at this point."""


class TooManyDigits(Exception):
    """The numbers are too large, or too close, for MAX_DIGITS."""


class Evaluator:
    """Values at one point with a number of digits; `top` is the decimal magnitude of the largest term met.

    An error is at most 10^(top - digits + GUARD_DIGITS).
    """

    def __init__(self, point: Mapping[str, Fraction], *, digits: int, real: bool, degree_is_one: bool) -> None:
        self.point = point
        self.digits = digits
        self.real = real
        self.degree_is_one = degree_is_one
        self.top = -math.inf

    def value(self, node: ExprNode) -> mpmath.mpc:
        """The value. Raises NoValue or TooManyDigits."""
        with mpmath.workdps(self.digits):
            try:
                return self._value(node)
            except (ValueError, ZeroDivisionError, TypeError, UndefinedValue, mpmath.libmp.NoConvergence):
                raise NoValue from None
            except (OverflowError, ValueTooLarge):
                raise TooManyDigits from None

    def _value(self, node: ExprNode) -> mpmath.mpc:
        match node.op:
            case "num":
                result = mpmath.mpf(node.value.numerator) / node.value.denominator
            case "sym":
                at = self.point[node.name]
                result = mpmath.mpf(at.numerator) / at.denominator
            case "const":
                result = self._constant(node.name)
            case "fn" if node.name in SERIES:
                terms = [self._inside(node.args[0], at) for at in series_points(node, self.point)]
                result = mpmath.fsum(terms) if node.name == "sum" else mpmath.fprod(terms)
            case _:
                result = self._operation(node, [self._value(argument) for argument in node.args])
        self._note(result)
        if self.real and result.imag:
            if mpmath.fabs(result.imag) > mpmath.mpf(10) ** (-self.digits // 2) * (1 + mpmath.fabs(result)):
                raise NoValue
            result = result.real
        return result

    def _inside(self, node: ExprNode, point: Mapping[str, Fraction]) -> mpmath.mpc:
        """A term of a sum, at a point with the bound variable."""
        outer, self.point = self.point, point
        try:
            return self._value(node)
        finally:
            self.point = outer

    def _note(self, value: mpmath.mpc) -> None:
        if not mpmath.isfinite(value):
            raise NoValue
        if value:
            magnitude = mpmath.mag(value) * _DIGITS_PER_BIT
            if abs(magnitude) > _MAX_MAGNITUDE:
                raise TooManyDigits
            self.top = max(self.top, magnitude)

    def _constant(self, name: str) -> mpmath.mpc:
        match name:
            case "pi":
                return +mpmath.pi
            case "e":
                return +mpmath.e
            case "deg":
                return mpmath.mpf(1) if self.degree_is_one else mpmath.pi / 180
            case "i":
                return mpmath.mpc(0, 1)
            case _:
                raise NoValue(name)

    def _operation(self, node: ExprNode, values: list[mpmath.mpc]) -> mpmath.mpc:
        match node.op:
            case "add":
                return mpmath.fsum(values)
            case "mul":
                return mpmath.fprod(values)
            case "pow":
                return self._power(values[0], values[1], node.args[1])
        if node.name == "root":
            degree = node.args[1].value if node.args[1].op == "num" else Fraction(0)
            exponent = ExprNode("num", value=1 / degree) if degree else node.args[1]
            return self._power(values[0], 1 / values[1], exponent)
        if node.name in _ROUNDED:
            return self._rounded(node.name, values)
        compute = _FUNCTIONS.get(node.name)
        if compute is None:
            raise NoValue(node.name)
        if node.name in _ANGLES and mpmath.mag(values[0]) > 30_000:
            raise TooManyDigits
        return compute(*values)

    def _rounded(self, name: str, values: list[mpmath.mpc]) -> mpmath.mpc:
        if any(value.imag for value in values):
            raise NoValue(name)
        reals = [value.real for value in values]
        if name in ("floor", "ceil", "mod"):
            value = reals[0] if len(reals) == 1 else reals[0] / reals[1]
            off = mpmath.fabs(value - mpmath.nint(value))
            if off and off < mpmath.mpf(10) ** (self.top - self.digits + GUARD_DIGITS):
                raise NoValue("too close to a whole number")
        return _ROUNDED[name](*reals)

    def _power(self, base: mpmath.mpc, exponent: mpmath.mpc, tree: ExprNode) -> mpmath.mpc:
        if tree.op == "num" and tree.value.denominator == 1:
            if base and abs(tree.value) * abs(mpmath.mag(base) - 1) * _DIGITS_PER_BIT > _MAX_MAGNITUDE:
                raise TooManyDigits
            return base ** int(tree.value)
        is_odd_root = tree.op == "num" and tree.value.denominator % 2
        if is_odd_root and not base.imag and base.real < 0:
            size = (-base.real) ** exponent
            return -size if tree.value.numerator % 2 else size
        # Beyond _MAX_MAGNITUDE for any base that is not almost 1: refused before mpmath works it out.
        if base and mpmath.mag(exponent) > 40:
            raise TooManyDigits
        return base**exponent


_ANGLES = ("sin", "cos", "tan", "cot", "sec", "csc")
_FUNCTIONS: dict[str, Callable[..., mpmath.mpc]] = {
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "cot": mpmath.cot, "sec": mpmath.sec, "csc": mpmath.csc,
    "arcsin": mpmath.asin, "arccos": mpmath.acos, "arctan": mpmath.atan,
    "arccot": lambda x: mpmath.pi / 2 - mpmath.atan(x), "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh,
    "asinh": mpmath.asinh, "acosh": mpmath.acosh, "atanh": mpmath.atanh, "log": mpmath.log, "abs": mpmath.fabs,
    "group": lambda x: x, "factorial": mpmath.factorial, "binom": mpmath.binomial,
}  # fmt: skip
_ROUNDED: dict[str, Callable[..., mpmath.mpf]] = {
    "floor": mpmath.floor, "ceil": mpmath.ceil, "min": min, "max": max, "sgn": mpmath.sign,
    "mod": lambda value, modulus: value - modulus * mpmath.floor(value / modulus),
}  # fmt: skip


def differ(
    left: ExprNode, right: ExprNode, point: Mapping[str, Fraction], *, digits: int, real: bool, degree_is_one: bool
) -> bool:
    """Whether the formulas have different values at a point. Raises NoValue or TooManyDigits.

    Where large terms cancel, more digits are taken until the result has some of its own.
    """
    while digits <= MAX_DIGITS:
        evaluator = Evaluator(point, digits=digits, real=real, degree_is_one=degree_is_one)
        a, b = evaluator.value(left), evaluator.value(right)
        with mpmath.workdps(digits):
            gap = mpmath.fabs(a - b)
            error = mpmath.mpf(10) ** (evaluator.top - digits + GUARD_DIGITS)
            # Above the error bound the values differ for certain. Below it nothing is known yet: large terms may have
            # cancelled.
            if gap > error:
                return True
            size = max(mpmath.fabs(a), mpmath.fabs(b))
            # agreement counts where the common value has digits beyond the error, or is zero like its terms
            if size > error * mpmath.mpf(10) ** 10 or digits >= _enough(evaluator.top):
                return False
        digits *= 2
    raise TooManyDigits


def _enough(top: float) -> float:
    """Digits after which two values that both look like zero are taken for zero."""
    return 200 + 3 * max(top, 0)


def digits_needed(*nodes: ExprNode) -> int:
    """Digits by which constants made of these numbers differ if they differ at all, estimated from their size.

    Raises TooManyDigits.
    """
    # A heuristic and no bound: roots of numbers with few digits can be very close (sums of square roots), so the rule
    # of a verdict says to how many digits the values agree.
    total = 60 + 2 * sum(_size(node) for node in nodes)
    if total > MAX_DIGITS:
        raise TooManyDigits
    return int(total)


def _size(node: ExprNode) -> float:
    """The decimal digits of the numbers in a formula, powers and factorials worked out."""
    if node.op == "num":
        return (node.value.numerator.bit_length() + node.value.denominator.bit_length()) * _DIGITS_PER_BIT
    sizes = [_size(argument) for argument in node.args]
    if node.op == "pow":
        exponent = _plain(node.args[1])
        return sizes[1] + sizes[0] * max(1.0, abs(exponent)) if exponent is not None else sum(sizes) + 10
    if node.op == "fn" and node.name in ("factorial", "binom"):
        number = _plain(node.args[0])
        return number * math.log10(max(number, 2)) if number is not None and number >= 0 else MAX_DIGITS
    if node.op == "fn" and node.name in ("sinh", "cosh", "tanh"):
        at = _plain(node.args[0])
        return sizes[0] + abs(at) if at is not None else MAX_DIGITS
    return 1 + sum(sizes)


def _plain(node: ExprNode) -> float | None:
    """The value of a number, or of a constant that a float holds, as a float."""
    try:
        if node.op == "num":
            return float(node.value)
        value = Evaluator({}, digits=15, real=True, degree_is_one=False).value(node)
        return float(value.real)
    except (NoValue, TooManyDigits, OverflowError, KeyError):
        return None
