"""The kinds of object an answer may be: formula, list, tuple, set, interval, relation, matrix, or words."""

from __future__ import annotations

from dataclasses import dataclass

from harness.grading.math.expression.tree import ExprNode
from harness.grading.math.parsing.unit_table import Unit


@dataclass(frozen=True, slots=True)
class Formula:
    """A value or expression; `text` as cleaned, without its unit."""

    node: ExprNode
    text: str
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """An answer in words, or one that no reading fits."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerList:
    """Parts in brackets, `opening` "" for a bare list; `joiner`: `,`, `and`, `or`."""

    items: tuple[ParsedAnswer, ...]
    opening: str = ""
    closing: str = ""
    joiner: str = ","


@dataclass(frozen=True, slots=True)
class Relation:
    """`a < b = c` as its sides and the signs between them."""

    sides: tuple[ParsedAnswer, ...]
    signs: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetOperation:
    """Sets joined by `cup`, `cap` or `setminus`."""

    sign: str
    parts: tuple[ParsedAnswer, ...]


@dataclass(frozen=True, slots=True)
class SetBuilder:
    """The set of `variable` under a condition."""

    variable: str
    condition: ParsedAnswer


@dataclass(frozen=True, slots=True)
class MatrixAnswer:
    """A matrix, vector or system, by rows."""

    rows: tuple[tuple[ParsedAnswer, ...], ...]
    environment: str


ParsedAnswer = Formula | TextAnswer | AnswerList | Relation | SetOperation | SetBuilder | MatrixAnswer
