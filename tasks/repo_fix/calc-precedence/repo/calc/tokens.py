"""Cutting a formula into tokens."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([a-z]+)|(.))")


class CalcError(ValueError):
    """A formula that cannot be computed; says where."""


@dataclass(frozen=True)
class Token:
    """`kind` is number, name or sign; `position` counts from 1."""

    kind: str
    text: str
    position: int


def tokens_of(formula):
    """The tokens of a formula."""
    found = []
    text = formula.rstrip()
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        kind = ("number", "name", "sign")[match.lastindex - 1]
        found.append(Token(kind, match[match.lastindex], match.start(match.lastindex) + 1))
        position = match.end()
    return found
