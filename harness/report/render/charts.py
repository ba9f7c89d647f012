"""The Pareto chart: accuracy with its interval against dollars for one answer, as inline SVG.

Covers one chart that needs no script and no font of its own and takes its colour from the page, so that it can be read
on light and dark ground. Made-up (SIMULATED) points are hollow and the legend says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from harness.report.render.mode import mark_simulated
from harness.report.render.number_format import percent
from harness.stats.intervals import ConfidenceInterval

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 20, 62
FREE_AT = 26
"""Pixels right of the axis where points of $0 stand: a log scale has no 0."""
LABEL_GAP = 14
CHARACTER = 6.6
CLUSTER = 36
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One model: accuracy with bounds in 0..1, dollars for one answer (0 or more)."""

    label: str
    accuracy: ConfidenceInterval
    usd: float
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Dollars to pixels, on a log scale from `low` to `high`, and accuracies from `floor` to 1.

    `has_free`: some point is at $0, left of the break.
    """

    low: float
    high: float
    has_free: bool
    floor: float

    def height(self, share: float) -> float:
        """The y of an accuracy."""
        return TOP + (1 - share) / (1 - self.floor) * (HEIGHT - TOP - BOTTOM)

    def at(self, usd: float) -> float:
        """The x of an amount."""
        if usd <= 0:
            return LEFT + FREE_AT
        start = LEFT + (3 * FREE_AT if self.has_free else 0)
        share = math.log(usd / self.low) / math.log(self.high / self.low)
        return start + share * (WIDTH - RIGHT - start)


def pareto_chart(points: Sequence[Point]) -> str:
    """The SVG element; empty without any point. A step line joins the models that no other dominates."""
    if not points:
        return ""
    paid = [point.usd for point in points if point.usd > 0]
    low, high = (min(paid) / 1.6, max(paid) * 1.6) if paid else (0.001, 0.01)
    floor = 0.5 if min(point.accuracy.low for point in points) > 0.5 else 0.0
    scale = _Scale(low=low, high=high, has_free=len(paid) < len(points), floor=floor)
    return "\n".join(
        [
            f'<svg class="pareto" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="system-ui, sans-serif" '
            'font-size="12" fill="currentColor" stroke="none">',
            "<title>Accuracy against dollars per answer</title>",
            *_axes(scale, has_paid=bool(paid)),
            _front_line(points, scale),
            *(_marker(point, scale) for point in points),
            *_labels(points, scale),
            *_legend(points),
            "</svg>",
        ]
    )


def _axes(scale: _Scale, *, has_paid: bool) -> Iterator[str]:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    for whole in range(round(100 * scale.floor), 101, 10 if scale.floor else 20):
        y = scale.height(whole / 100)
        yield f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" stroke-opacity="0.15"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{whole}%</text>'
    for usd in _ticks(scale) if has_paid else []:
        x = scale.at(usd)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{floor}" stroke="currentColor" stroke-opacity="0.08"/>'
        yield f'<text x="{x:.1f}" y="{floor + 16}" text-anchor="middle">${_usd(usd)}</text>'
    if scale.has_free:
        yield f'<text x="{LEFT + FREE_AT}" y="{floor + 16}" text-anchor="middle">$0</text>'
        edge = LEFT + 2 * FREE_AT
        yield (
            f'<line x1="{edge}" x2="{edge}" y1="{TOP}" y2="{floor}" stroke="currentColor" stroke-opacity="0.5" '
            'stroke-dasharray="2 4"/>'
        )
    yield (
        f'<path d="M{LEFT} {TOP}V{floor}H{right}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>'
        f'<text x="{(LEFT + right) / 2:.0f}" y="{floor + 34}" text-anchor="middle">dollars per answer, log scale</text>'
        f'<text transform="translate(16 {(TOP + floor) / 2:.0f}) rotate(-90)" text-anchor="middle">'
        "accuracy, 95% interval</text>"
    )


def _ticks(scale: _Scale) -> list[float]:
    """Round dollars inside the scale; only powers of ten where all of 1, 2, 5 would crowd."""
    powers = range(math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high)) + 1)
    inside = [step * 10.0**power for power in powers for step in STEPS if scale.low <= step * 10.0**power <= scale.high]
    tens = [usd for usd in inside if math.isclose(math.log10(usd), round(math.log10(usd)), abs_tol=1e-9)]
    return inside if len(inside) <= 7 else tens


def _front_line(points: Sequence[Point], scale: _Scale) -> str:
    """Steps from each model no other dominates to the next more expensive one."""
    front: list[Point] = []
    for point in sorted(points, key=lambda one: (one.usd, -one.accuracy.estimate)):
        if not front or point.accuracy.estimate > front[-1].accuracy.estimate:
            front.append(point)
    if len(front) < 2:
        return ""
    path = f"M{scale.at(front[0].usd):.1f} {scale.height(front[0].accuracy.estimate):.1f}"
    path += "".join(f"H{scale.at(one.usd):.1f}V{scale.height(one.accuracy.estimate):.1f}" for one in front[1:])
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.45" stroke-dasharray="5 4"/>'


def _marker(point: Point, scale: _Scale) -> str:
    x, y = scale.at(point.usd), scale.height(point.accuracy.estimate)
    high, low = scale.height(point.accuracy.high), scale.height(point.accuracy.low)
    filling = 'fill="none" stroke="#d97706"' if point.simulated else 'fill="#2f7fd6" stroke="#2f7fd6"'
    colour = "#d97706" if point.simulated else "#2f7fd6"
    bounds = f"{percent(point.accuracy.low)} to {percent(point.accuracy.high)}%"
    return (
        f"<g><title>{escape(_name(point))}: {percent(point.accuracy.estimate)} % ({bounds}), "
        f"${_usd(point.usd)} per answer</title>"
        f'<path d="M{x:.1f} {high:.1f}V{low:.1f}M{x - 4:.1f} {high:.1f}h8M{x - 4:.1f} {low:.1f}h8" fill="none" '
        f'stroke="{colour}" stroke-width="1.3"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" {filling} stroke-width="2"/></g>'
    )


def _labels(points: Sequence[Point], scale: _Scale) -> Iterator[str]:
    """Names beside the points: right of a cluster, left where the right edge is near, lower where names would meet."""
    taken: list[tuple[float, float, float]] = []
    for point in sorted(points, key=lambda one: -one.accuracy.estimate):
        y, length = scale.height(point.accuracy.estimate) - 6, CHARACTER * len(_name(point))
        start = _right_of_cluster(point, points, scale) + 10
        if start + length > WIDTH:
            start = scale.at(point.usd) - 10 - length
        end = start + length
        while any(abs(y - other) < LABEL_GAP and start < right and left < end for left, right, other in taken):
            y += LABEL_GAP
        taken.append((start, end, y))
        yield f'<text x="{start:.1f}" y="{y:.1f}">{escape(_name(point))}</text>'


def _right_of_cluster(point: Point, points: Sequence[Point], scale: _Scale) -> float:
    """The x of the last of the points that follow one another closely from this one on, at about its height."""
    x = scale.at(point.usd)
    for other in sorted(points, key=lambda one: one.usd):
        is_level = other.accuracy.low <= point.accuracy.estimate <= other.accuracy.high
        if is_level and x < scale.at(other.usd) < x + CLUSTER:
            x = scale.at(other.usd)
    return x


def _legend(points: Sequence[Point]) -> Iterator[str]:
    y = HEIGHT - 10
    entries = []
    if any(not point.simulated for point in points):
        entries.append(('fill="#2f7fd6" stroke="#2f7fd6"', "measured"))
    if any(point.simulated for point in points):
        entries.append(('fill="none" stroke="#d97706"', "SIMULATED by the mock server, not measured"))
    x = LEFT
    for filling, words in entries:
        yield f'<circle cx="{x + 6}" cy="{y - 4}" r="5" {filling} stroke-width="2"/>'
        yield f'<text x="{x + 18}" y="{y}">{words}</text>'
        x += 44 + round(CHARACTER * len(words))
    yield f'<text x="{x}" y="{y}" fill-opacity="0.75">- - Pareto frontier</text>'


def _name(point: Point) -> str:
    return mark_simulated(point.label, simulated=point.simulated)


def _usd(usd: float) -> str:
    """Two significant digits, never in scientific notation, without zeros at the end."""
    text = f"{Decimal(f'{usd:.1e}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
