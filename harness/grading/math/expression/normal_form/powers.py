"""Normal forms of powers and roots.

Odd roots of negative numbers are real, as the parser reads them.
"""

from __future__ import annotations

from fractions import Fraction

from harness.grading.math.expression.normal_form.forms import (
    MAX_EXPANSION,
    ONE,
    NoNormalForm,
    NormalForms,
    expansion,
    leading,
    number_form,
)
from harness.grading.math.expression.polynomials import (
    ONE_MONOMIAL,
    Monomial,
    Poly,
    Quotient,
    TooCostly,
    constant,
    poly_key,
    whole_or_fraction,
)
from harness.grading.math.expression.tree import ExprNode

MAX_POWER = 40_000
"""Powers of sums of roots do not grow in terms, but their coefficients do."""


def power_of(forms: NormalForms, node: ExprNode) -> Quotient:
    """A power with any exponent."""
    base, exponent = forms.of(node.args[0]), forms.of(node.args[1])
    value = exponent.rational
    if value is not None:
        return rational_power(forms, base, value)
    terms = exponent.polynomial
    if terms is None:
        return forms.opaque("pow", forms.key(base), forms.key(exponent))
    return symbolic_power(forms, base, terms)


def rational_power(forms: NormalForms, base: Quotient, exponent: Fraction) -> Quotient:
    """A power with a rational exponent: roots go to the factors whose sign is known."""
    if exponent.denominator == 1:
        return whole_power(forms, base, int(exponent))
    if exponent < 0:
        return forms.inverse(rational_power(forms, base, -exponent))
    if not base.top:
        return base
    base = forms.simple(base)
    if forms.split(base.bottom)[2] == constant(1):
        return forms.over(_root(forms, base.top, exponent), _root(forms, base.bottom, exponent))
    if exponent.denominator % 2:
        # b^(p/q) with q odd is real for every sign: (a b^(q-1))^(p/q) / b^p
        moved = forms.ring.multiply(base.top, forms.ring.power(base.bottom, exponent.denominator - 1))
        return forms.over(
            _root(forms, moved, exponent), whole_power(forms, Quotient(base.bottom, constant(1)), exponent.numerator)
        )
    root = forms.opaque("root", forms.key(base), exponent.denominator)
    return whole_power(forms, root, exponent.numerator)


def whole_power(forms: NormalForms, form: Quotient, exponent: int) -> Quotient:
    """A whole power, multiplied out unless it grows too much."""
    if exponent < 0:
        form, exponent = forms.inverse(form), -exponent
    if max(_growth(forms, form.top, exponent), _growth(forms, form.bottom, exponent)) > MAX_EXPANSION:
        power = forms.opaque("power", forms.key(form))
        return forms.single(next(iter(power.top))[0][0], exponent)
    try:
        return Quotient(forms.ring.power(form.top, exponent), forms.ring.power(form.bottom, exponent))
    except TooCostly:
        if form.rational is None or form.rational <= 0:
            raise
        return _huge_power(forms, form.rational, exponent)


def _huge_power(forms: NormalForms, base: Fraction, exponent: int) -> Quotient:
    """A power of a number too large to be worked out, as powers of atoms that stand for its primes."""
    result = ONE
    for prime, count in forms.factors(base).items():
        made = forms.opaque("huge power", prime, is_positive=True)
        result = forms.times(result, forms.single(next(iter(made.top))[0][0], count * exponent))
    return result


def _growth(forms: NormalForms, poly: Poly, exponent: int) -> int:
    """The terms of a power: those of a number field do not grow."""
    if len(poly) == 1:
        return 1
    if all(_is_algebraic(forms, monomial) for monomial in poly):
        return 1 if exponent <= MAX_POWER else MAX_EXPANSION + 1
    return expansion(len(poly), exponent)


def _is_algebraic(forms: NormalForms, monomial: Monomial) -> bool:
    return all(forms.kind(atom) == "prime" for atom, _ in monomial)


def _root(forms: NormalForms, poly: Poly, exponent: Fraction) -> Quotient:
    factor, shared, rest = forms.split(poly)
    result = _number_power(forms, factor, exponent)
    for atom, power in shared:
        result = forms.times(result, forms.single(atom, whole_or_fraction(power * exponent)))
    if rest == constant(1):
        return result
    if rest == constant(-1):
        return forms.times(result, _sign_power(forms, exponent))
    if exponent.denominator % 2 and leading(rest) < 0:
        rest = forms.ring.scale(rest, -1)
        result = forms.times(result, _sign_power(forms, exponent))
    return forms.times(result, forms.single(forms.base_atom("root", rest), whole_or_fraction(exponent)))


