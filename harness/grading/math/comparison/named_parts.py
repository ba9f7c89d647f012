"""Answers of several parts that each carry a name: `x=1, y=2`, `(x,y) = (1,2)`, `x = y = 1`, `P(1,2), Q(3,4)`.

Gives the parts by name, and the order in which a tuple without names holds them.
"""

from __future__ import annotations

import re

from harness.grading.math.comparison.named_values import distinct_names, value_of
from harness.grading.math.expression.tree import symbols
from harness.grading.math.parsing.answer_types import (
    AnswerList,
    Formula,
    MatrixAnswer,
    ParsedAnswer,
    Relation,
)
from harness.grading.math.parsing.groups import split_top

_RUNS = frozenset(("xy", "xyz", "wxyz", "ab", "abc", "abcd", "mn", "pq", "pqr", "rs", "rst", "uv", "uvw"))
"""Names that by convention stand in this order, so that `(1, 2)` is x = 1, y = 2 without its saying so."""


def named_parts(parsed: ParsedAnswer) -> dict[str, ParsedAnswer] | None:
    """The parts by name, at least two; None where a part has no name or two parts the same."""
    match parsed:
        case Relation():
            return _of_tuple(parsed) or _of_chain(parsed)
        case AnswerList() if parsed.opening in ("", "("):
            return _of_items(list(parsed.items))
        case MatrixAnswer() if parsed.environment == "cases" and all(len(row) == 1 for row in parsed.rows):
            return _of_items([row[0] for row in parsed.rows])
        case _:
            return None


def _of_items(items: list[ParsedAnswer]) -> dict[str, ParsedAnswer] | None:
    names = distinct_names(items)
    if names is None or len(items) < 2:
        return None
    return {name: value_of(item) for name, item in zip(names, items, strict=True)}


def _of_tuple(relation: Relation) -> dict[str, ParsedAnswer] | None:
    """`(x, y) = (1, 2)`, by the letters on the left."""
    if relation.signs != ("=",):
        return None
    left, right = relation.sides
    if not isinstance(left, AnswerList) or not isinstance(right, AnswerList) or left.opening != "(":
        return None
    names = [item.node.name for item in left.items if isinstance(item, Formula) and item.node.op == "sym"]
    if not len(set(names)) == len(left.items) == len(right.items) >= 2 or right.opening not in ("(", ""):
        return None
    return dict(zip(names, right.items, strict=True))


def _of_chain(relation: Relation) -> dict[str, ParsedAnswer] | None:
    """`x = y = 1`: every name has the value; not `A = bh = 12`, which works out one."""
    if len(relation.sides) < 3 or set(relation.signs) != {"="}:
        return None
    *names, value = relation.sides
    if not isinstance(value, Formula) or symbols(value.node):
        return None
    texts = [re.sub(r"\s+", "", text) for text in relation.texts[:-1]]
    is_letters = all(isinstance(name, Formula) and name.node.op == "sym" for name in names)
    is_segments = all(re.fullmatch(r"[A-Z]{2}", text) for text in texts)
    if not (is_letters or is_segments) or len(set(texts)) < len(texts):
        return None
    return dict.fromkeys(texts, value)


def orders(parts: dict[str, ParsedAnswer], *, is_bare: bool) -> list[list[ParsedAnswer]]:
    """The orders in which values without names may stand: as given, by the alphabet; `is_bare`: without brackets.

    In brackets the letters of a run such as x, y, z stand in their order, whatever the order they are solved in.
    """
    given, alphabetical = list(parts.values()), [parts[name] for name in sorted(parts)]
    if any(len(name) > 1 for name in parts):
        return [given]
    return [alphabetical] if "".join(sorted(parts)) in _RUNS and not is_bare else [given, alphabetical]


_LABELLED = re.compile(
    r"^\s*(?:\\text\s*\{\s*(?P<words>[A-Za-z][A-Za-z ]*?)\s*[:=]\s*\}|\(?(?P<letter>[A-Z])\)"
    r"|(?P<name>[A-Za-z][A-Za-z ]*?)\s*[:.](?=\s))"
    r"\s*(?P<value>\S.*)$",
    re.DOTALL,
)
_POINT = re.compile(r"^\s*(?P<name>[A-Z](?:_\w|')?)\s*(?P<value>\(.*,.*\))\s*$", re.DOTALL)
_COUNTED = re.compile(
    r"^\s*(?P<value>-?\d[\d,.]*)\s*(?:\\text\s*\{\s*(?P<marked>[A-Za-z][A-Za-z ]*?)\s*\}|\s(?P<thing>[A-Za-z]{3,}))\s*$"
)
_BETWEEN = re.compile(r"[,;，]|(?<![a-zA-Z\\])and(?![a-zA-Z])|\\text\s*\{\s*,?\s*and\s*\}")


def labelled(text: str) -> dict[str, str] | None:
    """The parts of `P(1,2), Q(3,4)`, `A: 3, B: 4`, `20 hens and 15 cows` by label; None where one has none."""
    if not _BETWEEN.search(text):
        return None
    found: dict[str, str] = {}
    parts, _ = split_top(re.sub(r"\\text\s*\{(\s*and )([A-Za-z ]+)\}", r" and \\text{\2}", text), _BETWEEN)
    for part in (part for part in parts if part.strip()):
        match = _POINT.match(part) or _COUNTED.match(part) or _LABELLED.match(part)
        if match is None:
            return None
        label = next(said for name, said in match.groupdict().items() if name != "value" and said)
        if label in found:
            return None
        found[label] = match["value"]
    return found if len(found) > 1 else None
