"""Derives every answer of core-math a second time, from the problem's meaning and by another route than the author's.

Enumeration, simulation in exact fractions, search on a grid: no closed formula that an author would use. `CHECKS` maps
the id to a function.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from fractions import Fraction

from tests.tasks.core_math_answers import Answer, Root, where


def _only(found: Iterable[int]) -> int:
    (one,) = found
    return one


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, n))


def _is_square(n: int) -> bool:
    return math.isqrt(n) ** 2 == n


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


# easy: counting things one by one, clocks and searches


def _minutes_ticked(start: tuple[int, int], end: tuple[int, int]) -> int:
    hour, minute = start
    count = 0
    while (hour, minute) != end:
        minute += 1
        if minute == 60:
            hour, minute = hour + 1, 0
        count += 1
    return count


def _balance_point(values: list[int]) -> int:
    """The number from which the distances above and below cancel."""
    return _only(m for m in range(min(values), max(values) + 1) if sum(v - m for v in values) == 0)


def _share(outcomes: Iterable[object], holds: Callable[..., bool]) -> Fraction:
    listed = list(outcomes)
    return Fraction(sum(1 for outcome in listed if holds(outcome)), len(listed))


def _twentieth_of_steps() -> int:
    term = 5
    for _ in range(19):
        term += 7
    return term


DIE = range(1, 7)

EASY: dict[str, Callable[[], Answer]] = {
    "easy-01": lambda: len([*"........", *"....."]),
    "easy-02": lambda: _only(n for n in range(20) if n + 4 == 9),
    "easy-03": lambda: sum(1 for _ in itertools.product(range(6), range(7))),
    "easy-04": lambda: len(range(0, 20, 4)),
    "easy-05": lambda: _only(n for n in range(20) if n + 5 == 12),
    "easy-06": lambda: len(set(range(10)) | {"a", "b", "c"}),
    "easy-07": lambda: sum([4, 4, 4]),
    "easy-08": lambda: _only(n for n in range(20) if n + n == 18),
    "easy-09": lambda: len("x" * 15 + "x" * 20),
    "easy-10": lambda: min(n for n in range(1000) if n > 99),
    "easy-11": lambda: sum([2] * 5),
    "easy-12": lambda: _only(n for n in range(251) if Fraction(n, 250) == Fraction("0.1")),
    "easy-13": lambda: _only(x for x in range(-100, 100) if x + 14 == 31),
    "easy-14": lambda: len({(column, row) for column in range(9) for row in range(4)}),
    "easy-15": lambda: Fraction(len(range(0, 600, 2)) + len(range(0, 600, 3)), 600),
    "easy-16": lambda: _only(r for r in range(7) if any(7 * q + r == 100 for q in range(101))),
    "easy-17": lambda: _minutes_ticked((10, 40), (13, 5)),
    "easy-18": lambda: _balance_point([4, 9, 11, 16]),
    "easy-19": lambda: _only(a for a in range(181) if a + 47 + 68 == 180),
    "easy-20": lambda: _share(DIE, lambda roll: roll in (5, 6)),
    "easy-21": lambda: sum(_is_prime(n) for n in range(21, 40)),
    "easy-22": lambda: _only(x for x in range(-100, 100) if 5 * x - 8 == 2 * x + 19),
    "easy-23": _twentieth_of_steps,
    "easy-24": lambda: Fraction("0.375"),
    "easy-25": lambda: sum(1 for _ in itertools.product("01", repeat=10)),
    "easy-26": lambda: _only(p for p in range(81) if Fraction(80 - p, 80) == Fraction("0.15")),
}


# medium: enumeration, exact integration by sums, permutation expansion


def _units_digit_by_steps() -> int:
    seven = three = 1
    for _ in range(222):
        seven = seven * 7 % 10
    for _ in range(111):
        three = three * 3 % 10
    return (seven + three) % 10


def _lattice_triangle_area() -> int:
    """The triangle 13-20-21 laid on whole-number points with the side 21 on the axis; area by Pick's theorem."""
    apex = _only_point(
        (x, y) for x in range(22) for y in range(1, 14) if x * x + y * y == 169 and (21 - x) ** 2 + y * y == 400
    )
    corners = [(0, 0), (21, 0), apex]
    edges = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    border = sum(math.gcd(b[0] - a[0], b[1] - a[1]) for a, b in edges)
    inside = sum(
        all((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) > 0 for a, b in edges)
        for x in range(22)
        for y in range(14)
    )
    return inside + border // 2 - 1


def _only_point(found: Iterable[tuple[int, int]]) -> tuple[int, int]:
    (one,) = found
    return one


