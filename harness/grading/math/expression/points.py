"""Points at which formulas are compared, the same on every machine.

Formulas may agree near zero and differ far away, or at one number in a thousand: the points lie around the numbers that
the formulas hold, at perfect powers and their neighbours, and at small and large numbers of both parities.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

from harness.grading.math.expression.exact import exact
from harness.grading.math.expression.tree import ExprNode, names_of

_SPREAD = (
    0.7310585786, 1.9053715, 0.2689414214, 2.6411206, 0.5106772, 3.3498941, 1.1752012, 0.8427008, 2.2360680, 0.3819660,
)  # fmt: skip
# Numerators of points that are no simple fractions: at those, formulas that differ may meet by chance.
_PRIMES = (10007, 10039, 10069, 10093, 10133, 10151, 10169, 10193, 10223, 10247, 10267, 10289, 10313, 10333)
_MAX_CONSTANTS = 12
"""The largest are kept: all pairs of them are multiplied."""
_MAX_BITS = 1024
"""Larger constants of a formula are no points to try: the 60th power of one would pass exact.MAX_BITS."""
_MAX_JOINT_POINTS = 300
"""Of formulas in several variables, for each of the two ways to choose points."""
_LARGE = (1_009, 12_346, 99_991, 1_000_003, 6_227_020_801, 10**12 + 39, 10**12 + 40, 2**41 - 1, 3**25 + 1)
"""Far beyond the small values that a wrong closed form may be fitted to: primes, 13! + 1, neighbours of powers, both
parities."""


@lru_cache(maxsize=1024)
def sample_points(names: frozenset[str]) -> tuple[dict[str, float], ...]:
    """Floats spread over positive, mixed and negative values."""
    points = []
    for row in range(12):
        point = {}
        for column, name in enumerate(sorted(names)):
            size = _SPREAD[(row * 3 + column * 7) % 10] + 0.0137 * row + 0.0713 * column
            # Six points are all positive: with roots and logarithms a formula may have values only there.
            is_negative = row >= 6 and (row + column) % 2 == 0
            point[name] = -size if is_negative else size
        points.append(point)
    return tuple(points)


def rational_points(names: frozenset[str]) -> Iterator[dict[str, Fraction]]:
    """Large primes over small ones, of both signs: different rational functions rarely agree there."""
    for row in range(3):
        point = {}
        for column, name in enumerate(sorted(names)):
            sign = -1 if (row + column) % 2 else 1
            point[name] = Fraction(sign * (_PRIMES[(5 * row + column) % 14] + column * 20), 13 + 4 * row)
        yield point


def telling_points(
    names: frozenset[str], whole: frozenset[str], constants: Sequence[Fraction]
) -> Iterator[dict[str, Fraction]]:
    """Exact points for functions in pieces: positive whole numbers for the names in `whole`, fractions for others.

    `constants`: the numbers in the formulas, near which functions in pieces change.
    """
    ordered = sorted(names)
    values = {name: _whole_values(constants) if name in whole else _real_values(constants) for name in ordered}
    if len(ordered) == 1:
        yield from ({ordered[0]: value} for value in values[ordered[0]])
        return
    small = {name: tuple(map(Fraction, range(1, 7))) if name in whole else _SMALL for name in ordered}
    corners = itertools.product(*(small[name] for name in ordered))
    for corner in itertools.islice(corners, _MAX_JOINT_POINTS):
        yield dict(zip(ordered, corner, strict=True))
    for row in range(_MAX_JOINT_POINTS):
        # steps without a common divisor walk through all combinations of the lists
        yield {
            name: values[name][(row * (2 * column + 1) + row // 7 * column) % len(values[name])]
            for column, name in enumerate(ordered)
        }


_SMALL = tuple(Fraction(value) for value in (-3, Fraction(-5, 2), -1, Fraction(-1, 3), 0, Fraction(1, 2), 1, 2, 7))


def constants_of(*nodes: ExprNode) -> tuple[Fraction, ...]:
    """The numbers in the formulas, without sign, the largest last; at most twelve."""
    found: dict[Fraction, None] = {}
    stack = list(nodes)
    while stack and len(found) < 4 * _MAX_CONSTANTS:
        node = stack.pop()
        constant = exact(node) if not names_of(node) else None  # 10^20 is one number, not 10 and 20 alone
        if constant is not None and max(constant.numerator.bit_length(), constant.denominator.bit_length()) < _MAX_BITS:
            for value in (abs(constant), Fraction(constant.denominator)):
                found[value] = None
        stack.extend(node.args)
    return tuple(sorted(found))[-_MAX_CONSTANTS:]


@lru_cache(maxsize=256)
def _whole_values(constants: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Positive whole numbers: around the constants and their products, around perfect powers, and large ones."""
    whole = [int(value) for value in constants if value > 1]
    centres = [*whole, *(a * b for a, b in itertools.combinations_with_replacement(whole, 2))]
    centres += [base**power for base in (2, 3, 5, 10, *whole[:4]) for power in range(2, 13)]
    centres += [root * root for root in range(2, 33)] + [root**3 for root in range(2, 13)]
    near = {centre + step for centre in centres for step in (-2, -1, 0, 1, 2) if 0 < centre + step < 10**13}
    near |= {centre + step for centre in whole for step in (-2, -1, 0, 1, 2) if centre + step > 0}
    ordered = [*sorted(near), *range(1, 65), *_LARGE]
    return tuple(map(Fraction, dict.fromkeys(ordered)))


@lru_cache(maxsize=256)
def _real_values(constants: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Fractions of both signs: around the constants, their sums and products, small, and far away."""
    own = [value for value in constants if value]
    centres = [Fraction(0), *own, *(a * b for a, b in itertools.combinations(own, 2)), *(1 / value for value in own)]
    centres += [a + b for a, b in itertools.combinations(own, 2)]
    steps = [Fraction(0), *(Fraction(n, d) for n, d in ((1, 97), (1, 3), (1, 2), (1, 1), (9, 7), (2, 1), (31, 5)))]
    # Steps of 1/97 look right beside a bound, steps of 31/5 beyond the next one.
    near = [sign * (centre + s * step) for centre in centres for step in steps for sign in (1, -1) for s in (1, -1)]
    far = [sign * value for value in (37, Fraction(1009, 2), 54_321, 10**6 + Fraction(1, 7), 10**9) for sign in (1, -1)]
    return tuple(dict.fromkeys([*near, *map(Fraction, far), *_SMALL]))
