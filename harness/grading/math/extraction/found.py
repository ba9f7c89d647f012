"""An answer found in a text, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """The answer as written, the rule that found it, and the part of the text it was read from, [start, end)."""

    answer: str
    rule: str
    start: int
    end: int
