"""Cutting a template into pieces."""

import re
from dataclasses import dataclass

_PIECE = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)


class TemplateError(ValueError):
    """A template that cannot be rendered; says in which line."""


@dataclass(frozen=True)
class Piece:
    """`kind` is text, value or tag."""

    kind: str
    text: str
    line: int


def pieces_of(template):
    """The pieces of a template in their order."""
    found, position, line = [], 0, 1
    for match in _PIECE.finditer(template):
        text = template[position : match.start()]
        if text:
            found.append(Piece("text", text, line))
        line += text.count("\n")
        kind = "value" if match[1] is not None else "tag"
        found.append(Piece(kind, (match[1] if kind == "value" else match[2]).strip(), line))
        line += match[0].count("\n")
        position = match.end()
    if position < len(template):
        found.append(Piece("text", template[position:], line))
    return found
