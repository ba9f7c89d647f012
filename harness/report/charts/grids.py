"""Charts of cells: accuracy by difficulty, and how often two models agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from harness.report.charts.draw import Spec
from harness.report.charts.figures import ModelFigures, TaskFigures
from harness.report.charts.names import full_name, numbered, row_names, row_width
from harness.report.charts.theme import CELL_DARK, CELL_LIGHT, NARROW, Size, themed

BANDS = 5
CELL, WIDEST_CELL = 30, 90


def difficulty_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Accuracy by difficulty: the task's own levels, else fifths of the samples by how many models solved them."""
    models = [one for one in figures.models if one.by_sample]
    bands = _levels(figures) or _fifths(models)
    if not models or len(bands) < 2:
        return None
    names = row_names(models, size)
    cells = []
    for one in models:
        for band, samples in bands.items():
            own = [one.by_sample[sample] for sample in samples if sample in one.by_sample]
            if own:
                cells.append(_cell(names[one.label], band, sum(own) / len(own), f"{len(own)} samples"))
    subtitle = [] if figures.levels else ["fifths of the samples,", "by how many of these models solved them"]
    grid = Grid(cells=cells, rows=list(names.values()), columns=list(bands))
    return grid.spec(size, title="Accuracy by difficulty", subtitle=subtitle)


def agreement_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """The share of shared samples on which two models are both correct or both incorrect."""
    models = [one for one in figures.models if one.by_sample]
    if len(models) < 2:
        return None
    numbers = [str(place) for place in range(1, len(models) + 1)]
    # Of several repeats the majority: a sample counts as solved from half of them on.
    solved = [{key for key, share in one.by_sample.items() if share >= 0.5} for one in models]
    cells = []
    for row, column in permutations(range(len(models)), 2):
        shared = models[row].by_sample.keys() & models[column].by_sample.keys()
        if shared:
            same = 1 - len((solved[row] ^ solved[column]) & shared) / len(shared)
            cells.append(_cell(numbers[row], numbers[column], same, f"{len(shared)} samples"))
    note = [
        "share of samples on which both are",
        "correct or both are not",
        *numbered(list(map(full_name, models)), size, less=60),
    ]
    grid = Grid(cells=cells, rows=numbers, columns=numbers)
    return grid.spec(replace(size, labels=20), title="Agreement between models", subtitle=note)


def _levels(figures: TaskFigures) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for sample, level in figures.levels.items():
        found[level].append(sample)
    order = {"easy": 0, "medium": 1, "hard": 2}
    return {level: found[level] for level in sorted(found, key=lambda one: (order.get(one.lower(), 9), one))}


def _fifths(models: Sequence[ModelFigures]) -> dict[str, list[str]]:
    shares: dict[str, list[float]] = defaultdict(list)
    for one in models:
        for sample, share in one.by_sample.items():
            shares[sample].append(share)
    ordered = sorted(shares, key=lambda sample: (-sum(shares[sample]) / len(shares[sample]), sample))
    if len(ordered) < 2 * BANDS:
        return {}
    words = ["easiest", "2", "3", "4", "hardest"]
    edges = [round(len(ordered) * place / BANDS) for place in range(BANDS + 1)]
    return {word: ordered[edges[place] : edges[place + 1]] for place, word in enumerate(words)}


def _cell(row: str, column: str, share: float, samples: str) -> Spec:
    return {
        "row": row,
        "column": column,
        "share": share,
        "text": f"{100 * share:.0f}",
        "said": f"{row}, {column}: {100 * share:.0f}% of {samples}",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Coloured cells with a number in each; rows and columns in their order."""

    cells: Sequence[Spec]
    rows: Sequence[str]
    columns: Sequence[str]

    def spec(self, size: Size, *, title: str, subtitle: Sequence[str]) -> Spec:
        """As a chart; columns share the width."""
        ink = {"condition": {"test": "datum.share < 0.55", "value": CELL_LIGHT}, "value": CELL_DARK}
        layers = [
            {"mark": {"type": "rect", "aria": True}, "encoding": {"color": _COLOUR, "description": {"field": "said"}}},
            {"mark": {"type": "text", "aria": False}, "encoding": {"text": {"field": "text"}, "color": ink}},
        ]
        spec = {
            "data": {"values": list(self.cells)},
            "width": {"step": min(size.plot / max(len(self.columns), 1), WIDEST_CELL)},
            "height": {"step": CELL},
            "encoding": {"x": self._x(size), "y": self._y(size)},
            "layer": layers,
        }
        return themed(spec, title=f"{title}, %", subtitle=list(subtitle), longest=row_width(self.rows, size))

    def _x(self, size: Size) -> Spec:
        axis = {"title": None, "orient": "top", "labelAngle": 0, "ticks": False, "domain": False}
        axis["labelOverlap"] = size.name == NARROW.name
        return {"field": "column", "type": "nominal", "sort": list(self.columns), "axis": axis}

    def _y(self, size: Size) -> Spec:
        axis = {"title": None, "labelLimit": 1.2 * size.labels, "ticks": False, "domain": False}
        return {"field": "row", "type": "nominal", "sort": list(self.rows), "axis": axis}


_COLOUR: Spec = {
    "field": "share",
    "type": "quantitative",
    "scale": {"domain": [0, 1], "scheme": "cividis"},
    "legend": None,
}
