"""Settings as lines `a.b.c = value`."""

import json


def parse_value(text):
    """A JSON value, `~` for nothing, anything else as text."""
    if text == "~":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse(text):
    """Nested settings of a text."""
    settings = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        path, sign, value = line.partition("=")
        if not sign:
            raise ValueError(f"line {number}: expected `name = value`")
        *outer, last = path.strip().split(".")
        place = settings
        for name in outer:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise ValueError(f"line {number}: {name} is a value already")
        place[last] = parse_value(value.strip())
    return settings
