"""Names of models as charts show them: shortened in the middle, for their ends (size, effort, date) tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.core.labels import cut_middle
from harness.core.types import Origin
from harness.report.charts.figures import ModelFigures
from harness.report.charts.theme import CHARACTER, Size
from harness.report.render.mode import mark_origin

ROW_CHARACTER = 6.4
"""Mean width of a character of a row's name, in pixels at 12 px; names are given a sixth more room (`theme.WIDER`)."""


def full_name(one: ModelFigures) -> str:
    """The label with the mark of its origin."""
    return mark_origin(one.label, Origin(one.kind))


def row_names(models: Iterable[ModelFigures], size: Size) -> dict[str, str]:
    """By label the name left of a chart."""
    shown = list(models)
    return dict(zip((one.label for one in shown), shortened(map(full_name, shown), row_limit(size)), strict=True))


def row_limit(size: Size) -> int:
    """Characters of a name left of a chart."""
    return int(size.labels / ROW_CHARACTER)


def line_limit(size: Size, *, less: float = 0) -> int:
    """Characters of a line across a chart; `less`: pixels that something else takes."""
    return int((size.width - less) / CHARACTER)


def row_width(names: Iterable[str], size: Size) -> int:
    """Pixels that the longest name takes left of a chart."""
    return min(size.labels, round(ROW_CHARACTER * max(map(len, names), default=0)))


def shortened(names: Iterable[str], limit: int) -> list[str]:
    """The names with at most so many characters, still different from one another: long ones lose their middle."""
    given = list(names)
    short = [cut_middle(name, limit) for name in given]
    counts = Counter(short)
    numbers = len(str(len(given))) + 1
    return [
        f"{place} {cut_middle(name, limit - numbers)}" if counts[own] > 1 else own
        for place, (name, own) in enumerate(zip(given, short, strict=True), start=1)
    ]


def numbered(names: Sequence[str], size: Size, *, less: float = 0) -> list[str]:
    """Lines `1  name` of a key above a chart that is `less` pixels narrower than its size."""
    limit = line_limit(size, less=less) - 4
    return [f"{number}  {name}" for number, name in enumerate(shortened(names, limit), start=1)]
