"""How the checks of core-math state an answer, and how it is written in the data file."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True)
class Root:
    """The positive square root of an exact fraction."""

    square: Fraction


@dataclass(frozen=True)
class Stretches:
    """Intervals of the real line as ((low, closed), (high, closed)); None is infinity."""

    parts: tuple[tuple[tuple[int | None, bool], tuple[int | None, bool]], ...]


Answer: TypeAlias = "int | Fraction | Root | Stretches | tuple[int, ...] | frozenset[int]"


def rendered(answer: Answer) -> str:
    """The answer as the data file writes it."""
    match answer:
        case int():
            return str(answer)
        case Fraction():
            return _fraction(answer.numerator, answer.denominator)
        case Root():
            return _root(answer.square)
        case Stretches():
            return " \\cup ".join(_stretch(low, high) for low, high in answer.parts)
        case tuple():
            return f"({', '.join(map(str, answer))})"
        case frozenset():
            return f"\\{{{', '.join(map(str, sorted(answer)))}\\}}"


def _fraction(numerator: int, denominator: int, factor: str = "") -> str:
    top = factor if factor and numerator == 1 else f"{numerator}{factor}"
    return top if denominator == 1 else f"\\frac{{{top}}}{{{denominator}}}"


def _root(square: Fraction) -> str:
    """With the largest square taken out of the root and the denominator made rational."""
    under = square.numerator * square.denominator
    out = max(n for n in range(1, math.isqrt(under) + 1) if under % (n * n) == 0)
    rest = under // (out * out)
    outside = Fraction(out, square.denominator)
    return _fraction(outside.numerator, outside.denominator, "" if rest == 1 else f"\\sqrt{{{rest}}}")


def _stretch(low: tuple[int | None, bool], high: tuple[int | None, bool]) -> str:
    left = "-\\infty" if low[0] is None else str(low[0])
    right = "\\infty" if high[0] is None else str(high[0])
    return f"{'[' if low[1] else '('}{left}, {right}{']' if high[1] else ')'}"


def where(holds: Callable[[Fraction], bool]) -> Stretches:
    """Where a condition with whole-number borders in -50..50 holds, tested on whole numbers and between them."""
    halves = [Fraction(n, 2) for n in range(-100, 101)]
    parts = []
    for held, group in itertools.groupby(halves, key=holds):
        points = list(group)
        if held:
            parts.append((_border(points[0], -1), _border(points[-1], +1)))
    return Stretches(tuple(parts))


def _border(point: Fraction, outward: int) -> tuple[int | None, bool]:
    if abs(point) == 50:
        return None, False
    if point.denominator == 1:
        return int(point), True
    return int(point + Fraction(outward, 2)), False
