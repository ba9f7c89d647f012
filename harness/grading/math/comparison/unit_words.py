"""Whether two units name different things: apples and oranges, square and cubic units, metres and days."""

from __future__ import annotations

import re

from harness.grading.math.parsing.chinese import is_counter
from harness.grading.math.parsing.unit_table import Unit

_GENERIC = frozenset((
    "way", "arrangement", "permutation", "combination", "choice", "possibility", "option", "outcome", "case", "person",
    "people", "student", "unit", "square", "sq", "cubic", "item", "object", "thing", "element", "total", "number",
    "solution", "value", "method", "different", "distinct", "time", "piece", "member",
    "worker", "player", "individual", "of", "in", "the",
))  # fmt: skip
"""Words for what is counted that another word may stand for: `12 ways` and `12 arrangements`."""


def are_different_quantities(one: Unit, other: Unit) -> bool:
    """Whether two units, at most one of them a unit of measure, name two things: apples and oranges.

    Not ways and arrangements: general words stand for one another, and so do words that share one or shorten it.
    """
    if _unit_power(one.name) != _unit_power(other.name) and _UNITS.search(one.name) and _UNITS.search(other.name):
        return True
    if one.dimension is not None and other.dimension is not None:
        return False
    if not one.name.isascii() or not other.name.isascii():
        return not one.name.isascii() and not other.name.isascii() and _are_different_in_chinese(one, other)
    words, others = _stems(one.name), _stems(other.name)
    if not words or not others or (words | others) & _GENERIC or words & others:
        return False
    if (one.dimension is None) != (other.dimension is None) and max(len(words), len(others)) > 2:
        return False  # a remark behind the value
    return not any(_abbreviates(a, b) or _abbreviates(b, a) for a in words for b in others)


_UNITS = re.compile(r"\bunits?\b")


def _unit_power(name: str) -> int:
    """The power in a unit of length, area or volume that is called a unit only: 2 for `square units`."""
    if re.search(r"\b(?:square|sq)\b|\^\s*\{?2", name):
        return 2
    return 3 if re.search(r"\b(?:cubic|cu)\b|\^\s*\{?3", name) else 1


def _are_different_in_chinese(one: Unit, other: Unit) -> bool:
    """Two nouns, or a unit of measure and another word; of two counting words neither says what is counted."""
    a, b = (_without_counter(unit.name) for unit in (one, other))
    if a in b or b in a or is_counter(a) or is_counter(b):
        return False
    return one.dimension is not None or other.dimension is not None or min(len(a), len(b)) > 1


def _without_counter(name: str) -> str:
    return name[1:] if len(name) > 1 and is_counter(name[0]) else name


def _stems(words: str) -> frozenset[str]:
    """The words in the singular."""
    return frozenset(
        re.sub(r"ies$", "y", re.sub(r"(?<=[a-rt-z])s$", "", word)) for word in re.findall("[a-z]+", words.lower())
    )


def _abbreviates(short: str, word: str) -> bool:
    """`stud` and `student`: the first letters of the word, at least three."""
    return 3 <= len(short) < len(word) and word.startswith(short)
