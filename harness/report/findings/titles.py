"""Title and meaning of each finding, the same in reports and comparisons."""

from __future__ import annotations

from collections.abc import Mapping

FINDING_TITLES: Mapping[str, tuple[str, str]] = {
    "valid_json": ("valid JSON", "answers with calls whose arguments are JSON objects"),
    "schema": ("fits schema", "answers with readable calls that fit the schemas of their tools"),
    "right_tool": ("right tool", "answers that call the tools that are needed, and no other"),
    "right_arguments": ("right arguments", "answers with the right tools whose arguments are accepted"),
    "stop_reason": ("stop reason", "answers whose finish reason says what they hold: tool calls or a text"),
}

LEFT_OUT_FIRST = frozenset({"schema"})
"""Of a table that is too wide for the terminal: what the other findings nearly say."""


def finding_rank(name: str) -> int:
    """The rank of the finding's column: 0 is never left out."""
    return int(name in LEFT_OUT_FIRST)
