"""The exact value of a formula at a point: a fraction where it has one, else a decimal of 80 digits.

Bounded on purpose: no power or factorial takes long, whatever a model wrote. Floors of irrational numbers are exact
too: they are read from decimals that are far from a whole number.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from harness.grading.math.expression.tree import SERIES, ExprNode, symbols

# About 18,000 decimal digits: more than any answer holds.
MAX_BITS = 60_000
MAX_FACTORIAL = 5_000
"""5000! has 16,326 digits, a little below MAX_BITS."""
MAX_TERMS = 5_000
"""Of a sum or product that is added up term by term."""
MAX_TERMS_AT_A_POINT = 120
"""Terms of a sum: at one of many points fewer than of a constant."""
DIGITS = 80
_CONTEXT = decimal.Context(
    prec=DIGITS,
    Emax=10**6,
    Emin=-(10**6),
    traps=[decimal.Overflow, decimal.InvalidOperation, decimal.DivisionByZero],
)
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
_FAR = Decimal(10) ** -40
"""A decimal this far from a whole number is not that number: 40 digits remain for rounding errors."""


class UndefinedValue(Exception):
    """The formula has no (real) value at this point."""


class ValueTooLarge(Exception):
    """The value is beyond what is computed here."""


def exact(node: ExprNode) -> Fraction | None:
    """The rational value of a formula without variables; None if it is irrational, undefined or too large."""
    try:
        return exact_at(node, {})
    except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
        return None


def exact_at(node: ExprNode, point: Mapping[str, Fraction]) -> Fraction:
    """The rational value at a point. Raises UndefinedValue where there is none, ValueTooLarge beyond MAX_BITS."""
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
            return _product(exact_at(argument, point) for argument in node.args)
        case "pow":
            exponent = exact_at(node.args[1], point)
            # x^y at y = 1/2 is a root, whose sign and domain depend on how y is read; such points say nothing.
            if exponent.denominator != 1 and symbols(node.args[1]):
                raise UndefinedValue("a variable exponent that is no whole number here")
            return _exact_power(exact_at(node.args[0], point), exponent)
        case "fn" if node.name in ("floor", "ceil"):
            return _rounded(node, point)
        case "fn" if node.name in SERIES:
            terms = [exact_at(node.args[0], at) for at in series_points(node, point)]
            return _bounded(sum(terms, Fraction(0))) if node.name == "sum" else _product(terms)
        case "fn":
            return _exact_function(node.name, [exact_at(argument, point) for argument in node.args])
        case _:
            raise UndefinedValue(node.name)


def _product(factors: Iterable[Fraction]) -> Fraction:
    product = Fraction(1)
    for factor in factors:
        product = _bounded(product * factor)
    return product


def series_points(node: ExprNode, point: Mapping[str, Fraction]) -> Iterator[dict[str, Fraction]]:
    """The points at which the terms of a sum or product are taken. Raises UndefinedValue or ValueTooLarge."""
    _, bound, first, last = node.args
    low, high = exact_at(first, point), exact_at(last, point)
    if low.denominator != 1 or high.denominator != 1:
        raise UndefinedValue("a sum up to a fraction")
    if high - low >= (MAX_TERMS_AT_A_POINT if point else MAX_TERMS):
        raise ValueTooLarge
    return ({**point, bound.name: Fraction(value)} for value in range(int(low), int(high) + 1))


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
    # Before the power is computed: 9^(9^9) has 370 million digits.
    if abs(base) != 1 and base != 0 and abs(exponent) * bits > MAX_BITS:
        raise ValueTooLarge
    # 1 and -1 may have any exponent; only its parity counts.
    whole = int(exponent) if abs(exponent) < MAX_BITS or abs(base) != 1 else int(exponent) % 2
    return base**whole if base != 0 or whole else Fraction(1)


def _exact_root(value: Fraction, degree: int) -> Fraction:
    """The rational root; of a negative value only an odd one. Raises UndefinedValue if it is irrational."""
    if degree > 64 or (value < 0 and degree % 2 == 0):
        raise UndefinedValue("no rational root")
    top, bottom = _integer_root(abs(value.numerator), degree), _integer_root(value.denominator, degree)
    return Fraction(top, bottom) if value >= 0 else -Fraction(top, bottom)


def _integer_root(value: int, degree: int) -> int:
    # isqrt is exact for any size; value ** (1 / degree) is a float, which ends near 2^1024 and errs in the last digits,
    # so its neighbours are tried too.
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
    if name in _PLAIN and len(values) == _PLAIN[name][0]:
        return _PLAIN[name][1](*values)
    if name in ("min", "max"):
        return min(values) if name == "min" else max(values)
    if name == "root" and values[1].denominator == 1 and values[1] > 0:
        return _exact_root(values[0], int(values[1]))
    if len(whole) == len(values):
        return _integer_function(name, whole)
    raise UndefinedValue(name)


_PLAIN: dict[str, tuple[int, Callable[..., Fraction]]] = {
    "abs": (1, abs),
    "group": (1, lambda value: value),
    "sgn": (1, lambda value: Fraction((value > 0) - (value < 0))),
    "mod": (2, lambda value, modulus: value - modulus * math.floor(value / modulus)),
}


def _integer_function(name: str, values: list[int]) -> Fraction:
    match name, values:
        case (("factorial" | "double_factorial"), [n]) if n > MAX_FACTORIAL:
            raise ValueTooLarge
        case "factorial", [n] if n >= 0:
            return Fraction(math.factorial(n))
        case "double_factorial", [n] if 0 <= n <= MAX_FACTORIAL:
            return Fraction(math.prod(range(n, 0, -2)))
        case "binom", [n, k] if k >= 0 and n >= 0:
            # C(n, k) has about min(k, n-k) * log2(n) bits: bounded before it is computed.
            if k <= n and min(k, n - k, MAX_BITS) * n.bit_length() > MAX_BITS and n > MAX_BITS:
                raise ValueTooLarge
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


# Decimals


def _rounded(node: ExprNode, point: Mapping[str, Fraction]) -> Fraction:
    """A floor or ceiling; of an irrational argument by its decimal, where that is clearly between two whole numbers."""
    rounding = math.floor if node.name == "floor" else math.ceil
    (argument,) = node.args
    try:
        return Fraction(rounding(exact_at(argument, point)))
    except UndefinedValue:
        value = decimal_at(argument, point)
    with decimal.localcontext(_CONTEXT):
        # Of 80 digits a value of 10^30 leaves 50 behind the point: enough to see that it is no whole number.
        if abs(value) > Decimal(10) ** 30 or abs(value - value.to_integral_value()) < _FAR:
            raise UndefinedValue(f"a {node.name} too close to call")
        return Fraction(rounding(value))


def value_at(node: ExprNode, point: Mapping[str, Fraction]) -> Fraction | Decimal:
    """The exact value where it is rational, else the decimal. Raises UndefinedValue or ValueTooLarge."""
    try:
        return exact_at(node, point)
    except UndefinedValue:
        return decimal_at(node, point)


def same_value(left: Fraction | Decimal, right: Fraction | Decimal) -> bool:
    """Whether two values are the same; decimals up to their rounding errors."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left == right
    with decimal.localcontext(_CONTEXT):
        a, b = (_as_decimal(value) if isinstance(value, Fraction) else value for value in (left, right))
        return abs(a - b) <= _FAR * max(abs(a), abs(b), _FAR)


