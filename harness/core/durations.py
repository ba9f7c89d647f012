"""Durations in words."""

from __future__ import annotations


def duration_text(seconds: float) -> str:
    """`5 s`, `2 min 05 s`, `11 h 06 min`; below 0 counts as 0."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def age_text(seconds: float) -> str:
    """An age in its largest unit, rounded down: `40 s`, `5 min`, `3 h`, `12 d`; from two of the next unit on."""
    whole = max(0, int(seconds))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if whole >= 2 * size:
            return f"{whole // size} {unit}"
    return f"{whole} s"