def _filled_after() -> Fraction:
    """The tank in 36 parts: its level at whole hours is a line; the level after one hour gives the time for all 36."""
    level_after_one_hour = sum((Fraction(36, 6), Fraction(36, 9), -Fraction(36, 12)), Fraction(0))
    hours, level = Fraction(0), Fraction(0)
    step = Fraction(1, 7 * 60)
    while level < 36:
        hours, level = hours + step, level + step * level_after_one_hour
    assert level == 36
    return hours


def _nearest_on_line() -> Root:
    """The least squared distance from (4, 1) to points (2t - 5, t) of the line, at steps of 1/10 in t."""
    ts = [Fraction(n, 10) for n in range(-200, 201)]
    return Root(min((2 * t - 5 - 4) ** 2 + (t - 1) ** 2 for t in ts))


def _signed_permutations(matrix: list[list[int]]) -> int:
    total = 0
    for order in itertools.permutations(range(len(matrix))):
        swaps = sum(1 for i, j in itertools.combinations(order, 2) if i > j)
        total += (-1) ** swaps * math.prod(matrix[row][column] for row, column in enumerate(order))
    return total


def _highest_near_hump() -> int:
    """The largest value on a grid of 1/100 between x = -1 and x = 2, where it is no border value."""
    values = {Fraction(n, 100): (lambda x: x**3 - 6 * x**2 + 9 * x + 1)(Fraction(n, 100)) for n in range(-100, 201)}
    best = max(values, key=lambda x: values[x])
    assert -1 < best < 2
    assert values[best].denominator == 1
    return int(values[best])


def _odometer_in_base_seven() -> int:
    digits = [0] * 8
    for _ in range(2026):
        place = 0
        while digits[place] == 6:
            digits[place] = 0
            place += 1
        digits[place] += 1
    return int("".join(map(str, reversed(digits))))


def _liars() -> int:
    """All 511 casts with a liar in which every statement fits its speaker."""
    counts = set()
    for cast in itertools.product((True, False), repeat=9):
        liars = cast.count(False)
        if liars and all(honest == (liars % k == 0) for k, honest in enumerate(cast, start=1)):
            counts.add(liars)
    return _only(counts)


def _water_rise() -> Fraction:
    """The ball's slices (4 - z^2) summed by Simpson's rule, exact for a parabola, over the glass's cross-section 9."""
    slices = [4 - Fraction(n, 10) ** 2 for n in range(-20, 21)]
    weights = [1, *([4, 2] * 20)[:39], 1]
    volume = sum(w * s for w, s in zip(weights, slices, strict=True)) * Fraction(1, 30)
    rise = volume / 9
    assert 6 + rise > 4, "the ball is covered"
    return rise


def _trapezoids() -> int:
    """The integral bracketed by Riemann sums from below and above, one whole number between them."""
    steps = 3000
    width = Fraction(3, steps)
    below = sum((2 * n * width + 1) ** 2 for n in range(steps)) * width
    above = sum((2 * n * width + 1) ** 2 for n in range(1, steps + 1)) * width
    return _only(n for n in range(200) if below < n < above)


def _perpendicular() -> Fraction:
    tried = [Fraction(n, d) for d in range(1, 8) for n in range(-70, 71)]
    (k,) = {k for k in tried if 2 * 3 - 1 * k + k * -4 == 0}
    return k


MEDIUM: dict[str, Callable[[], Answer]] = {
    "medium-01": lambda: sum((n % 4 == 0) != (n % 6 == 0) for n in range(1, 301)),
    "medium-02": lambda: frozenset(x for x in range(-100, 101) if x * x - 11 * x + 24 == 0),
    "medium-03": lambda: _share(itertools.product(DIE, DIE), lambda pair: _is_square(pair[0] * pair[1])),
    "medium-04": _units_digit_by_steps,
    "medium-05": _lattice_triangle_area,
    "medium-06": lambda: sum(_divisors(360)),
    "medium-07": lambda: len(set(itertools.permutations("SEESAWS"))),
    "medium-08": lambda: _only_point(
        (x, y) for x in range(-50, 51) for y in range(-50, 51) if 3 * x + 2 * y == 4 and 5 * x - y == 24
    ),
    "medium-09": lambda: sum(abs(2 * x - 7) <= 11 for x in range(-100, 101)),
    "medium-10": _filled_after,
    "medium-11": lambda: _only(
        a for a in range(1, 19) for r in range(1, 20) if a * r * r == 18 and a * r * r * r * r == 162
    ),
    "medium-12": _nearest_on_line,
    "medium-13": lambda: where(lambda x: x * x - 5 * x - 14 < 0),
    "medium-14": lambda: _signed_permutations([[2, -1, 3], [0, 4, 1], [5, 2, -2]]),
    "medium-15": _highest_near_hump,
    "medium-16": _odometer_in_base_seven,
    "medium-17": lambda: sum(team.count("d") >= 2 for team in itertools.combinations("eeeeeeddddd", 4)),
    "medium-18": lambda: next(n for n in itertools.count(1) if (n % 5, n % 7, n % 9) == (3, 4, 5)),
    "medium-19": lambda: _only(x for x in range(7, 500) if math.isclose(math.log2(x) + math.log2(x - 6), 4)),
    "medium-20": _liars,
    "medium-21": _water_rise,
    "medium-22": lambda: sum(n * (n + 1) for n in range(1, 21)),
    "medium-23": lambda: sum(sum(map(int, str(n))) == 5 for n in range(1, 1001)),
    "medium-24": lambda: _only(v for v in range(1, 200) if Fraction(120, v) == Fraction(60, 40) + Fraction(60, 60)),
    "medium-25": _trapezoids,
    "medium-26": _perpendicular,
}