def _sign_power(forms: NormalForms, exponent: Fraction) -> Quotient:
    """(-1)^(p/q): real for odd q, as the parser reads odd roots; a power of i for q = 2."""
    if exponent.denominator % 2:
        return number_form(-1 if exponent.numerator % 2 else 1)
    if exponent.denominator == 2:
        return forms.single(forms.imaginary(), exponent.numerator)
    raise NoNormalForm("a complex root")


def _number_power(forms: NormalForms, value: Fraction, exponent: Fraction) -> Quotient:
    """A positive rational number to a rational power, by its prime factors."""
    result = ONE
    for prime, count in forms.factors(value).items():
        result = forms.times(result, forms.single(forms.prime(prime), whole_or_fraction(count * exponent)))
    return result


def symbolic_power(forms: NormalForms, base: Quotient, terms: Poly) -> Quotient:
    """A base to a sum of terms: each term gives a power of its own, and rational terms a rational power."""
    if not base.top:
        raise NoNormalForm("a power of zero")
    base = forms.simple(base)
    result = ONE
    for poly, sign in ((base.top, 1), (base.bottom, -1)):
        exponent = forms.ring.scale(terms, sign)
        factor, shared, rest = forms.split(poly)
        for prime, count in forms.factors(factor).items():
            result = forms.times(result, _atom_power(forms, forms.prime(prime), forms.ring.scale(exponent, count)))
        for atom, power in shared:
            result = forms.times(result, _atom_power(forms, atom, forms.ring.scale(exponent, Fraction(power))))
        if rest == constant(-1):
            result = forms.times(result, _alternating(forms, exponent))
        elif rest != constant(1):
            result = forms.times(result, _sum_power(forms, rest, exponent))
    return result


def _atom_power(forms: NormalForms, atom: int, exponent: Poly) -> Quotient:
    """A positive atom to a polynomial exponent; a power of a power multiplies the exponents."""
    result = ONE
    key: object = forms.ring.keys[atom]
    inner: Monomial = ONE_MONOMIAL
    if forms.kind(atom) == "exp":
        _, key, inner = forms.meaning[atom]  # type: ignore[assignment]  # made below, with a monomial
    for monomial, value in exponent.items():
        product = forms.ring.multiply({monomial: Fraction(1)}, {inner: Fraction(1)})
        if len(product) != 1:
            raise NoNormalForm("an exponent with a relation")
        ((raised, factor),) = product.items()
        if raised == ONE_MONOMIAL:
            result = forms.times(result, forms.single(atom, whole_or_fraction(value * factor)))
            continue
        made = forms.opaque("exp", key, raised, is_positive=True)
        result = forms.times(result, forms.single(next(iter(made.top))[0][0], whole_or_fraction(value * factor)))
    return result


def _alternating(forms: NormalForms, exponent: Poly) -> Quotient:
    """(-1) to a polynomial in whole numbers with whole coefficients: only parities count."""
    result = ONE
    for monomial, value in exponent.items():
        if value.denominator != 1 or not forms.is_whole(monomial):
            return forms.opaque("pow", -1, poly_key(exponent))
        if value % 2 == 0:
            continue
        if monomial == ONE_MONOMIAL:
            result = forms.times(result, number_form(-1))
            continue
        # n^k has the parity of n
        parity = tuple((atom, 1) for atom, _ in monomial)
        atom = forms.ring.atom(("sign", parity), lambda exponent: (exponent % 2, constant(1)))
        forms.is_decisive = False
        result = forms.times(result, forms.single(atom))
    return result


def _sum_power(forms: NormalForms, base: Poly, exponent: Poly) -> Quotient:
    """A sum, or a variable, to a polynomial exponent."""
    whole = exponent.get(ONE_MONOMIAL, Fraction(0))
    result = rational_power(forms, Quotient(base, constant(1)), whole) if whole else ONE
    key = poly_key(base)
    for monomial, value in exponent.items():
        if monomial != ONE_MONOMIAL:
            made = forms.opaque("exp of", key, monomial)
            result = forms.times(result, forms.single(next(iter(made.top))[0][0], whole_or_fraction(value)))
    return result
