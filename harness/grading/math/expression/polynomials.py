"""Polynomials in named atoms with rational coefficients, and quotients of two of them.

An atom is a variable or anything that is taken as one (a root, a logarithm, a floor). Some atoms have a relation by
which their powers are reduced: a square root squared is its radicand, `i^2` is -1. The work is bounded by a number of
steps, so that the result never depends on how busy the machine is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Exponent = int | Fraction
Monomial = tuple[tuple[int, Exponent], ...]
Poly = dict[Monomial, Fraction]
Reduction = Callable[[Exponent], tuple[Exponent, "Poly"]]
"""What the exponent of an atom becomes, and the polynomial by which the rest is multiplied."""

MAX_STEPS = 40_000
"""Products of two terms that one comparison may need: some 40 ms."""
# Steps alone bound no time: one product of two numbers of a million digits counts as one step.
MAX_COEFFICIENT_BITS = 400_000
ONE_MONOMIAL: Monomial = ()


class TooCostly(Exception):
    """The normal form would take more steps, or larger numbers, than allowed."""


def constant(value: Fraction | int) -> Poly:
    """The polynomial without variables."""
    return {ONE_MONOMIAL: Fraction(value)} if value else {}


def whole_or_fraction(value: Fraction | int) -> Exponent:
    """An integral exponent as int, which is faster to add and equal to its fraction."""
    return int(value) if value == int(value) else Fraction(value)


@dataclass(slots=True)
class Ring:
    """The atoms of one comparison by their keys, their relations, and the steps that are left."""

    ids: dict[object, int] = field(default_factory=dict)
    keys: list[object] = field(default_factory=list)
    reductions: dict[int, Reduction] = field(default_factory=dict)
    steps: int = MAX_STEPS

    def atom(self, key: object, reduction: Reduction | None = None) -> int:
        """The number of the atom with that key."""
        number = self.ids.get(key)
        if number is None:
            number = self.ids[key] = len(self.keys)
            self.keys.append(key)
            if reduction is not None:
                self.reductions[number] = reduction
        return number

    def spend(self, steps: int) -> None:
        """Count steps. Raises TooCostly when none are left."""
        self.steps -= steps
        if self.steps < 0:
            raise TooCostly("steps")

    def add(self, left: Mapping[Monomial, Fraction], right: Mapping[Monomial, Fraction]) -> Poly:
        """The sum."""
        total = dict(left)
        for monomial, coefficient in right.items():
            value = total.get(monomial, Fraction(0)) + coefficient
            if value:
                total[monomial] = value
            else:
                total.pop(monomial, None)
        return total

    def scale(self, poly: Mapping[Monomial, Fraction], factor: Fraction | int) -> Poly:
        """The product with a number."""
        return {monomial: coefficient * factor for monomial, coefficient in poly.items()} if factor else {}

    def multiply(self, left: Mapping[Monomial, Fraction], right: Mapping[Monomial, Fraction]) -> Poly:
        """The product, reduced by the relations of the atoms. Raises TooCostly."""
        self.spend(len(left) * len(right))
        total: Poly = {}
        for one, a in left.items():
            for other, b in right.items():
                coefficient = a * b
                _check_size(coefficient)
                monomial, factor = self._reduced(_joined(one, other))
                if factor is None:
                    total = _accumulate(total, monomial, coefficient)
                else:
                    for extra, c in self.multiply(factor, {monomial: coefficient}).items():
                        total = _accumulate(total, extra, c)
        return total

    def power(self, poly: Poly, exponent: int) -> Poly:
        """The power to a whole number that is not negative. Raises TooCostly."""
        if exponent == 0:
            return constant(1)
        # Without squaring step by step: x^1000000 is one exponent.
        if len(poly) == 1:
            return self._monomial_power(poly, exponent)
        result, square = constant(1), poly
        while exponent:
            if exponent & 1:
                result = self.multiply(result, square)
            exponent >>= 1
            if exponent:
                square = self.multiply(square, square)
        return result

    def _monomial_power(self, poly: Poly, exponent: int) -> Poly:
        ((monomial, coefficient),) = poly.items()
        bits = max(coefficient.numerator.bit_length(), coefficient.denominator.bit_length())
        if abs(coefficient) != 1 and bits * exponent > MAX_COEFFICIENT_BITS:
            raise TooCostly("a large power")
        raised, factor = self._reduced(tuple((atom, whole_or_fraction(power * exponent)) for atom, power in monomial))
        # (-1)^n by parity: n may have thousands of digits.
        size = coefficient**exponent if abs(coefficient) != 1 else Fraction(coefficient) ** (exponent % 2)
        return self.multiply(factor, {raised: size}) if factor is not None else {raised: size}

    def _reduced(self, monomial: Monomial) -> tuple[Monomial, Poly | None]:
        """The monomial with exponents in range, and what its relations multiply it by; None for one."""
        if not any(atom in self.reductions for atom, _ in monomial):
            return monomial, None
        kept: list[tuple[int, Exponent]] = []
        factor: Poly | None = None
        for atom, exponent in monomial:
            reduction = self.reductions.get(atom)
            if reduction is None:
                kept.append((atom, exponent))
                continue
            rest, extra = reduction(exponent)
            if rest:
                kept.append((atom, whole_or_fraction(rest)))
            if extra != {ONE_MONOMIAL: 1}:
                factor = extra if factor is None else self.multiply(factor, extra)
        return tuple(kept), factor


def _check_size(coefficient: Fraction) -> None:
    if coefficient.numerator.bit_length() + coefficient.denominator.bit_length() > MAX_COEFFICIENT_BITS:
        raise TooCostly("a large coefficient")


def _accumulate(total: Poly, monomial: Monomial, coefficient: Fraction) -> Poly:
    value = total.get(monomial, Fraction(0)) + coefficient
    if value:
        total[monomial] = value
    else:
        total.pop(monomial, None)
    return total


def _joined(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    exponents: dict[int, Exponent] = dict(left)
    for atom, exponent in right:
        exponents[atom] = whole_or_fraction(exponents.get(atom, 0) + exponent)
    # Sorted, and without exponents of 0: equal products must be equal keys.
    return tuple(sorted((atom, exponent) for atom, exponent in exponents.items() if exponent))


@dataclass(frozen=True, slots=True)
class Quotient:
    """One polynomial over another; not reduced to lowest terms, so equality is asked by cross products."""

    top: Poly
    bottom: Poly

    @property
    def rational(self) -> Fraction | None:
        """The value of a quotient without atoms; None for any other."""
        if any(self.top.keys() - {ONE_MONOMIAL}) or any(self.bottom.keys() - {ONE_MONOMIAL}):
            return None
        return self.top.get(ONE_MONOMIAL, Fraction(0)) / self.bottom[ONE_MONOMIAL]

    @property
    def polynomial(self) -> Poly | None:
        """The polynomial it is where the divisor is a number; None otherwise."""
        if self.bottom.keys() != {ONE_MONOMIAL}:
            return None
        divisor = self.bottom[ONE_MONOMIAL]
        return self.top if divisor == 1 else {monomial: value / divisor for monomial, value in self.top.items()}


def content(poly: Poly) -> Fraction:
    """The positive rational number by which the coefficients become whole numbers without a common divisor."""
    top = math.gcd(*(abs(value.numerator) for value in poly.values()))
    bottom = math.lcm(*(value.denominator for value in poly.values()))
    return Fraction(top, bottom)


def poly_key(poly: Poly) -> tuple[tuple[Monomial, Fraction], ...]:
    """A value by which equal polynomials are recognised."""
    return tuple(sorted(poly.items()))
