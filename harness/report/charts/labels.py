"""Where the names of points go in a chart: beside their point, over no other name, point or bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 15
GAP = 9
STEPS = 14
"""Rings of places around a point that are tried, 8 pixels apart."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """The area both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)


@dataclass(frozen=True, slots=True)
class Placed:
    """The left end of a name and the middle of its height; `is_far`: a line should lead to its point."""

    x: float
    y: float
    is_far: bool


def place_labels(
    points: Sequence[tuple[float, float]], widths: Sequence[float], marks: Sequence[Box], *, area: Box
) -> list[Placed]:
    """A place for each point's name inside the area; names never overlap while there is room for all.

    `marks` are covered only where there is no other way.
    """
    taken: list[Box] = []
    found: dict[int, Placed] = {}
    for place in sorted(range(len(points)), key=lambda one: points[one][1]):
        x, y = points[place]
        boxes = [box for box in _candidates(x, y, widths[place]) if _inside(box, area)] or [
            _clamped(x, y, widths[place], area)
        ]
        best = min(
            enumerate(boxes),
            key=lambda one: (sum(map(one[1].overlap, taken)), sum(map(one[1].overlap, marks)) > 2, one[0]),
        )[1]
        taken.append(best)
        middle = (best.top + best.bottom) / 2
        found[place] = Placed(best.left, middle, is_far=_distance(best, x, y) > 2.5 * GAP)
    return [found[place] for place in range(len(points))]


def _candidates(x: float, y: float, width: float) -> list[Box]:
    boxes = []
    for ring in range(STEPS):
        far = 8 * ring
        for dx, dy in (
            (GAP + far, 0.0),
            (-GAP - far - width, 0.0),
            (GAP, -GAP - far),
            (GAP, GAP + far),
            (-GAP - width, -GAP - far),
            (-GAP - width, GAP + far),
            (-width / 2, -GAP - HEIGHT / 2 - far),
            (-width / 2, GAP + HEIGHT / 2 + far),
        ):
            boxes.append(Box(x + dx, y + dy - HEIGHT / 2, x + dx + width, y + dy + HEIGHT / 2))
    return boxes


def _inside(box: Box, area: Box) -> bool:
    return box.left >= area.left and box.right <= area.right and box.top >= area.top and box.bottom <= area.bottom


def _clamped(x: float, y: float, width: float, area: Box) -> Box:
    left = max(area.left, min(x, area.right - width))
    return Box(left, y - HEIGHT / 2, left + width, y + HEIGHT / 2)


def _distance(box: Box, x: float, y: float) -> float:
    dx = max(box.left - x, 0.0, x - box.right)
    dy = max(box.top - y, 0.0, y - box.bottom)
    return float((dx * dx + dy * dy) ** 0.5)
