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
