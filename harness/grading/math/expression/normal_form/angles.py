"""Normal forms of trigonometric functions.

Each is written with sine and cosine, those of sums with those of the terms, and `cos^2` as `1 - sin^2`.
"""

from __future__ import annotations

import math
from fractions import Fraction

from harness.grading.math.expression.normal_form.forms import ONE, ZERO, NormalForms, leading, number_form
from harness.grading.math.expression.normal_form.powers import rational_power
from harness.grading.math.expression.polynomials import Exponent, Monomial, Poly, Quotient, constant

MAX_MULTIPLE = 8
"""sin(kx) is written with sin(x) and cos(x) up to this k."""


def trigonometric(name: str, forms: NormalForms, form: Quotient) -> Quotient:
    """A trigonometric function, by sine and cosine."""
    sine, cosine = _sine_cosine(forms, form)
    match name:
        case "sin":
            return sine
        case "cos":
            return cosine
        case "tan":
            return forms.over(sine, cosine)
        case "cot":
            return forms.over(cosine, sine)
        case "sec":
            return forms.inverse(cosine)
        case _:
            return forms.inverse(sine)


def _sine_cosine(forms: NormalForms, form: Quotient) -> tuple[Quotient, Quotient]:
    """Sine and cosine of a sum, from those of its terms."""
    poly = forms.simple(form).polynomial
    if poly is None or len(poly) > 4:
        return _angle_atoms(forms, forms.simple(form))
    sine, cosine = ZERO, ONE
    for monomial, coefficient in poly.items():
        for part in _term_angles(forms, monomial, coefficient):
            sine, cosine = (
                forms.plus(forms.times(sine, part[1]), forms.times(cosine, part[0])),
                forms.minus(forms.times(cosine, part[1]), forms.times(sine, part[0])),
            )
    return sine, cosine


def _term_angles(forms: NormalForms, monomial: Monomial, coefficient: Fraction) -> list[tuple[Quotient, Quotient]]:
    """Sine and cosine of one term; of a whole multiple, those of the single angle as often."""
    if _is_pi(forms, monomial):
        return [_multiple_of_pi(forms, coefficient)]
    count = abs(coefficient.numerator)
    if count > MAX_MULTIPLE:
        return [_angle_atoms(forms, Quotient({monomial: coefficient}, constant(1)))]
    unit = Quotient({monomial: Fraction(1, coefficient.denominator)}, constant(1))
    sine, cosine = _angle_atoms(forms, unit)
    if coefficient < 0:
        sine = forms.times(number_form(-1), sine)
    return [(sine, cosine)] * count


def _is_pi(forms: NormalForms, monomial: Monomial) -> bool:
    return len(monomial) == 1 and monomial[0][1] == 1 and forms.meaning.get(monomial[0][0]) == ("pi",)


def _angle_atoms(forms: NormalForms, form: Quotient) -> tuple[Quotient, Quotient]:
    """Atoms for sine and cosine; the sine is odd, the cosine even, and its square is one minus the sine's."""
    is_negative = leading(form.top) < 0
    if is_negative:
        form = Quotient(forms.ring.scale(form.top, -1), form.bottom)
    sine = forms.opaque("sin", forms.key(form))
    square = forms.ring.multiply(sine.top, sine.top)

    def reduce(exponent: Exponent) -> tuple[Exponent, Poly]:
        pairs = math.floor(exponent / 2)
        rest = forms.ring.add(constant(1), forms.ring.scale(square, -1))
        return exponent - 2 * pairs, forms.ring.power(rest, pairs)

    cosine = forms.single(forms.ring.atom(("cos", forms.key(form)), reduce))
    return forms.times(number_form(-1 if is_negative else 1), sine), cosine


def _multiple_of_pi(forms: NormalForms, turns: Fraction) -> tuple[Quotient, Quotient]:
    return _sine_of_pi(forms, turns), _sine_of_pi(forms, turns + Fraction(1, 2))


def _sine_of_pi(forms: NormalForms, turns: Fraction) -> Quotient:
    """sin(π t): exact for whole multiples of 15 and of 18 degrees, otherwise an atom for the acute angle."""
    turns %= 2
    sign = -1 if turns > 1 else 1
    turns %= 1
    if turns > Fraction(1, 2):
        turns = 1 - turns
    value = _known_sine(forms, turns)
    return forms.times(number_form(sign), value if value is not None else forms.opaque("sine of pi", turns))


def _known_sine(forms: NormalForms, turns: Fraction) -> Quotient | None:
    two, three, five = (forms.single(forms.prime(prime), Fraction(1, 2)) for prime in (2, 3, 5))
    half, quarter = number_form(Fraction(1, 2)), number_form(Fraction(1, 4))
    match turns:
        case 0:
            return ZERO
        case _ if turns == Fraction(1, 6):
            return half
        case _ if turns == Fraction(1, 4):
            return forms.times(two, half)
        case _ if turns == Fraction(1, 3):
            return forms.times(three, half)
        case _ if turns == Fraction(1, 2):
            return ONE
        case _ if turns in (Fraction(1, 12), Fraction(5, 12)):
            rest = forms.plus(three, number_form(-1 if turns < Fraction(1, 4) else 1))
            return forms.times(forms.times(two, quarter), rest)
        case _ if turns in (Fraction(1, 10), Fraction(3, 10)):
            return forms.times(forms.plus(five, number_form(-1 if turns < Fraction(1, 5) else 1)), quarter)
        case _ if turns in (Fraction(1, 5), Fraction(2, 5)):
            double = forms.times(five, number_form(-2 if turns < Fraction(3, 10) else 2))
            return forms.times(rational_power(forms, forms.plus(number_form(10), double), Fraction(1, 2)), quarter)
        case _:
            return None
