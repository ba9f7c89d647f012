"""Normal forms of functions.

Logarithms of products are sums; `max` and `min` are written with the absolute value and `ceil(x)` is `-floor(-x)`;
factorials that differ by a whole number have a rational quotient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial

from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, exact
from harness.grading.math.expression.floats import approximate
from harness.grading.math.expression.normal_form.angles import trigonometric
from harness.grading.math.expression.normal_form.forms import (
    ONE,
    ZERO,
    NoNormalForm,
    NormalForms,
    leading,
    number_form,
)
from harness.grading.math.expression.normal_form.powers import power_of, rational_power, symbolic_power
from harness.grading.math.expression.polynomials import ONE_MONOMIAL, Poly, Quotient, constant, poly_key
from harness.grading.math.expression.tree import ExprNode, names_of

MAX_SHIFT = 40
"""Two factorials are related where their arguments differ by at most so much."""
_WHOLE_VALUED = ("floor", "ceil", "factorial", "binom", "gcd", "lcm", "double_factorial")


def operation(forms: NormalForms, node: ExprNode) -> Quotient:
    """The normal form of a power or a function."""
    if node.op == "pow":
        return power_of(forms, node)
    if node.name in _WHOLE_VALUED and not names_of(node):
        value = exact(node)
        if value is not None:
            return number_form(value)
    args = [forms.of(argument) for argument in node.args]
    if node.name == "abs" and not names_of(node) and (sign := _sign(node.args[0])):
        return forms.times(number_form(sign), args[0])
    rule = _RULES.get((node.name, len(args)))
    if rule is not None:
        return rule(forms, *args)
    if node.name in ("max", "min"):
        return extreme(forms, args, 1 if node.name == "max" else -1)
    if node.name in ("gcd", "lcm"):
        return forms.opaque(node.name, *sorted(map(forms.key, args), key=repr))
    return forms.opaque(node.name, *map(forms.key, args))


def _root(forms: NormalForms, value: Quotient, degree: Quotient) -> Quotient:
    if not degree.rational:
        raise NoNormalForm("a root of variable degree")
    return rational_power(forms, value, 1 / degree.rational)


def _remainder(forms: NormalForms, value: Quotient, modulus: Quotient) -> Quotient:
    return forms.minus(value, forms.times(modulus, floor(forms, forms.over(value, modulus))))


def logarithm(forms: NormalForms, form: Quotient) -> Quotient:
    """The natural logarithm: of a product the sum, of a power the multiple."""
    if not form.top:
        raise NoNormalForm("the logarithm of zero")
    form = forms.simple(form)
    total = ZERO
    for poly, sign in ((form.top, 1), (form.bottom, -1)):
        factor, shared, rest = forms.split(poly)
        for prime, count in forms.factors(factor).items():
            total = forms.plus(total, forms.times(number_form(sign * count), forms.opaque("log", ("prime", prime))))
        for atom, power in shared:
            total = forms.plus(total, forms.times(number_form(Fraction(power) * sign), _atom_logarithm(forms, atom)))
        if rest == constant(1):
            continue
        total = forms.plus(total, forms.times(number_form(sign), _sum_logarithm(forms, rest)))
    return total


def _atom_logarithm(forms: NormalForms, atom: int) -> Quotient:
    meaning = forms.meaning.get(atom, ())
    if meaning == ("e",):
        return ONE
    if meaning[:1] == ("exp",):
        exponent = Quotient({meaning[2]: Fraction(1)}, constant(1))  # type: ignore[dict-item]  # our own atoms
        return forms.times(exponent, _atom_logarithm(forms, forms.ring.ids[meaning[1]]))
    return forms.opaque("log", forms.ring.keys[atom])


def _sum_logarithm(forms: NormalForms, rest: Poly) -> Quotient:
    if len(rest) == 1:
        ((monomial, value),) = rest.items()
        if value == 1 and len(monomial) == 1:
            ((atom, exponent),) = monomial
            return forms.times(number_form(Fraction(exponent)), forms.opaque("log", forms.ring.keys[atom]))
        if value == 1:
            total = ZERO
            for atom, exponent in monomial:
                total = forms.plus(total, _sum_logarithm(forms, {((atom, exponent),): Fraction(1)}))
            return total
    return forms.opaque("log", poly_key(rest))


def absolute(forms: NormalForms, form: Quotient) -> Quotient:
    """The absolute value, without positive factors and in one of the two signs of its argument."""
    form = forms.simple(form)
    if not form.top:
        return form
    return forms.over(_absolute_poly(forms, form.top), _absolute_poly(forms, form.bottom))


def _absolute_poly(forms: NormalForms, poly: Poly) -> Quotient:
    factor, shared, rest = forms.split(poly)
    result = Quotient(forms.ring.multiply({shared: factor}, constant(1)), constant(1))
    if len(rest) == 1:
        ((monomial, _),) = rest.items()
        for atom, exponent in monomial:
            lone = forms.base_atom("abs", {((atom, 1),): Fraction(1)}, period=2)
            result = forms.times(result, forms.single(lone, exponent))
        return result
    if leading(rest) < 0:
        rest = forms.ring.scale(rest, -1)
    return forms.times(result, forms.single(forms.base_atom("abs", rest, period=2)))


def extreme(forms: NormalForms, args: list[Quotient], sign: int) -> Quotient:
    """max(a, b) = (a + b + |a - b|) / 2, min with minus; more arguments pairwise, in one order."""
    distinct = {forms.key(form): form for form in args}
    first, *others = (distinct[key] for key in sorted(distinct, key=repr))
    for other in others:
        size = absolute(forms, forms.minus(first, other))
        total = forms.plus(forms.plus(first, other), forms.times(number_form(sign), size))
        first = forms.times(total, number_form(Fraction(1, 2)))
    return first


def floor(forms: NormalForms, form: Quotient) -> Quotient:
    """The floor without the whole part of its argument: floor(n + n/2 + 3/2) = n + 1 + floor(n/2 + 1/2)."""
    value = form.rational
    if value is not None:
        return number_form(math.floor(value))
    poly = forms.simple(form).polynomial
    if poly is None:
        return forms.opaque("floor", forms.key(form))
    outside: Poly = {}
    inside: Poly = {}
    for monomial, coefficient in poly.items():
        whole = math.floor(coefficient) if forms.is_whole(monomial) else 0
        if whole:
            outside[monomial] = Fraction(whole)
        if coefficient != whole:
            inside[monomial] = coefficient - whole
    rest = Quotient(inside, constant(1))
    if not inside or rest.rational is not None:
        return Quotient(outside, constant(1))
    return forms.plus(Quotient(outside, constant(1)), forms.opaque("floor", poly_key(inside)))


def factorial(forms: NormalForms, form: Quotient) -> Quotient:
    """The factorial, by that of a number a whole distance away where one was met before."""
    form = forms.simple(form)
    poly = form.polynomial
    if poly is None:
        return forms.opaque("factorial", forms.key(form))
    shift = poly.get(ONE_MONOMIAL, Fraction(0))
    key = poly_key({monomial: value for monomial, value in poly.items() if monomial != ONE_MONOMIAL})
    for known, base, atom in forms.factorials:
        distance = shift - base
        if known == key and distance.denominator == 1 and abs(distance) <= MAX_SHIFT:
            return _shifted_factorial(forms, form, int(distance), atom)
    made = forms.opaque("factorial", key, shift, is_positive=True)
    forms.factorials.append((key, shift, made))
    return made


def _shifted_factorial(forms: NormalForms, form: Quotient, distance: int, atom: Quotient) -> Quotient:
    """(m + d)! by m!: multiplied, or for negative d divided, by the factors between."""
    result = atom
    for step in range(abs(distance)):
        factor = forms.plus(form, number_form(-step if distance > 0 else step + 1))
        result = forms.times(result, factor) if distance > 0 else forms.over(result, factor)
    return result


def double_factorial(forms: NormalForms, form: Quotient) -> Quotient:
    """(2m)!! = 2^m m! and (2m - 1)!! = (2m)! / (2^m m!), where m is a polynomial in whole numbers."""
    for shift in (0, 1):
        double = forms.plus(form, number_form(shift))
        half = forms.simple(forms.times(double, number_form(Fraction(1, 2)))).polynomial
        if half is None or not all(
            value.denominator == 1 and forms.is_whole(monomial) for monomial, value in half.items()
        ):
            continue
        m = Quotient(half, constant(1))
        even = forms.times(symbolic_power(forms, number_form(2), half), factorial(forms, m))
        return even if shift == 0 else forms.over(factorial(forms, double), even)
    return forms.opaque("double_factorial", forms.key(form))


def binomial(forms: NormalForms, n: Quotient, k: Quotient) -> Quotient:
    """A polynomial in n where k, or n - k, is a small number; else a quotient of factorials."""
    for small in (k, forms.minus(n, k)):
        count = forms.simple(small).rational
        if count is not None and count.denominator == 1 and 0 <= count <= MAX_SHIFT:
            result = number_form(Fraction(1, math.factorial(int(count))))
            for step in range(int(count)):
                result = forms.times(result, forms.plus(n, number_form(-step)))
            return result
    below = forms.times(factorial(forms, k), factorial(forms, forms.minus(n, k)))
    return forms.over(factorial(forms, n), below)


def hyperbolic(name: str, forms: NormalForms, form: Quotient) -> Quotient:
    """Hyperbolic functions by powers of e."""
    poly = forms.simple(form).polynomial
    if poly is None:
        return forms.opaque(name, forms.key(form))
    up = symbolic_power(forms, forms.constant_named("e"), poly)
    down = forms.inverse(up)
    plus, minus = forms.plus(up, down), forms.minus(up, down)
    match name:
        case "sinh":
            return forms.times(minus, number_form(Fraction(1, 2)))
        case "cosh":
            return forms.times(plus, number_form(Fraction(1, 2)))
        case _:
            return forms.over(minus, plus)


_RULES: dict[tuple[str, int], Callable[..., Quotient]] = {
    ("root", 2): _root,
    ("log", 1): logarithm,
    ("log", 2): lambda forms, value, base: forms.over(logarithm(forms, value), logarithm(forms, base)),
    ("abs", 1): absolute,
    ("floor", 1): floor,
    ("ceil", 1): lambda forms, value: forms.times(number_form(-1), floor(forms, forms.times(number_form(-1), value))),
    ("mod", 2): _remainder,
    ("factorial", 1): factorial,
    ("double_factorial", 1): double_factorial,
    ("binom", 2): binomial,
    ("group", 1): lambda forms, value: value,
    **{(name, 1): partial(trigonometric, name) for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{(name, 1): partial(hyperbolic, name) for name in ("sinh", "cosh", "tanh")},
}


def _sign(node: ExprNode) -> int:
    """1 or -1 for a constant that is clearly positive or negative; 0 where floats cannot tell."""
    try:
        value = approximate(node, {}, real=True).real
    except (UndefinedValue, ValueTooLarge):
        return 0
    return 0 if abs(value) < 1e-9 else 1 if value > 0 else -1
