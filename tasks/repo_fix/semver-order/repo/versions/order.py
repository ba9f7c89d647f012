"""Ordering versions."""

from versions.version import parse


def sort(texts):
    """The texts, the lowest version first."""
    return sorted(texts, key=parse)


def newest(texts, *, pre_releases=True):
    """The highest version of some texts; None for none."""
    found = [text for text in texts if pre_releases or not parse(text).pre]
    return max(found, key=parse, default=None)
