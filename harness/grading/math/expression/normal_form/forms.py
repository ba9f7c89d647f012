"""The normal form of a formula: a quotient of polynomials in atoms.

Known identities are built in where an atom is made. Roots of rational numbers are products of rational powers of
primes, which are linearly independent over the rationals (A. S. Besicovitch, On the linear independence of fractional
powers of integers, J. London Math. Soc. 15, 1940).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from harness.grading.math.expression.polynomials import (
    Exponent,
    Monomial,
    Poly,
    Quotient,
    Ring,
    TooCostly,
    constant,
    content,
    poly_key,
    whole_or_fraction,
)
from harness.grading.math.expression.tree import ExprNode

MAX_PRIME_BITS = 400_000
"""Of a whole power of one prime, some 120,000 decimal digits; `2^(10^9)` has no normal form here."""
MAX_EXPANSION = 300
"""Terms to which a power of a sum may grow before it is left as a power."""
_TRIAL_DIVISORS = 2_000
"""Factors sought by division. What is left counts as prime; above 2000^2 it may not be one, and then nothing is
refuted."""
ONE = Quotient(constant(1), constant(1))
ZERO = Quotient({}, constant(1))


class NoNormalForm(Exception):
    """The formula has a part without a normal form, such as infinity or a division by zero."""


@dataclass(slots=True)
class NormalForms:
    """Builds normal forms with shared atoms. Every method raises NoNormalForm or TooCostly.

    `operation` gives the form of a power or a function (powers, functions). `whole`: the variables that stand for whole
    numbers. `degree_is_one`: a degree sign counts as no factor.
    """

    operation: Callable[[NormalForms, ExprNode], Quotient]
    whole: frozenset[str]
    degree_is_one: bool = False
    ring: Ring = field(default_factory=Ring)
    is_decisive: bool = True
    """Whether different normal forms of two constants prove them different: no atom of unknown nature was made."""
    factorials: list[tuple[object, Fraction, Quotient]] = field(default_factory=list)
    """The arguments of the factorials met, without and with their constant term, and the atoms made for them."""
    positive: set[int] = field(default_factory=set)
    meaning: dict[int, tuple[object, ...]] = field(default_factory=dict)
    """What an atom stands for, beginning with its kind."""

    def single(self, atom: int, exponent: Exponent = 1, factor: Fraction | int = 1) -> Quotient:
        """An atom to a power."""
        poly = self.ring.multiply({((atom, exponent),): Fraction(factor)}, constant(1))
        return Quotient(poly, constant(1))

    def opaque(self, *key: object, is_positive: bool = False) -> Quotient:
        """An atom without a relation, whose nature as a number is not known."""
        self.is_decisive = False
        atom = self.ring.atom(key)
        self.meaning[atom] = key
        if is_positive:
            self.positive.add(atom)
        return self.single(atom)

    def prime(self, prime: int) -> int:
        """The atom of a prime; whole powers of it are numbers."""

        def reduce(exponent: Exponent) -> tuple[Exponent, Poly]:
            whole = math.floor(exponent)
            if abs(whole) * prime.bit_length() > MAX_PRIME_BITS:
                raise TooCostly("a large power of a prime")
            return exponent - whole, constant(Fraction(prime) ** whole)

        atom = self.ring.atom(("prime", prime), reduce)
        self.positive.add(atom)
        self.meaning[atom] = ("prime", prime)
        return atom

    def imaginary(self) -> int:
        """The atom of i."""

        def reduce(exponent: Exponent) -> tuple[Exponent, Poly]:
            turns = exponent % 4
            # i^(1/2) has two values; which one is meant depends on the branch.
            if turns != int(turns):
                raise NoNormalForm("a root of i")
            return int(turns) % 2, constant(-1 if turns >= 2 else 1)

        return self.ring.atom(("i",), reduce)

    def base_atom(self, kind: str, base: Poly, period: int = 1) -> int:
        """An atom whose power `period` is a polynomial: a root of it, or its absolute value (period 2)."""

        def reduce(exponent: Exponent) -> tuple[Exponent, Poly]:
            whole = math.floor(exponent / period) * period
            if whole < 0:
                raise NoNormalForm("a negative power of a sum")
            if whole > period and len(base) > 1 and expansion(len(base), whole) > MAX_EXPANSION:
                raise TooCostly("a large power of a sum")
            return exponent - whole, self.ring.power(base, whole)

        self.is_decisive = False
        return self.ring.atom((kind, poly_key(base)), reduce)

    def of(self, node: ExprNode) -> Quotient:
        """The normal form of a formula."""
        self.ring.spend(1)
        match node.op:
            case "num":
                return Quotient(constant(node.value), constant(1))
            case "sym":
                return self._symbol(node.name)
            case "const":
                return self.constant_named(node.name)
            case "add":
                total = ZERO
                for argument in node.args:
                    total = self.plus(total, self.of(argument))
                return total
            case "mul":
                product = ONE
                for argument in node.args:
                    product = self.times(product, self.of(argument))
                return product
            case _:
                return self.operation(self, node)

    def _symbol(self, name: str) -> Quotient:
        atom = self.ring.atom(("sym", name))
        if name in self.whole:
            self.positive.add(atom)
        self.meaning[atom] = ("sym", name)
        return self.single(atom)

    def constant_named(self, name: str) -> Quotient:
        """The form of a constant."""
        match name:
            case "i":
                return self.single(self.imaginary())
            case "pi":
                atom = self.ring.atom(("pi",))
                # Whether pi and e are algebraically independent is an open problem: different normal forms do not prove
                # a difference.
                if ("e",) in self.ring.ids:
                    self.is_decisive = False
                self.positive.add(atom)
                self.meaning[atom] = ("pi",)
                return self.single(atom)
            case "e":
                atom = self.ring.atom(("e",))
                self.positive.add(atom)
                self.meaning[atom] = ("e",)
                if ("pi",) in self.ring.ids:
                    self.is_decisive = False  # whether e and pi are independent is not known
                return self.single(atom)
            case "deg":
                return (
                    ONE if self.degree_is_one else self.times(self.constant_named("pi"), number_form(Fraction(1, 180)))
                )
            case _:
                raise NoNormalForm(name)

    def plus(self, left: Quotient, right: Quotient) -> Quotient:
        """The sum."""
        ring = self.ring
        if left.bottom == right.bottom:
            return Quotient(ring.add(left.top, right.top), left.bottom)
        top = ring.add(ring.multiply(left.top, right.bottom), ring.multiply(right.top, left.bottom))
        return Quotient(top, ring.multiply(left.bottom, right.bottom))

    def times(self, left: Quotient, right: Quotient) -> Quotient:
        """The product."""
        return Quotient(self.ring.multiply(left.top, right.top), self.ring.multiply(left.bottom, right.bottom))

    def minus(self, left: Quotient, right: Quotient) -> Quotient:
        """The difference."""
        return self.plus(left, self.times(number_form(-1), right))

    def over(self, left: Quotient, right: Quotient) -> Quotient:
        """The quotient."""
        return self.times(left, self.inverse(right))

    def inverse(self, form: Quotient) -> Quotient:
        """One over the quotient."""
        if not form.top:
            raise NoNormalForm("a division by zero")
        return Quotient(form.bottom, form.top)

    def split(self, poly: Poly) -> tuple[Fraction, Monomial, Poly]:
        """The positive rational factor, the common factor of positive atoms, and the rest."""
        factor = content(poly)
        common: dict[int, Exponent] | None = None
        for monomial in poly:
            mine = {atom: exponent for atom, exponent in monomial if atom in self.positive}
            if common is None:
                common = mine
            common = {atom: min(exponent, mine[atom]) for atom, exponent in common.items() if atom in mine}
        shared = tuple(sorted((common or {}).items()))
        inverse = dict(shared)
        rest = {
            tuple(
                (atom, whole_or_fraction(exponent - inverse.get(atom, 0)))
                for atom, exponent in monomial
                if exponent != inverse.get(atom, 0)
            ): value / factor
            for monomial, value in poly.items()
        }
        return factor, shared, rest

    def factors(self, value: Fraction) -> dict[int, int]:
        """The exponents of the prime factors; a large factor that may not be prime makes the form undecisive."""
        found: dict[int, int] = {}
        for number, sign in ((value.numerator, 1), (value.denominator, -1)):
            for prime, count in self._factors_of_whole(number).items():
                found[prime] = found.get(prime, 0) + sign * count
        return {prime: count for prime, count in found.items() if count}

    def _factors_of_whole(self, number: int) -> dict[int, int]:
        found: dict[int, int] = {}
        self.ring.spend(50 + number.bit_length() // 20)
        for divisor in (2, *range(3, _TRIAL_DIVISORS, 2)):
            if divisor * divisor > number:
                break
            while number % divisor == 0:
                number //= divisor
                found[divisor] = found.get(divisor, 0) + 1
        if number > 1:
            root, degree = _perfect_power(number)
            # Trial division up to 2,000 proves numbers below 2000^2 prime; a larger rest may be a product of two
            # primes.
            if root > _TRIAL_DIVISORS**2:
                self.is_decisive = False
            found[root] = found.get(root, 0) + degree
        return found

    def is_whole(self, monomial: Monomial) -> bool:
        """Whether a product of atoms is a whole number wherever its variables are."""
        return all(
            isinstance(exponent, int) and exponent > 0 and self._is_whole_atom(atom) for atom, exponent in monomial
        )

    def _is_whole_atom(self, atom: int) -> bool:
        kind = self.kind(atom)
        return kind in ("floor", "gcd", "lcm") or (kind == "sym" and self.meaning[atom][1] in self.whole)

    def kind(self, atom: int) -> object:
        """What kind of thing an atom is; empty for one with a relation of its own."""
        return self.meaning.get(atom, ("",))[0]

    def is_never_zero(self, poly: Poly) -> bool:
        """Whether a sum is a single product of positive atoms, and so differs from zero whatever their nature."""
        return len(poly) == 1 and all(atom in self.positive for monomial in poly for atom, _ in monomial)

    def simple(self, form: Quotient) -> Quotient:
        """The quotient with a divisor that is one where it can be: a single term without relations is divided out."""
        if len(form.bottom) != 1:
            bottom = content(form.bottom) * (-1 if leading(form.bottom) < 0 else 1)
            return Quotient(self.ring.scale(form.top, 1 / bottom), self.ring.scale(form.bottom, 1 / bottom))
        ((monomial, value),) = form.bottom.items()
        inverse = tuple((atom, whole_or_fraction(-exponent)) for atom, exponent in monomial)
        if any(atom in self.ring.reductions and self.meaning.get(atom, ("",))[0] != "prime" for atom, _ in inverse):
            return Quotient(self.ring.scale(form.top, 1 / value), {monomial: Fraction(1)})
        return Quotient(self.ring.multiply(form.top, {inverse: 1 / value}), constant(1))

    def key(self, form: Quotient) -> tuple[object, ...]:
        """A value by which equal quotients are recognised, if not all of them."""
        form = self.simple(form)
        return (poly_key(form.top), poly_key(form.bottom))


def number_form(value: Fraction | int) -> Quotient:
    return Quotient(constant(value), constant(1))


def leading(poly: Poly) -> Fraction:
    """The coefficient by which the sign of a sum is told."""
    return poly[max(poly)] if poly else Fraction(0)


def expansion(terms: int, exponent: int) -> int:
    """How many terms a power of a sum has at most."""
    return math.comb(min(exponent, 10**4) + terms - 1, terms - 1) if terms > 1 else 1


def _perfect_power(number: int) -> tuple[int, int]:
    """The smallest root of the number that is whole, and its degree."""
    for degree in range(min(64, number.bit_length()), 1, -1):
        root = round(number ** (1 / degree)) if number.bit_length() < 900 else math.isqrt(number) if degree == 2 else 0
        if root > 1 and root**degree == number:
            return root, degree
    return number, 1
