"""Models as points of a plane: kind, family and effort, who is Pareto-optimal among them, and what marks cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from harness.core.labels import Effort, split_label
from harness.core.types import Origin
from harness.report.charts.axes import Axis
from harness.report.charts.figures import IMPORTED, LIVE, REPLAYED, Amount
from harness.report.charts.labels import Box
from harness.report.charts.theme import BLUE, ORANGE, PURPLE
from harness.report.render.mode import SIMULATED, mark_origin

KINDS = {
    LIVE: (BLUE, "circle"),
    SIMULATED: (ORANGE, "diamond"),
    IMPORTED: (PURPLE, "square"),
    REPLAYED: (BLUE, "triangle-up"),
}
"""Colour and shape of each kind of figure; points of those that are not measured are hollow."""
EFFORTS = list(Effort)
HEIGHT = 340


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One model in the plane, with its bounds. `said`: what it says when it is pointed at.

    `has_gpu_cost`: its dollars are of GPU time, not of tokens, and so join no frontier with those.
    """

    label: str
    kind: str
    x: Amount
    y: Amount
    said: str = ""
    has_gpu_cost: bool = False

    @property
    def name(self) -> str:
        return mark_origin(self.label, Origin(self.kind))

    @property
    def family(self) -> tuple[str, str]:
        """The model without its effort, and the kind of figure."""
        return _split(self.label)[0], self.kind

    @property
    def effort(self) -> int:
        """The place of its effort among all, -1 without one."""
        effort = _split(self.label)[1]
        return -1 if effort is None else EFFORTS.index(effort)


def _split(label: str) -> tuple[str, Effort | None]:
    """Model and effort; an imported model may have an @ of its own in its name."""
    try:
        return split_label(label)
    except ValueError:
        return label, None


def frontiers(points: Sequence[Point]) -> list[list[Point]]:
    """For each kind of figure, the models that no other of the same kind beats, by rising cost; two or more."""
    found = []
    for kind, is_gpu in product(KINDS, (False, True)):
        own = [one for one in points if (one.kind, one.has_gpu_cost) == (kind, is_gpu) and one.x.high is not None]
        front: list[Point] = []
        for one in sorted(own, key=lambda point: (point.x.estimate, -point.y.estimate)):
            if not front or one.y.estimate > front[-1].y.estimate:
                front.append(one)
        if len(front) > 1:
            found.append(front)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Two axes, and where a value stands in pixels from the plot's upper left corner."""

    x: Axis
    y: Axis
    width: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of a pair of values."""
        return self.width * self.x.at(x), HEIGHT * (1 - self.y.at(max(y, self.y.low)))


def bars_of(one: Point, plane: Plane) -> Iterator[Box]:
    """What a point and its bounds cover."""
    x, y = plane.place(one.x.estimate, one.y.estimate)
    left, _ = plane.place(one.x.low, one.y.estimate)
    right = plane.width if one.x.high is None else plane.place(one.x.high, one.y.estimate)[0]
    _, top = plane.place(one.x.estimate, one.y.estimate if one.y.high is None else one.y.high)
    _, bottom = plane.place(one.x.estimate, one.y.low)
    yield Box(x - 6, y - 6, x + 6, y + 6)
    yield Box(left, y - 2, right, y + 2)
    yield Box(x - 2, top, x + 2, bottom)


def steps_of(front: Sequence[Point], plane: Plane) -> Iterator[Box]:
    """What the line of a frontier covers."""
    for one, after in pairwise(plane.place(point.x.estimate, point.y.estimate) for point in front):
        yield Box(one[0], one[1] - 2, after[0], one[1] + 2)
        yield Box(after[0] - 2, min(one[1], after[1]), after[0] + 2, max(one[1], after[1]))
