"""Calculus and series templates, medium and hard: tangents, areas under curves, geometric and telescoping sums.

Answers are whole numbers or fractions.
"""

from __future__ import annotations

from fractions import Fraction

from harness.tasks.templates.base import GeneratedProblem, RandomDraws, Template, polynomial, value_at, written


def _tangent(draw: RandomDraws) -> GeneratedProblem | None:
    coefficients = (draw.nonzero(4), draw.between(-6, 6), draw.between(-9, 9), draw.between(-9, 9))
    at = draw.nonzero(5)
    a, b, c, _ = coefficients
    slope = 3 * a * at * at + 2 * b * at + c
    curve = polynomial(coefficients)
    return GeneratedProblem(
        en=f"The tangent to the curve $y = {curve}$ at the point with $x = {at}$ meets the $y$-axis at $(0, k)$. "
        "What is $k$?",
        zh=f"曲线 $y = {curve}$ 在 $x = {at}$ 处的切线与 $y$ 轴交于点 $(0, k)$，求 $k$ 的值。",
        answer=str(value_at(coefficients, at) - slope * at),
        given={"coefficients": coefficients, "at": at},
    )


def _geometric_tail(draw: RandomDraws) -> GeneratedProblem | None:
    first, power = draw.between(2, 40), draw.between(3, 5)
    over, under = draw.nonzero(6), draw.between(2, 7)
    ratio = Fraction(over, under)
    if abs(ratio) >= 1 or ratio.denominator != under:
        return None
    shown = f"\\frac{{{over}}}{{{under}}}" if over > 0 else f"-\\frac{{{-over}}}{{{under}}}"
    ordinal = {3: "third", 4: "fourth", 5: "fifth"}[power]
    counted = {3: "三", 4: "四", 5: "五"}[power]
    return GeneratedProblem(
        en=f"An infinite geometric series has first term {first} and ratio ${shown}$. "
        f"What is the sum of all its terms from the {ordinal} term on?",
        zh=f"一个无穷等比级数的首项为 {first}，公比为 ${shown}$。"
        f"从第{counted}项起（含第{counted}项）所有项的和是多少？",
        answer=written(first * ratio ** (power - 1) / (1 - ratio)),
        given={"first": first, "over": over, "under": under, "power": power},
    )


def _integral(draw: RandomDraws) -> GeneratedProblem | None:
    coefficients = (draw.nonzero(5), draw.between(-6, 6), draw.between(-6, 6), draw.nonzero(9))
    low = draw.between(-3, 2)
    high = low + draw.between(1, 4)
    total = Fraction(0)
    for power, coefficient in zip((4, 3, 2, 1), coefficients, strict=True):
        total += Fraction(coefficient * (high**power - low**power), power)
    if total == 0:
        return None
    integrand = polynomial(coefficients)
    return GeneratedProblem(
        en=f"Compute $\\int_{{{low}}}^{{{high}}} ({integrand}) \\, dx$.",
        zh=f"计算定积分 $\\int_{{{low}}}^{{{high}}} ({integrand}) \\, dx$。",
        answer=written(total),
        given={"coefficients": coefficients, "low": low, "high": high},
    )


def _segment(draw: RandomDraws) -> GeneratedProblem | None:
    lead, slope, shift = draw.nonzero(5), draw.nonzero(6), draw.between(-9, 9)
    left, right = sorted(draw.distinct(2, -6, 7))
    # parabola minus line is lead * (x - left) * (x - right)
    parabola = (lead, slope - lead * (left + right), shift + lead * left * right)
    curve, line = polynomial(parabola), polynomial([slope, shift])
    return GeneratedProblem(
        en=f"What is the area of the region enclosed by the parabola $y = {curve}$ and the line $y = {line}$?",
        zh=f"抛物线 $y = {curve}$ 与直线 $y = {line}$ 所围成的图形的面积是多少？",
        answer=written(Fraction(abs(lead) * (right - left) ** 3, 6)),
        given={"parabola": parabola, "line": (slope, shift)},
    )


def _telescope(draw: RandomDraws) -> GeneratedProblem | None:
    step, shift, n = draw.between(2, 7), draw.between(-1, 6), draw.between(12, 90)
    if step + shift < 1 or shift % step == 0:
        return None
    factors = f"({polynomial([step, shift], 'k')})({polynomial([step, shift + step], 'k')})"
    return GeneratedProblem(
        en=f"Compute $\\sum_{{k=1}}^{{{n}}} \\frac{{1}}{{{factors}}}$ as a fraction in lowest terms.",
        zh=f"计算 $\\sum_{{k=1}}^{{{n}}} \\frac{{1}}{{{factors}}}$，结果用最简分数表示。",
        answer=written(Fraction(n, (step + shift) * (step * n + step + shift))),
        given={"step": step, "shift": shift, "n": n},
    )


TEMPLATES = (
    Template(name="tangent", tier="medium", topic="calculus", draw=_tangent),
    Template(name="geometric-tail", tier="medium", topic="sequences", draw=_geometric_tail),
    Template(name="integral", tier="medium", topic="calculus", draw=_integral),
    Template(name="segment", tier="hard", topic="calculus", draw=_segment),
    Template(name="telescope", tier="hard", topic="sequences", draw=_telescope),
)
