"""What a row is called beside others: its model, with agent and day where those are needed to tell two rows apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from harness.importers.results import BoardRow


def row_names(rows: Sequence[BoardRow]) -> Mapping[str, str]:
    """By the id of each row of one benchmark, the shortest name that no other row has; the id where all are shared."""
    names = {row.id: _names(row) for row in rows}
    shared = Counter(name for own in names.values() for name in set(own))
    return {row: next((name for name in own if shared[name] == 1), row) for row, own in names.items()}


def _names(row: BoardRow) -> tuple[str, ...]:
    """From short to long."""
    parts = row.model_and_agent or (row.model,)
    day = row.days[0].isoformat() if row.days else None
    return (parts[0], ", ".join(parts), ", ".join((*parts, day)) if day else row.id)
