"""Durations in words."""

from __future__ import annotations


def duration_text(seconds: float) -> str:
    """`5 s`, `2 min 05 s`, `11 h 06 min`; below 0 counts as 0."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
