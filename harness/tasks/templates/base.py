""" "What every problem template shares: exact draws, the drawn problem, how answers and polynomials are written.

Draws use whole numbers and `Random.getrandbits` alone, so a seed gives the same problems on every machine and Python
version. Answers are written as core-math writes them: `\frac{-3}{4}`, `5\\sqrt{3}`, `(1, -2)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")
Given: TypeAlias = Mapping[str, int | tuple[int, ...]]


class RandomDraws:
    """Whole numbers from one stream of random bits; the same for the same seed everywhere."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included, each equally likely."""
        count = high - low + 1
        while True:
            found = self._random.getrandbits(count.bit_length())
            if found < count:
                return low + found

    def nonzero(self, size: int) -> int:
        """A whole number from -size to size, not 0."""
        found = self.between(1, 2 * size)
        return found if found <= size else size - found

    def one_of(self, items: Sequence[Item]) -> Item:
        """One of the items, each equally likely."""
        return items[self.between(0, len(items) - 1)]

    def distinct(self, count: int, low: int, high: int) -> tuple[int, ...]:
        """That many different whole numbers from low to high, in the order drawn."""
        found: list[int] = []
        while len(found) < count:
            number = self.between(low, high)
            if number not in found:
                found.append(number)
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedProblem:
    """One drawn problem in both languages. `given`: its parameters, from which the answer can be derived again."""

    en: str
    zh: str
    answer: str
    given: Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A kind of problem. `draw` gives None where the numbers drawn make no good problem; then it is asked again."""

    name: str
    tier: str
    topic: str
    draw: Callable[[RandomDraws], GeneratedProblem | None]


def written(value: int | Fraction) -> str:
    """A whole number as digits, any other as a LaTeX fraction in lowest terms."""
    if isinstance(value, int) or value.denominator == 1:
        return str(int(value))
    return f"\\frac{{{value.numerator}}}{{{value.denominator}}}"


def written_root(square: Fraction) -> str:
    """The root of a positive number, as simple as it gets: `\\frac{3\\sqrt{5}}{2}`."""
    outside, inside = _without_squares(square.numerator * square.denominator)
    factor = Fraction(outside, square.denominator)
    if inside == 1:
        return written(factor)
    head = "" if factor.numerator == 1 else str(factor.numerator)
    top = f"{head}\\sqrt{{{inside}}}"
    return top if factor.denominator == 1 else f"\\frac{{{top}}}{{{factor.denominator}}}"


def polynomial(coefficients: Sequence[int], variable: str = "x") -> str:
    """A polynomial from its coefficients, the highest power first: `2x^3 - x + 5`; all zero gives `0`."""
    text = ""
    for power, coefficient in zip(range(len(coefficients) - 1, -1, -1), coefficients, strict=True):
        if coefficient == 0:
            continue
        size = abs(coefficient)
        digits = "" if size == 1 and power > 0 else str(size)
        letter = "" if power == 0 else variable if power == 1 else f"{variable}^{power}"
        sign = ("-" if coefficient < 0 else "") if not text else " - " if coefficient < 0 else " + "
        text += f"{sign}{digits}{letter}"
    return text or "0"


def value_at(coefficients: Sequence[int], x: int) -> int:
    """The polynomial's value, by Horner's rule."""
    value = 0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


def _without_squares(number: int) -> tuple[int, int]:
    """(outside, inside) with outside^2 * inside == number and inside free of squares."""
    outside, inside, factor = 1, number, 2
    while factor * factor <= inside:
        while inside % (factor * factor) == 0:
            inside //= factor * factor
            outside *= factor
        factor += 1
    return outside, inside
