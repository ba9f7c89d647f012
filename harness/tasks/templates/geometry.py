"""Geometry templates, medium and hard: areas from coordinates and sides, heights, chords of circles.

Answers are whole numbers, fractions and radicals.
"""

from __future__ import annotations

from fractions import Fraction

from harness.tasks.templates.base import GeneratedProblem, RandomDraws, Template, written, written_root


def _triangle_area(draw: RandomDraws) -> GeneratedProblem | None:
    points = tuple(draw.between(-12, 12) for _ in range(6))
    a, b, c, d, e, f = points
    twice = abs((c - a) * (f - b) - (e - a) * (d - b))
    if twice < 10:
        return None
    return GeneratedProblem(
        en=f"What is the area of the triangle with the corners $({a}, {b})$, $({c}, {d})$ and $({e}, {f})$?",
        zh=f"以 $({a}, {b})$、$({c}, {d})$、$({e}, {f})$ 为顶点的三角形的面积是多少？",
        answer=written(Fraction(twice, 2)),
        given={"points": points},
    )


def _altitude(draw: RandomDraws) -> GeneratedProblem | None:
    short, long, hypotenuse = draw.one_of(((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41)))
    scale = draw.between(1, 90)
    a, b = short * scale, long * scale
    return GeneratedProblem(
        en=f"A right triangle has legs of length {a} and {b}. How long is the altitude to its hypotenuse?",
        zh=f"一个直角三角形的两条直角边长分别为 {a} 和 {b}，斜边上的高是多少？",
        answer=written(Fraction(short * long * scale, hypotenuse)),
        given={"a": a, "b": b},
    )


def _chord(draw: RandomDraws) -> GeneratedProblem | None:
    x, y, square = draw.between(-6, 6), draw.between(-6, 6), draw.between(5, 60)
    a, b, c = draw.nonzero(4), draw.nonzero(4), draw.nonzero(12)
    # distance of the centre from the line: |ax + by + c| / sqrt(a^2 + b^2)
    half_square = square - Fraction((a * x + b * y + c) ** 2, a * a + b * b)
    if half_square <= 0 or half_square == square:
        return None
    circle = f"{_shifted('x', x)} + {_shifted('y', y)} = {square}"
    line = f"{_term(a, 'x', is_first=True)} {_term(b, 'y')} {_term(c, '')} = 0"
    return GeneratedProblem(
        en=f"The line ${line}$ cuts the circle ${circle}$ in two points. How far apart are they?",
        zh=f"直线 ${line}$ 与圆 ${circle}$ 相交于两点，这两点之间的距离是多少？",
        answer=written_root(4 * half_square),
        given={"x": x, "y": y, "square": square, "a": a, "b": b, "c": c},
    )


def _shifted(letter: str, by: int) -> str:
    """`(x - 3)^2`, or `x^2`."""
    return f"{letter}^2" if by == 0 else f"({letter} {'-' if by > 0 else '+'} {abs(by)})^2"


def _term(number: int, letter: str, *, is_first: bool = False) -> str:
    """`+ 3y`, with a space after the sign unless it is the first term."""
    digits = "" if abs(number) == 1 and letter else str(abs(number))
    sign = ("-" if number < 0 else "") if is_first else ("- " if number < 0 else "+ ")
    return f"{sign}{digits}{letter}"


def _three_sides(draw: RandomDraws) -> GeneratedProblem | None:
    a, b, c = draw.distinct(3, 4, 20)
    if max(a, b, c) * 2 >= a + b + c:
        return None
    # Heron: 16 area^2 = (a + b + c)(-a + b + c)(a - b + c)(a + b - c)
    sixteen_squares = (a + b + c) * (-a + b + c) * (a - b + c) * (a + b - c)
    return GeneratedProblem(
        en=f"What is the exact area of a triangle with sides of length {a}, {b} and {c}?",
        zh=f"三边长分别为 {a}、{b}、{c} 的三角形的面积的精确值是多少？",
        answer=written_root(Fraction(sixteen_squares, 16)),
        given={"a": a, "b": b, "c": c},
    )


TEMPLATES = (
    Template(name="triangle-area", tier="medium", topic="geometry", draw=_triangle_area),
    Template(name="altitude", tier="medium", topic="geometry", draw=_altitude),
    Template(name="chord", tier="hard", topic="geometry", draw=_chord),
    Template(name="three-sides", tier="hard", topic="geometry", draw=_three_sides),
)
