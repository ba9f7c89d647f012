"""The value of a formula: exact as a fraction where it has one, else a float, at given or at fixed sample points.

Bounded on purpose: no power or factorial here can take long, whatever a model wrote; what is too large has no exact
value and overflows as a float. Floats refute equality here and are evidence for it; the last word on equality of what
is not rational is symbolic's. Not here: text (expression).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache

from harness.grading.math.expression.tree import ExprNode, symbols

MAX_BITS = 20_000
MAX_FACTORIAL = 500
DEGREE = math.pi / 180


class UndefinedValue(Exception):
    """The formula has no (real) value at this point."""


class ValueTooLarge(Exception):
    """The value is beyond what is computed here."""


# Exact


def exact(node: ExprNode) -> Fraction | None:
    """The rational value of a formula without variables; None if it is irrational, undefined or too large."""
    try:
        return exact_at(node, {})
    except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
        return None


def exact_at(node: ExprNode, point: Mapping[str, Fraction]) -> Fraction:
    """The rational value at a point. Raises Undefined where there is none, TooLarge beyond MAX_BITS."""
    match node.op:
        case "num":
            return node.value
        case "sym":
            if node.name not in point:
                raise UndefinedValue(node.name)
            return point[node.name]
        case "add":
            return _bounded(sum((exact_at(argument, point) for argument in node.args), Fraction(0)))
        case "mul":
            product = Fraction(1)
            for argument in node.args:
                product = _bounded(product * exact_at(argument, point))
            return product
        case "pow":
            exponent = exact_at(node.args[1], point)
            if exponent.denominator != 1 and symbols(node.args[1]):
                raise UndefinedValue("a variable exponent that is no whole number here")
            return _exact_power(exact_at(node.args[0], point), exponent)
        case "fn":
            return _exact_function(node.name, [exact_at(argument, point) for argument in node.args])
        case _:
            raise UndefinedValue(node.name)


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
        raise ValueTooLarge
    return value


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        return _exact_root(_exact_power(base, Fraction(exponent.numerator)), exponent.denominator)
    if base == 0 and exponent < 0:
        raise UndefinedValue("0 to a negative power")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(base) != 1 and base != 0 and abs(exponent) * bits > MAX_BITS:
        raise ValueTooLarge
    whole = int(exponent) if abs(exponent) < MAX_BITS or abs(base) != 1 else int(exponent) % 2
    return base**whole if base != 0 or whole else Fraction(1)


def _exact_root(value: Fraction, degree: int) -> Fraction:
    """The rational root; of a negative value only an odd one. Raises Undefined if it is irrational."""
    if degree > 64 or (value < 0 and degree % 2 == 0):
        raise UndefinedValue("no rational root")
    top, bottom = _integer_root(abs(value.numerator), degree), _integer_root(value.denominator, degree)
    return Fraction(top, bottom) if value >= 0 else -Fraction(top, bottom)


def _integer_root(value: int, degree: int) -> int:
    if degree == 2:
        guess = math.isqrt(value)
    else:
        if value.bit_length() > 900:
            raise ValueTooLarge
        guess = round(value ** (1 / degree))
    for candidate in (guess, guess - 1, guess + 1):
        if candidate >= 0 and candidate**degree == value:
            return candidate
    raise UndefinedValue("no rational root")


def _exact_function(name: str, values: list[Fraction]) -> Fraction:
    whole = [int(value) for value in values if value.denominator == 1]
    if name in ("abs", "floor", "ceil", "group") and len(values) == 1:
        plain: dict[str, Callable[[Fraction], Fraction]] = {
            "abs": abs,
            "floor": lambda value: Fraction(math.floor(value)),
            "ceil": lambda value: Fraction(math.ceil(value)),
            "group": lambda value: value,
        }
        return plain[name](values[0])
    if name in ("min", "max"):
        return min(values) if name == "min" else max(values)
    if name == "root" and values[1].denominator == 1 and values[1] > 0:
        return _exact_root(values[0], int(values[1]))
    if len(whole) == len(values):
        return _integer_function(name, whole)
    raise UndefinedValue(name)


def _integer_function(name: str, values: list[int]) -> Fraction:
    if any(abs(value) > 10 * MAX_BITS for value in values) and name in ("factorial", "binom"):
        raise ValueTooLarge
    match name, values:
        case "factorial", [n] if 0 <= n <= MAX_FACTORIAL:
            return Fraction(math.factorial(n))
        case "binom", [n, k] if k >= 0 and 0 <= n <= MAX_FACTORIAL:
            return Fraction(math.comb(n, k))
        case "gcd", _:
            return Fraction(math.gcd(*values))
        case "lcm", _:
            return _bounded(Fraction(math.lcm(*values)))
        case "log", [n, base] if n > 0 and base > 1:
            return _exact_log(n, base)
        case _:
            raise UndefinedValue(name)


def _exact_log(n: int, base: int) -> Fraction:
    exponent = 0
    while n % base == 0:
        n //= base
        exponent += 1
    if n != 1:
        raise UndefinedValue("an irrational logarithm")
    return Fraction(exponent)


# Floats


def approximate(node: ExprNode, point: Mapping[str, float], *, real: bool, degree: float = DEGREE) -> complex:
    """The value at a point as a float. With `real`, any step that leaves the real line raises Undefined.

    Raises Undefined at poles and gaps of the domain, TooLarge on overflow.
    """
    try:
        value = _value(node, point, real, degree)
    except OverflowError:
        raise ValueTooLarge from None
    except (ZeroDivisionError, ValueError):
        raise UndefinedValue from None
    if cmath.isnan(value) or cmath.isinf(value):
        raise ValueTooLarge
    return value


def _value(node: ExprNode, point: Mapping[str, float], real: bool, degree: float) -> complex:
    match node.op:
        case "num":
            return complex(node.value)
        case "sym":
            if node.name not in point:
                raise UndefinedValue(node.name)
            return complex(point[node.name])
        case "const":
            return _constant(node.name, real, degree)
        case "add":
            return sum((_value(argument, point, real, degree) for argument in node.args), 0j)
        case "mul":
            product = 1 + 0j
            for argument in node.args:
                product *= _value(argument, point, real, degree)
            return product
    values = [_value(argument, point, real, degree) for argument in node.args]
    result = _float_power(values[0], values[1]) if node.op == "pow" else _float_function(node.name, values)
    if real and abs(result.imag) > 1e-12 * max(1.0, abs(result)):
        raise UndefinedValue("not real")
    return complex(result.real) if real else result


def _constant(name: str, real: bool, degree: float) -> complex:
    match name:
        case "pi":
            return complex(math.pi)
        case "e":
            return complex(math.e)
        case "deg":
            return complex(degree)
        case "i" if not real:
            return 1j
        case _:
            raise UndefinedValue(name)


def _float_power(base: complex, exponent: complex) -> complex:
    if base.imag == 0 and exponent.imag == 0:
        x, y = base.real, exponent.real
        if x >= 0 or y == int(y):
            return complex(math.pow(x, y))
        ratio = Fraction(y).limit_denominator(99)
        if ratio.denominator % 2 and abs(float(ratio) - y) < 1e-15:
            return complex(math.pow(-x, y) * (-1 if ratio.numerator % 2 else 1))
    return base**exponent


def _gamma(value: complex) -> complex:
    if value.imag:
        raise UndefinedValue("factorial of a complex number")
    return complex(math.gamma(value.real + 1))


def _log(value: complex, base: complex = math.e) -> complex:
    return cmath.log(value) / cmath.log(base) if base != math.e else cmath.log(value)


def _binomial(n: complex, k: complex) -> complex:
    return _gamma(n) / (_gamma(k) * _gamma(n - k))


def _root(value: complex, degree: complex) -> complex:
    if (
        degree.imag == 0
        and degree.real == int(degree.real)
        and value.imag == 0
        and value.real < 0
        and int(degree.real) % 2
    ):
        return complex(-math.pow(-value.real, 1 / degree.real))
    return _float_power(value, 1 / degree)


def _ordered(choose: Callable[..., float]) -> Callable[..., complex]:
    def of_reals(*values: complex) -> complex:
        if any(abs(value.imag) > 1e-12 for value in values):
            raise UndefinedValue("complex numbers have no order")
        return complex(choose(*(value.real for value in values)))

    return of_reals


_FLOAT_FUNCTIONS: dict[str, Callable[..., complex]] = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "arcsin": cmath.asin, "arccos": cmath.acos,
    "arctan": cmath.atan, "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh, "asinh": cmath.asinh,
    "acosh": cmath.acosh, "atanh": cmath.atanh,
    "cot": lambda x: 1 / cmath.tan(x), "sec": lambda x: 1 / cmath.cos(x), "csc": lambda x: 1 / cmath.sin(x),
    "arccot": lambda x: math.pi / 2 - cmath.atan(x), "log": _log, "abs": lambda x: complex(abs(x)), "factorial": _gamma,
    "binom": _binomial, "root": _root, "group": lambda x: x, "floor": _ordered(math.floor), "ceil": _ordered(math.ceil),
    "min": _ordered(min), "max": _ordered(max), "sgn": _ordered(lambda x: (x > 0) - (x < 0)),
}  # fmt: skip


def _float_function(name: str, values: list[complex]) -> complex:
    compute = _FLOAT_FUNCTIONS.get(name)
    if compute is None:
        raise UndefinedValue(name)
    return compute(*values)


# Sample points


_SPREAD = (
    0.7310585786,
    1.9053715,
    0.2689414214,
    2.6411206,
    0.5106772,
    3.3498941,
    1.1752012,
    0.8427008,
    2.2360680,
    0.3819660,
)


@lru_cache(maxsize=1024)
def sample_points(names: frozenset[str]) -> tuple[dict[str, float], ...]:
    """Fixed points spread over positive, mixed and negative values, the same on every machine."""
    points = []
    for row in range(12):
        point = {}
        for column, name in enumerate(sorted(names)):
            size = _SPREAD[(row * 3 + column * 7) % 10] + 0.0137 * row + 0.0713 * column
            is_negative = row >= 6 and (row + column) % 2 == 0
            point[name] = -size if is_negative else size
        points.append(point)
    return tuple(points)


@lru_cache(maxsize=1024)
def whole_points(names: frozenset[str]) -> tuple[dict[str, float], ...]:
    """Points of positive whole numbers, for formulas in n and k."""
    rows = ((2, 5, 3, 7), (3, 4, 9, 2), (8, 3, 5, 4), (5, 9, 4, 6), (11, 6, 7, 3))
    return tuple({name: float(row[c % 4] + c // 4) for c, name in enumerate(sorted(names))} for row in rows)


def rational_points(names: frozenset[str]) -> Iterator[dict[str, Fraction]]:
    """Points of large primes over small ones: rational functions that agree there are the same, but for bad luck."""
    primes = (10007, 10039, 10069, 10093, 10133, 10151, 10169, 10193, 10223, 10247, 10267, 10289, 10313, 10333)
    for row in range(3):
        point = {}
        for column, name in enumerate(sorted(names)):
            # negative values too: the root of a square is not the number there
            sign = -1 if (row + column) % 2 else 1
            point[name] = Fraction(sign * (primes[(5 * row + column) % 14] + column * 20), 13 + 4 * row)
        yield point


def names_of(*nodes: ExprNode) -> frozenset[str]:
    """The variables of all of them."""
    return frozenset().union(*(symbols(node) for node in nodes))