# hard: full enumeration, walks over states in exact fractions, recursion on the board


def _heads_first() -> Fraction:
    """The coin's runs as states, walked 200 tosses; what is still open then is below 1e-12."""
    open_runs = {"": Fraction(1)}
    heads = tails = Fraction(0)
    for _ in range(200):
        following: dict[str, Fraction] = {}
        for run, chance in open_runs.items():
            for side in "HT":
                grown = run + side if run.endswith(side) else side
                if grown == "HH":
                    heads += chance / 2
                elif grown == "TTT":
                    tails += chance / 2
                else:
                    following[grown] = following.get(grown, Fraction(0)) + chance / 2
        open_runs = following
    assert 1 - heads - tails < Fraction(1, 10**12)
    return heads.limit_denominator(1000)


def _rolls_until_all_even() -> int:
    """The sum over n of the chance that more than n rolls are needed, walked over the sets still missing."""
    missing = {frozenset({2, 4, 6}): 1.0}
    expected = 0.0
    for _ in range(400):
        expected += sum(missing.values())
        following: dict[frozenset[int], float] = {}
        for rest, chance in missing.items():
            for roll in DIE:
                left = rest - {roll}
                if left:
                    following[left] = following.get(left, 0.0) + chance / 6
        missing = following
    assert math.isclose(expected, round(expected), abs_tol=1e-9)
    return round(expected)


def _bisector_foot() -> Root:
    """B above the axis with A = (0, 0) and C = (9, 0); D is the point of AC as far from line BA as from line BC."""
    x = Fraction(7 * 7 - 8 * 8 + 9 * 9, 2 * 9)
    y_square = 49 - x * x
    # distance of (d, 0) from line BA is d*y/7, from line BC (9-d)*y/8
    (d,) = {Fraction(n, 15) for n in range(136) if Fraction(n, 15) / 7 == (9 - Fraction(n, 15)) / 8}
    return Root((x - d) ** 2 + y_square)


def _circumradius() -> Root:
    """The centre as the point equally far from all three corners, the side 7 on the axis; heights kept as squares."""
    x = Fraction(5 * 5 - 6 * 6 + 7 * 7, 2 * 7)
    y_square = 25 - x * x
    # centre (7/2, k): (x - 7/2)^2 + (y - k)^2 = (7/2)^2 + k^2, so 2ky = (x - 7/2)^2 + y^2 - (7/2)^2
    two_k_y = (x - Fraction(7, 2)) ** 2 + y_square - Fraction(49, 4)
    k_square = two_k_y**2 / (4 * y_square)
    return Root(Fraction(49, 4) + k_square)


def _companion_trace() -> int:
    """The trace of the third power of a matrix whose characteristic polynomial is x^3 - 4x^2 + 5x + 3."""
    return _trace_of_power([[0, 0, -3], [1, 0, -5], [0, 1, 4]], 3)


def _trace_of_power(matrix: list[list[int]], power: int) -> int:
    size = range(len(matrix))
    product = [[int(row == column) for column in size] for row in size]
    for _ in range(power):
        product = [[sum(product[i][k] * matrix[k][j] for k in size) for j in size] for i in size]
    return sum(product[i][i] for i in size)


def _radical_solutions() -> frozenset[int]:
    """Sign changes and zeros of the difference on a fine grid, each at a whole number."""
    zeros = set()
    grid = [-5 + n / 64 for n in range(25 * 64 + 1)]
    gaps = [math.sqrt(x + 5) + math.sqrt(20 - x) - 7 for x in grid]
    for left, right, x in zip(gaps, gaps[1:], grid[1:], strict=False):
        if abs(right) < 1e-12 or left * right < -1e-24:
            zeros.add(x)
    assert all(x == int(x) for x in zeros)
    return frozenset(int(x) for x in zeros)


def _series() -> Fraction:
    partial = sum((Fraction(n * n, 3**n) for n in range(1, 120)), Fraction(0))
    return partial.limit_denominator(1000)


