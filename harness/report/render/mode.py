"""Where figures come from (live, SIMULATED, IMPORTED, REPLAYED) and how those that are not our measurements are marked.

The modes of claims are in claims.verdict, for there are more of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.core.types import Origin

SIMULATED = Origin.SIMULATED.value
MARKS = {Origin.SIMULATED: "~", Origin.IMPORTED: "^", Origin.REPLAYED: "="}
SIMULATED_MARK = MARKS[Origin.SIMULATED]
NOTES = {
    Origin.SIMULATED: "~ marks a SIMULATED model: its answers, times and dollars come from the mock server",
    Origin.IMPORTED: "^ marks an IMPORTED model: its answers were published by others, not made by this harness",
    Origin.REPLAYED: "= marks a REPLAYED model: its answers were recorded earlier and not asked for again",
}


def mode_of(origins: Iterable[Origin]) -> str:
    """The origins of what is shown together, in words; nothing is live."""
    found = set(origins) or {Origin.LIVE}
    return " and ".join(one.value for one in Origin if one in found)


def mark_origin(label: str, origin: Origin) -> str:
    """A model's name as tables show it."""
    return label if origin is Origin.LIVE else f"{MARKS[origin]} {label}"


def mark_simulated(label: str, *, simulated: bool) -> str:
    """The name of a model that a run is planned with; nothing imported is among them."""
    return mark_origin(label, Origin.SIMULATED if simulated else Origin.LIVE)


def legend(origins: Iterable[Origin]) -> str:
    """What stands behind a table's title where any of its rows is marked, else nothing."""
    found = set(origins)
    return "".join(f" · {mark} = {one.value}" for one, mark in MARKS.items() if one in found)


def origin_notes(origins: Iterable[Origin]) -> Iterator[str]:
    """A sentence for each mark that stands in a table."""
    found = set(origins)
    return (note for one, note in NOTES.items() if one in found)
