"""Derives the answer of every template of core-math-fresh a second time, by another route than the template's.

Enumeration, step-by-step simulation, exact linear systems and long division; no closed formula that a template uses.
`CHECKS` maps a template's name to a function of its parameters that gives the answer as the task writes it.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from tests.tasks.core_math_answers import Root, rendered


def _only(found: Iterable[int]) -> int:
    (one,) = found
    return one


def _value(coefficients: Sequence[int], x: Fraction | int) -> Fraction:
    powers = range(len(coefficients) - 1, -1, -1)
    return sum((Fraction(c) * Fraction(x) ** power for c, power in zip(coefficients, powers, strict=True)), Fraction(0))


# arithmetic


def _change(*, p: int, q: int, a: int, b: int, paid: int) -> str:
    money_left = 100 * paid
    for price in [p] * a + [q] * b:
        money_left -= price
    assert money_left > 0
    return str(money_left)


def _two_percentages(*, price: int, up: int, down: int) -> str:
    raised = price + Fraction(price * up, 100)
    return rendered(raised - raised * down / 100)


def _linear_equation(*, a: int, b: int, c: int, d: int) -> str:
    # the difference of both sides is a line; its zero by interpolation between x = 0 and x = 1
    at_0, at_1 = b - d, a + b - c - d
    return rendered(Fraction(at_0, at_0 - at_1))


def _three_fractions(*, over: Sequence[int], under: Sequence[int]) -> str:
    common = math.lcm(*under)
    first, second, third = (top * (common // bottom) for top, bottom in zip(over, under, strict=True))
    return rendered(Fraction(first - second + third, common))


def _minutes(*, h: int, m: int, g: int, n: int, days: int) -> str:
    clock, ticks, midnights = (h, m), 0, 0
    while midnights < days or clock != (g, n):
        ticks += 1
        clock = (clock[0], clock[1] + 1) if clock[1] < 59 else ((clock[0] + 1) % 24, 0)
        midnights += clock == (0, 0)
    return str(ticks)


def _path_around(*, a: int, b: int, w: int) -> str:
    tiles = itertools.product(range(-w, a + w), range(-w, b + w))
    return str(sum(not (0 <= x < a and 0 <= y < b) for x, y in tiles))


def _shares(*, ratio: Sequence[int], total: int) -> str:
    shares = [0, 0, 0]
    while sum(shares) < total:
        shares = [share + part for share, part in zip(shares, ratio, strict=True)]
    assert sum(shares) == total
    return str(max(shares) - min(shares))


def _added_number(*, n: int, before: int, after: int) -> str:
    numbers = [before] * n
    return str(_only(x for x in range(-3000, 3001) if Fraction(sum(numbers) + x, n + 1) == after))


def _arithmetic_sum(*, first: int, step: int, n: int) -> str:
    return str(sum(first + step * k for k in range(n)))


def _multiples(*, low: int, high: int, k: int) -> str:
    return str(sum(number % k == 0 for number in range(low, high + 1)))


def _average_speed(*, u: int, v: int) -> str:
    road = u * v  # km; any length will do
    return rendered(Fraction(2 * road) / (Fraction(road, u) + Fraction(road, v)))


def _brackets(*, a: int, b: int, c: int, d: int, e: int) -> str:
    inside = c
    for _ in range(d):
        inside -= d
    for _ in range(b):
        a -= inside
    return str(a + e)


# algebra


def _linear_system(*, a: int, b: int, c: int, d: int, e: int, f: int) -> str:
    grid = itertools.product(range(-12, 13), repeat=2)
    ((x, y),) = [(x, y) for x, y in grid if a * x + b * y == e and c * x + d * y == f]
    return rendered((x, y))


def _cubes_of_roots(*, b: int, c: int) -> str:
    # the trace of the cubed companion matrix is the sum of the roots' cubes
    companion = [[0, -c], [1, -b]]
    cubed = _product(_product(companion, companion), companion)
    return str(cubed[0][0] + cubed[1][1])


def _product(left: list[list[int]], right: list[list[int]]) -> list[list[int]]:
    return [
        [sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*right, strict=True)] for row in left
    ]


def _same_base(*, left: int, right: int, p: int, q: int, r: int, s: int) -> str:
    base = next(n for n in (2, 3, 5) if left % n == 0)
    i, j = (_only(k for k in range(1, 9) if base**k == n) for n in (left, right))
    found = {
        Fraction(n, m) for m in range(1, 30) for n in range(-300, 301) if i * (p * n + q * m) == j * (r * n + s * m)
    }
    (x,) = found
    return rendered(x)


def _remainder(*, dividend: Sequence[int], divisor: Sequence[int]) -> str:
    rest = list(dividend)
    while len(rest) > 2:  # long division; the divisor's leading coefficient is 1
        head = rest[0]
        rest = [x - head * y for x, y in zip(rest[:3], divisor, strict=True)][1:] + rest[3:]
    slope, constant = rest
    return f"{slope}x {'+' if constant > 0 else '-'} {abs(constant)}"


def _inequality(*, a: int, b: int, c: int) -> str:
    root = math.isqrt(b * b - 4 * a * c)
    assert root * root == b * b - 4 * a * c
    assert a > 0
    low, high = Fraction(-b - root, 2 * a), Fraction(-b + root, 2 * a)
    assert low < high
    assert _value((a, b, c), (low + high) / 2) < 0 < _value((a, b, c), low - 1)
    return f"[{rendered(low)}, {rendered(high)}]"


def _radicals(*, heads: Sequence[int], under: Sequence[int]) -> str:
    inside = math.gcd(*under)
    while any(inside % (n * n) == 0 for n in range(2, inside)):
        inside //= next(n * n for n in range(2, inside) if inside % (n * n) == 0)
    one, two, three = (head * math.isqrt(square // inside) for head, square in zip(heads, under, strict=True))
    assert all(math.isqrt(square // inside) ** 2 * inside == square for square in under)
    return f"{one + two - three}\\sqrt{{{inside}}}"


def _best_product(*, m: int, n: int, a: int, b: int, total: int) -> str:
    # on the segment at every 420th: 420 is divisible by every m + n that occurs, so the best point is among them
    points = (Fraction(k * total, 420 * a) for k in range(1, 420))
    values = [x**m * ((total - a * x) / b) ** n for x in points]
    best = values.index(max(values))
    assert values[:best] == sorted(values[:best])
    assert values[best:] == sorted(values[best:], reverse=True)
    return rendered(values[best])


def _singular_matrix(*, shift: int, cells: Sequence[int]) -> str:
    g, d, e, f, h, i, j = cells

    def determinant(t: Fraction) -> Fraction:
        rows = [[t, t + shift, Fraction(g)], [*map(Fraction, (d, e, f))], [*map(Fraction, (h, i, j))]]
        total = Fraction(0)
        for order in itertools.permutations(range(3)):
            swaps = sum(order[x] > order[y] for x, y in itertools.combinations(range(3), 2))
            total += (-1) ** swaps * rows[0][order[0]] * rows[1][order[1]] * rows[2][order[2]]
        return total

    at_0, at_1 = determinant(Fraction(0)), determinant(Fraction(1))
    t = at_0 / (at_0 - at_1)
    assert determinant(t) == 0
    return rendered(t)


def _complex_power(*, a: int, b: int, n: int) -> str:
    real, imaginary = 1, 0
    for _ in range(n):
        real, imaginary = real * a - imaginary * b, real * b + imaginary * a
    assert abs(imaginary) > 1
    return f"{real} {'+' if imaginary > 0 else '-'} {abs(imaginary)}i"


# number theory


def _power_remainder(*, base: int, exponent: int, modulus: int) -> str:
    rest = 1
    for _ in range(exponent):
        rest = rest * base % modulus
    return str(rest)


def _divisor_sum(*, number: int) -> str:
    return str(sum(d for d in range(1, number + 1) if number % d == 0))


def _divisible_not(*, a: int, b: int, c: int, top: int) -> str:
    return str(sum((n % a == 0 or n % b == 0) and n % c != 0 for n in range(1, top + 1)))


def _product_in_base(*, base: int, first: Sequence[int], second: Sequence[int]) -> str:
    assert max(*first, *second) < base
    return str(int("".join(map(str, first)), base) * int("".join(map(str, second)), base))


def _congruences(*, moduli: Sequence[int], rests: Sequence[int]) -> str:
    numbers = range(1, math.prod(moduli) + 1)
    return str(next(n for n in numbers if all(n % m == rest for m, rest in zip(moduli, rests, strict=True))))


def _recurrence(*, first: int, second: int, p: int, q: int, n: int, modulus: int) -> str:
    terms = [first, second]
    while len(terms) < n:
        terms.append((p * terms[-1] + q * terms[-2]) % modulus)
    return str(terms[n - 1])


def _coprime_sum(*, number: int) -> str:
    return str(sum(n for n in range(1, number) if math.gcd(n, number) == 1))


def _factorial_zeros(*, n: int, base: int) -> str:
    rest, zeros = math.factorial(n), 0
    while rest % base == 0:
        rest //= base
        zeros += 1
    return str(zeros)


# counting and probability


def _committee(*, women: int, men: int, size: int, least: int) -> str:
    # person by person: ways[(chosen, women chosen)]
    ways = Counter({(0, 0): 1})
    for is_woman in [1] * women + [0] * men:
        for (chosen, chosen_women), count in list(ways.items()):
            ways[chosen + 1, chosen_women + is_woman] += count
    return str(sum(ways[size, k] for k in range(least, size + 1)))


def _two_dice(*, a: int, b: int, most: int) -> str:
    throws = list(itertools.product(range(1, a + 1), range(1, b + 1)))
    return rendered(Fraction(sum(x + y <= most for x, y in throws), len(throws)))


def _urn(*, red: int, blue: int, drawn: int, wanted: int) -> str:
    chances = {(red, blue): Fraction(1)}  # ball by ball, by what is left in the urn
    for _ in range(drawn):
        after: dict[tuple[int, int], Fraction] = {}
        for (reds, blues), chance in chances.items():
            for left, balls in (((reds - 1, blues), reds), ((reds, blues - 1), blues)):
                after[left] = after.get(left, Fraction(0)) + chance * Fraction(balls, reds + blues)
        chances = after
    return rendered(chances[red - wanted, blue - drawn + wanted])


def _paths(*, m: int, n: int, a: int, b: int, c: int, d: int) -> str:
    ways = {(0, 0): 1}
    for x, y in itertools.product(range(m + 1), range(n + 1)):
        if (x, y) != (0, 0):
            ways[x, y] = 0 if (x, y) in {(a, b), (c, d)} else ways.get((x - 1, y), 0) + ways.get((x, y - 1), 0)
    return str(ways[m, n])


def _words(*, n: int, k: int, most: int) -> str:
    # letter by letter: how many words end in a run of each length
    runs = [0, k] + [0] * (most - 1)
    for _ in range(n - 1):
        runs = [0, (k - 1) * sum(runs), *runs[1:most]]
    return str(sum(runs))


def _ruin(*, wins: int, out_of: int, goal: int, start: int) -> str:
    # from h(n) = p h(n+1) + (1-p) h(n-1) with h(0) = 0: every h is a multiple of h(1), and h(goal) is 1
    chance = Fraction(wins, out_of)
    multiples = [Fraction(0), Fraction(1)]
    while len(multiples) <= goal:
        multiples.append((multiples[-1] - (1 - chance) * multiples[-2]) / chance)
    return rendered(multiples[start] / multiples[goal])


def _bounded_sum(*, parts: int, most: int, total: int) -> str:
    ways = Counter({0: 1})
    for _ in range(parts):
        after: Counter[int] = Counter()
        for (reached, count), x in itertools.product(ways.items(), range(most + 1)):
            after[reached + x] += count
        ways = after
    return str(ways[total])


# geometry


def _triangle_area(*, points: Sequence[int]) -> str:
    # the strips between each side and the axis, with their signs
    corners = [(Fraction(points[k]), Fraction(points[k + 1])) for k in (0, 2, 4)]
    around = [*corners, corners[0]]
    strips = sum(((v - u) * (y + z) / 2 for (u, y), (v, z) in itertools.pairwise(around)), Fraction(0))
    return rendered(abs(strips))


def _altitude(*, a: int, b: int) -> str:
    hypotenuse = math.isqrt(a * a + b * b)
    assert hypotenuse**2 == a * a + b * b
    # the foot divides the hypotenuse: squared height = a^2 - (a^2 / c)^2
    return rendered(Root(a * a - Fraction(a * a, hypotenuse) ** 2))


def _chord(*, x: int, y: int, square: int, a: int, b: int, c: int) -> str:
    # put v = -(au + c)/b into the circle: A u^2 + B u + C = 0; the points differ by sqrt(B^2 - 4AC)/A in u
    big_a = 1 + Fraction(a * a, b * b)
    big_b = -2 * x + 2 * Fraction(a, b) * (Fraction(c, b) + y)
    big_c = x * x + (Fraction(c, b) + y) ** 2 - square
    difference_squared = (big_b**2 - 4 * big_a * big_c) / big_a**2
    return rendered(Root(difference_squared * (1 + Fraction(a * a, b * b))))


def _three_sides(*, a: int, b: int, c: int) -> str:
    # a lies on the axis; the third corner's coordinates from its distances b and c
    along = Fraction(a * a + b * b - c * c, 2 * a)
    return rendered(Root((b * b - along**2) * a * a / 4))


# calculus and series


def _tangent(*, coefficients: Sequence[int], at: int) -> str:
    # the five-point difference quotient is exact for polynomials up to degree 4
    far_left, left, right, far_right = (_value(coefficients, at + step) for step in (-2, -1, 1, 2))
    slope = (far_left - 8 * left + 8 * right - far_right) / 12
    return rendered(_value(coefficients, at) - slope * at)


def _geometric_tail(*, first: int, over: int, under: int, power: int) -> str:
    ratio = Fraction(over, under)
    term = Fraction(first)
    for _ in range(power - 1):
        term *= ratio
    # the tail T satisfies T = term + ratio * T; 400 terms come as near as 10^-25 to it
    tail = term / (1 - ratio)
    assert abs(sum(term * ratio**k for k in range(400)) - tail) < Fraction(1, 10**25) * abs(term)
    return rendered(tail)


def _integral(*, coefficients: Sequence[int], low: int, high: int) -> str:
    # Simpson's rule is exact for cubics
    middle = Fraction(low + high, 2)
    total = _value(coefficients, low) + 4 * _value(coefficients, middle) + _value(coefficients, high)
    return rendered(total * (high - low) / 6)


def _segment(*, parabola: Sequence[int], line: Sequence[int]) -> str:
    slope, shift = line
    between = (parabola[0], parabola[1] - slope, parabola[2] - shift)
    left, right = sorted(x for x in range(-7, 8) if _value(between, x) == 0)
    simpson = _value(between, left) + 4 * _value(between, Fraction(left + right, 2)) + _value(between, right)
    return rendered(abs(simpson) * (right - left) / 6)


def _telescope(*, step: int, shift: int, n: int) -> str:
    terms = (Fraction(1, (step * k + shift) * (step * k + shift + step)) for k in range(1, n + 1))
    return rendered(sum(terms, Fraction(0)))


CHECKS: dict[str, Callable[..., str]] = {
    "change": _change,
    "two-percentages": _two_percentages,
    "linear-equation": _linear_equation,
    "three-fractions": _three_fractions,
    "minutes": _minutes,
    "path-around": _path_around,
    "shares": _shares,
    "added-number": _added_number,
    "arithmetic-sum": _arithmetic_sum,
    "multiples": _multiples,
    "average-speed": _average_speed,
    "brackets": _brackets,
    "linear-system": _linear_system,
    "cubes-of-roots": _cubes_of_roots,
    "same-base": _same_base,
    "remainder": _remainder,
    "inequality": _inequality,
    "radicals": _radicals,
    "best-product": _best_product,
    "singular-matrix": _singular_matrix,
    "complex-power": _complex_power,
    "power-remainder": _power_remainder,
    "divisor-sum": _divisor_sum,
    "divisible-not": _divisible_not,
    "product-in-base": _product_in_base,
    "congruences": _congruences,
    "recurrence": _recurrence,
    "coprime-sum": _coprime_sum,
    "factorial-zeros": _factorial_zeros,
    "committee": _committee,
    "two-dice": _two_dice,
    "urn": _urn,
    "paths": _paths,
    "words": _words,
    "ruin": _ruin,
    "bounded-sum": _bounded_sum,
    "triangle-area": _triangle_area,
    "altitude": _altitude,
    "chord": _chord,
    "three-sides": _three_sides,
    "tangent": _tangent,
    "geometric-tail": _geometric_tail,
    "integral": _integral,
    "segment": _segment,
    "telescope": _telescope,
}