def _paths() -> int:
    ways = {(0, 0): 1}
    for x, y in itertools.product(range(8), range(8)):
        if (x, y) in ((3, 3), (5, 5)):
            ways[x, y] = 0
        elif (x, y) != (0, 0):
            ways[x, y] = ways.get((x - 1, y), 0) + ways.get((x, y - 1), 0)
    return ways[7, 7]


def _covers(filled: frozenset[tuple[int, int]], columns: int) -> int:
    """Ways to cover what is free, always starting at the first free cell."""
    free = next(((c, r) for c in range(columns) for r in range(2) if (c, r) not in filled), None)
    if free is None:
        return 1
    c, r = free
    shapes = [{(c, r), (c + 1, r)}, {(c, r), (c, r + 1)}, {(c, r), (c + 1, r), (c, r + 1), (c + 1, r + 1)}]
    fitting = [s for s in shapes if not s & filled and all(x < columns and y < 2 for x, y in s)]
    return sum(_covers(filled | s, columns) for s in fitting)


def _largest_product() -> int:
    """The largest xy over the ellipse, walked by angle; rounding is far below the distance to the next whole number."""
    angles = (n * math.tau / 100_000 for n in range(100_000))
    best = max(math.sqrt(18) * math.cos(a) * math.sqrt(8) * math.sin(a) for a in angles)
    assert math.isclose(best, round(best), abs_tol=1e-6)
    return round(best)


def _hexagon_triangle() -> Root:
    """In the lattice of equilateral triangles of side 6 a unit parallelogram has area 18 * sqrt(3)."""
    corners = [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)]
    middles = [
        (Fraction(a[0] + b[0], 2), Fraction(a[1] + b[1], 2))
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]
    (ax, ay), (bx, by), (cx, cy) = middles[0], middles[2], middles[4]
    parallelograms = abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2
    return Root(parallelograms**2 * 18 * 18 * 3)


def _first_return(a: int, b: int) -> int:
    return next(n for n in itertools.count(1) if n * a % 12 == 0 and n * b % 6 == 0)


def _rising_digits() -> int:
    texts = map(str, range(1000, 10_000))
    return sum(sum(map(int, t)) == 20 and all(p < q for p, q in itertools.pairwise(t)) for t in texts)


def _table_of_f() -> int:
    f = {1: 2}
    for n in range(2, 54):
        f[n] = 3 * f[n // 2] if n % 2 == 0 else f[n // 2] + n // 2
    return f[53]


def _mean_square_gap() -> Fraction:
    pairs = list(itertools.permutations(range(1, 11), 2))
    return Fraction(sum((a - b) ** 2 for a, b in pairs), len(pairs))


HARD: dict[str, Callable[[], Answer]] = {
    "hard-01": lambda: sum(sum(triple) == 30 for triple in itertools.combinations(range(1, 30), 3)),
    "hard-02": lambda: sum("000" not in s and "111" not in s for s in map("".join, itertools.product("01", repeat=12))),
    "hard-03": lambda: int(str(math.prod([7] * 777))[-3:]),
    "hard-04": _heads_first,
    "hard-05": _rolls_until_all_even,
    "hard-06": lambda: sum(
        Fraction(1, x) + Fraction(1, y) == Fraction(1, 12) for x in range(13, 157) for y in [_partner(x)] if y
    ),
    "hard-07": lambda: next(n for n in itertools.count() if math.prod(range(101, 201)) % 2 ** (n + 1)),
    "hard-08": _bisector_foot,
    "hard-09": _circumradius,
    "hard-10": _radical_solutions,
    "hard-11": _companion_trace,
    "hard-12": lambda: sum(n for n in range(1, 1000) if _is_square(n * n + 45)),
    "hard-13": _series,
    "hard-14": _paths,
    "hard-15": lambda: _trace_of_power([[1, 1], [4, 1]], 8),
    "hard-16": lambda: _covers(frozenset(), 10),
    "hard-17": lambda: where(lambda x: x != -3 and (x - 1) / (x + 3) <= 2),
    "hard-18": _largest_product,
    "hard-19": lambda: next(n for n in itertools.count(1) if len(_divisors(n)) == 20),
    "hard-20": _hexagon_triangle,
    "hard-21": lambda: sum(_first_return(a, b) == 12 for a in range(12) for b in range(6)),
    "hard-22": _rising_digits,
    "hard-23": _table_of_f,
    "hard-24": _mean_square_gap,
    "hard-25": lambda: sum(sum(powers) == 7 for powers in itertools.product(range(3), repeat=6)),
}


def _partner(x: int) -> int:
    """The whole number y with 1/x + 1/y = 1/12 found by search, 0 where there is none (y is at most 156)."""
    return next((y for y in range(13, 157) if 12 * (x + y) == x * y), 0)


CHECKS: dict[str, Callable[[], Answer]] = {**EASY, **MEDIUM, **HARD}
