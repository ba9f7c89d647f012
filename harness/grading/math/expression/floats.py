"""The value of a formula as a float, at a point.

Floats refute equality; they never prove it.
"""

from __future__ import annotations

import cmath
import hashlib
import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, series_points
from harness.grading.math.expression.tree import SERIES, ExprNode

DEGREE = math.pi / 180


def approximate(node: ExprNode, point: Mapping[str, float], *, real: bool, degree: float = DEGREE) -> complex:
    """The value at a point as a float. With `real`, any step that leaves the real line raises UndefinedValue.

    Raises UndefinedValue at poles and gaps of the domain, ValueTooLarge on overflow.
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
    if node.name in SERIES and node.op == "fn":
        at = {name: Fraction(value) for name, value in point.items()}
        terms = [
            _value(node.args[0], {name: float(value) for name, value in inner.items()}, real, degree)
            for inner in series_points(node, at)
        ]
        return sum(terms, 0j) if node.name == "sum" else math.prod(terms, start=1 + 0j)
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
    "mod": _ordered(lambda value, modulus: value - modulus * math.floor(value / modulus)),
}  # fmt: skip
UNKNOWN = ("call:", "compose", "cross", "dot")
"""How the names of functions begin of which nothing is known."""


def _float_function(name: str, values: list[complex]) -> complex:
    compute = _FLOAT_FUNCTIONS.get(name)
    if compute is None and name.startswith(UNKNOWN):
        return _unknown(name, values)
    if compute is None:
        raise UndefinedValue(name)
    return compute(*values)


def _unknown(name: str, values: list[complex]) -> complex:
    """A value for a function of which nothing is known: it depends on the name, the arguments and their order."""
    digest = hashlib.sha256(name.encode()).digest()
    total = sum((cmath.sin(value * (1 + digest[k] / 97) + k) for k, value in enumerate(values)), 0j)
    return total + digest[-1] / 31