def decimal_at(node: ExprNode, point: Mapping[str, Fraction]) -> Decimal:
    """The real value to some 70 digits. Raises UndefinedValue where there is none, ValueTooLarge beyond 10^(10^6)."""
    with decimal.localcontext(_CONTEXT):
        try:
            value = _decimal(node, point)
        except decimal.Overflow:
            raise ValueTooLarge from None
        except (decimal.InvalidOperation, decimal.DivisionByZero):
            raise UndefinedValue from None
        if not value.is_finite():  # zero to a negative power signals nothing
            raise UndefinedValue
        return value


def _as_decimal(value: Fraction) -> Decimal:
    with decimal.localcontext(_CONTEXT):
        return Decimal(value.numerator) / Decimal(value.denominator)


def _decimal(node: ExprNode, point: Mapping[str, Fraction]) -> Decimal:
    match node.op:
        case "num":
            return _as_decimal(node.value)
        case "sym" if node.name in point:
            return _as_decimal(point[node.name])
        case "const" if node.name in ("pi", "e", "deg"):
            return {"pi": _PI, "deg": _PI / 180}.get(node.name) or Decimal(1).exp()
        case "add":
            return sum((_decimal(argument, point) for argument in node.args), Decimal(0))
        case "mul":
            product = Decimal(1)
            for argument in node.args:
                product *= _decimal(argument, point)
            return product
        case "pow":
            return _decimal_power(_decimal(node.args[0], point), node.args[1], point)
        case "fn" if node.name in ("floor", "ceil"):
            return _as_decimal(_rounded(node, point))
        case "fn" if node.name in SERIES:
            terms = [_decimal(node.args[0], at) for at in series_points(node, point)]
            return sum(terms, Decimal(0)) if node.name == "sum" else math.prod(terms, start=Decimal(1))
        case "fn":
            return _decimal_function(node, point)
        case _:
            raise UndefinedValue(node.name)


def _decimal_power(base: Decimal, exponent: ExprNode, point: Mapping[str, Fraction]) -> Decimal:
    try:
        power = exact_at(exponent, point)
    except UndefinedValue:
        return base ** _decimal(exponent, point)
    if power.denominator == 1:
        return base ** int(power)
    if base < 0 and power.denominator % 2 and exponent.op == "num":
        size = (-base) ** _as_decimal(power)
        return -size if power.numerator % 2 else size
    return base ** _as_decimal(power)


def _decimal_function(node: ExprNode, point: Mapping[str, Fraction]) -> Decimal:
    values = [_decimal(argument, point) for argument in node.args]
    match node.name, values:
        case "log", [value]:
            return value.ln()
        case "log", [value, base]:
            return value.ln() / base.ln()
        case "abs", [value]:
            return abs(value)
        case "min", _:
            return min(values)
        case "max", _:
            return max(values)
        case "group", [value]:
            return value
        case "root", [_, _]:
            return _decimal_power(values[0], ExprNode("num", value=1 / exact_at(node.args[1], point)), point)
        case _:
            try:
                return _as_decimal(exact_at(node, point))
            except UndefinedValue:
                raise UndefinedValue(node.name) from None
