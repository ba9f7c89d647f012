"""Algebra templates, medium and hard: systems, roots, remainders, inequalities, radicals, determinants, extrema.

Answers are numbers, pairs, linear polynomials, intervals, radicals, complex numbers.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb

from harness.tasks.templates.base import GeneratedProblem, RandomDraws, Template, polynomial, value_at, written


def _linear_system(draw: RandomDraws) -> GeneratedProblem | None:
    x, y = draw.nonzero(12), draw.nonzero(12)
    a, b, c, d = (draw.nonzero(9) for _ in range(4))
    if a * d == b * c:
        return None
    e, f = a * x + b * y, c * x + d * y
    first, second = _two_terms(a, b), _two_terms(c, d)
    return GeneratedProblem(
        en=f"Solve the system ${first} = {e}$ and ${second} = {f}$. Give the answer as an ordered pair $(x, y)$.",
        zh=f"解方程组 ${first} = {e}$，${second} = {f}$。请以有序数对 $(x, y)$ 的形式作答。",
        answer=f"({x}, {y})",
        given={"a": a, "b": b, "c": c, "d": d, "e": e, "f": f},
    )


def _two_terms(a: int, b: int) -> str:
    """`ax + by`."""
    return f"{polynomial([a, 0])} {'-' if b < 0 else '+'} {polynomial([abs(b), 0], 'y')}"


def _cubes_of_roots(draw: RandomDraws) -> GeneratedProblem | None:
    b, c = draw.nonzero(11), draw.nonzero(14)
    if b * b == 4 * c:
        return None
    formula = polynomial([1, b, c])
    return GeneratedProblem(
        en=f"Let $r$ and $s$ be the two (possibly complex) roots of ${formula} = 0$. What is $r^3 + s^3$?",
        zh=f"设 $r$ 和 $s$ 是方程 ${formula} = 0$ 的两个根（可能是复数），求 $r^3 + s^3$ 的值。",
        answer=str(-(b**3) + 3 * b * c),
        given={"b": b, "c": c},
    )


def _same_base(draw: RandomDraws) -> GeneratedProblem | None:
    base, (i, j) = draw.one_of((2, 3, 5)), draw.one_of(((2, 3), (1, 2), (1, 3), (3, 2), (2, 1), (3, 1)))
    p, r = draw.between(1, 7), draw.between(1, 7)
    q, s = draw.nonzero(9), draw.nonzero(9)
    if i * p == j * r or i * q == j * s:
        return None
    formula = f"{base**i}^{{{polynomial([p, q])}}} = {base**j}^{{{polynomial([r, s])}}}"
    return GeneratedProblem(
        en=f"Find the real number $x$ with ${formula}$.",
        zh=f"求满足 ${formula}$ 的实数 $x$。",
        answer=written(Fraction(j * s - i * q, i * p - j * r)),
        given={"left": base**i, "right": base**j, "p": p, "q": q, "r": r, "s": s},
    )


def _remainder(draw: RandomDraws) -> GeneratedProblem | None:
    coefficients = (draw.nonzero(4), *(draw.between(-7, 7) for _ in range(3)), draw.nonzero(9))
    a, b = draw.distinct(2, -4, 4)
    at_a, at_b = value_at(coefficients, a), value_at(coefficients, b)
    slope = (at_a - at_b) // (a - b)  # exact: a - b divides the difference of the values
    if abs(slope) < 2 or at_a == slope * a:
        return None
    dividend, divisor = polynomial(coefficients), polynomial([1, -a - b, a * b])
    return GeneratedProblem(
        en=f"What is the remainder when ${dividend}$ is divided by ${divisor}$?",
        zh=f"求多项式 ${dividend}$ 除以 ${divisor}$ 所得的余式。",
        answer=polynomial([slope, at_a - slope * a]),
        given={"dividend": coefficients, "divisor": (1, -a - b, a * b)},
    )


def _inequality(draw: RandomDraws) -> GeneratedProblem | None:
    (p, q), (r, s) = ((draw.nonzero(9), draw.between(1, 5)) for _ in range(2))
    low, high = sorted((Fraction(p, q), Fraction(r, s)))
    if low == high:
        return None
    formula = polynomial([q * s, -p * s - q * r, p * r])
    return GeneratedProblem(
        en=f"Find all real numbers $x$ with ${formula} \\le 0$. Give the answer as an interval.",
        zh=f"求满足 ${formula} \\le 0$ 的所有实数 $x$，答案用区间表示。",
        answer=f"[{written(low)}, {written(high)}]",
        given={"a": q * s, "b": -p * s - q * r, "c": p * r},
    )


def _radicals(draw: RandomDraws) -> GeneratedProblem | None:
    inside = draw.one_of((2, 3, 5, 6, 7, 10, 11, 13))
    factors = draw.distinct(3, 2, 9)
    heads = tuple(draw.between(2, 9) for _ in range(3))
    total = heads[0] * factors[0] + heads[1] * factors[1] - heads[2] * factors[2]
    if abs(total) < 2:
        return None
    under = tuple(factor * factor * inside for factor in factors)
    first, second, third = (f"{head}\\sqrt{{{square}}}" for head, square in zip(heads, under, strict=True))
    formula = f"{first} + {second} - {third}"
    return GeneratedProblem(
        en=f"Write ${formula}$ as $k\\sqrt{{n}}$ with a whole number $k$ and $n$ as small as possible.",
        zh=f"将 ${formula}$ 化为 $k\\sqrt{{n}}$ 的形式，其中 $k$ 为整数且正整数 $n$ 尽可能小。",
        answer=f"{total}\\sqrt{{{inside}}}",
        given={"heads": heads, "under": under},
    )


def _best_product(draw: RandomDraws) -> GeneratedProblem | None:
    m, n = draw.between(1, 4), draw.between(1, 3)
    a, b = draw.between(2, 6), draw.between(2, 6)
    total = (m + n) * draw.between(2, 9)
    if m + n < 3:
        return None
    best = Fraction(total * m, a * (m + n)) ** m * Fraction(total * n, b * (m + n)) ** n
    powers = "".join(letter if power == 1 else f"{letter}^{power}" for letter, power in (("x", m), ("y", n)))
    return GeneratedProblem(
        en=f"Positive real numbers $x$ and $y$ satisfy ${a}x + {b}y = {total}$. "
        f"What is the greatest possible value of ${powers}$?",
        zh=f"正实数 $x$ 和 $y$ 满足 ${a}x + {b}y = {total}$，求 ${powers}$ 的最大值。",
        answer=written(best),
        given={"m": m, "n": n, "a": a, "b": b, "total": total},
    )


def _singular_matrix(draw: RandomDraws) -> GeneratedProblem | None:
    shift = draw.nonzero(5)
    cells = tuple(draw.nonzero(7) for _ in range(7))
    g, (d, e, f, h, i, j) = cells[0], cells[1:]
    # the first row is (t, t + shift, g); expanding along it leaves slope * t + constant
    slope = (e * j - f * i) - (d * j - f * h)
    constant = -shift * (d * j - f * h) + g * (d * i - e * h)
    if slope == 0 or constant == 0:
        return None
    rows = [f"t & {polynomial([1, shift], 't')} & {g}", f"{d} & {e} & {f}", f"{h} & {i} & {j}"]
    matrix = "\\begin{pmatrix} " + " \\\\ ".join(rows) + " \\end{pmatrix}"
    return GeneratedProblem(
        en=f"For which number $t$ is the determinant of ${matrix}$ equal to zero?",
        zh=f"当 $t$ 取何值时，矩阵 ${matrix}$ 的行列式等于零？",
        answer=written(Fraction(-constant, slope)),
        given={"shift": shift, "cells": cells},
    )


def _complex_power(draw: RandomDraws) -> GeneratedProblem | None:
    a, b, n = draw.nonzero(6), draw.nonzero(6), draw.between(4, 7)
    if abs(a) == abs(b):
        return None
    real = sum(comb(n, k) * a ** (n - k) * b**k * (-1) ** (k // 2) for k in range(0, n + 1, 2))
    imaginary = sum(comb(n, k) * a ** (n - k) * b**k * (-1) ** (k // 2) for k in range(1, n + 1, 2))
    base = _complex(a, b)
    return GeneratedProblem(
        en=f"With $i^2 = -1$, write $({base})^{n}$ in the form $p + qi$ with real $p$ and $q$.",
        zh=f"设 $i^2 = -1$，将 $({base})^{n}$ 写成 $p + qi$ 的形式，其中 $p$ 和 $q$ 为实数。",
        answer=_complex(real, imaginary),
        given={"a": a, "b": b, "n": n},
    )


def _complex(real: int, imaginary: int) -> str:
    """`3 - 2i`; both parts are not 0."""
    size = "" if abs(imaginary) == 1 else str(abs(imaginary))
    return f"{real} {'-' if imaginary < 0 else '+'} {size}i"


TEMPLATES = (
    Template(name="linear-system", tier="medium", topic="algebra", draw=_linear_system),
    Template(name="cubes-of-roots", tier="medium", topic="algebra", draw=_cubes_of_roots),
    Template(name="same-base", tier="medium", topic="algebra", draw=_same_base),
    Template(name="remainder", tier="medium", topic="algebra", draw=_remainder),
    Template(name="inequality", tier="medium", topic="algebra", draw=_inequality),
    Template(name="radicals", tier="medium", topic="algebra", draw=_radicals),
    Template(name="best-product", tier="hard", topic="algebra", draw=_best_product),
    Template(name="singular-matrix", tier="hard", topic="algebra", draw=_singular_matrix),
    Template(name="complex-power", tier="hard", topic="algebra", draw=_complex_power),
)
