"""What kind of evidence a figure is, live or SIMULATED, and how a made-up one is marked wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable

SIMULATED = "SIMULATED"
SIMULATED_MARK = "~"
SIMULATED_NOTE = f"{SIMULATED_MARK} marks a {SIMULATED} model: its answers, times and dollars come from the mock server"


def mode_of(simulated: Iterable[bool]) -> str:
    """Whether what is shown together is live, SIMULATED, or holds both; nothing is live."""
    made_up = set(simulated)
    if made_up == {True}:
        return SIMULATED
    return f"live and {SIMULATED}" if True in made_up else "live"


def mark_simulated(label: str, *, simulated: bool) -> str:
    """A model's name as tables show it."""
    return f"{SIMULATED_MARK} {label}" if simulated else label


def legend(simulated: Iterable[bool]) -> str:
    """What stands behind a table's title where any of its rows is made up, else nothing."""
    return f" · {SIMULATED_MARK} = {SIMULATED}" if any(simulated) else ""
