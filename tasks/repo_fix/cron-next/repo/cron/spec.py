"""Reading the five fields of a crontab line."""

from dataclasses import dataclass

BOUNDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}
NAMES = {
    "month": "jan feb mar apr may jun jul aug sep oct nov dec".split(),
    "weekday": "sun mon tue wed thu fri sat".split(),
}


class SpecError(ValueError):
    """A field that cannot be read."""


@dataclass(frozen=True)
class Spec:
    """The accepted values of each field; weekday 0 is Sunday."""

    minute: frozenset
    hour: frozenset
    day: frozenset
    month: frozenset
    weekday: frozenset


def _value(field, text):
    names = NAMES.get(field, [])
    if text.lower() in names:
        return names.index(text.lower()) + BOUNDS[field][0]
    if not text.isdigit():
        raise SpecError(f"{field}: {text!r}")
    return int(text)


def _part(field, text):
    """The values of one part of a list."""
    low, high = BOUNDS[field]
    if text == "*":
        return range(low, high + 1)
    if text.startswith("*/"):
        step = _value(field, text[2:])
        if step < 1:
            raise SpecError(f"{field}: {text!r}")
        return range(low, high + 1, step)
    first, dash, last = text.partition("-")
    start = _value(field, first)
    end = _value(field, last) if dash else start
    if not low <= start <= end <= high:
        raise SpecError(f"{field}: {text!r}")
    return range(start, end + 1)


def parse(text):
    """The fields of a line; raises SpecError."""
    words = text.split()
    if len(words) != len(BOUNDS):
        raise SpecError(f"{len(words)} fields, expected {len(BOUNDS)}")
    values = {}
    for field, word in zip(BOUNDS, words):
        values[field] = frozenset(value for part in word.split(",") for value in _part(field, part))
    return Spec(**values)
