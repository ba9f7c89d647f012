"""Whether a version is in a range: `^1.2.3`, `~1.2.3`, `>=1.0.0 <2.0.0`, `1.2.3`."""

from versions.version import Version, parse

_COMPARISONS = {
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    "": lambda one, other: one == other,
}


def _part(version, text):
    if text[0] == "^":
        low = parse(text[1:])
        return low <= version < Version(low.major + 1, 0, 0)
    if text[0] == "~":
        low = parse(text[1:])
        return low <= version < Version(low.major, low.minor + 1, 0)
    sign = next(sign for sign in _COMPARISONS if text.startswith(sign))
    return _COMPARISONS[sign](version, parse(text[len(sign) :]))


def satisfies(version, text):
    """Whether all parts of a range hold."""
    found = parse(version)
    return all(_part(found, part) for part in text.split())
