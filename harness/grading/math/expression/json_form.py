"""A formula as plain JSON and back: the form in which trees cross to the symbolic worker."""

from __future__ import annotations

from fractions import Fraction

from harness.core.types import Json
from harness.grading.math.expression.tree import ExprNode


def to_wire(node: ExprNode) -> list[Json]:
    """Nested lists: operation, name, value as text, arguments."""
    return [node.op, node.name, str(node.value), [to_wire(argument) for argument in node.args]]


def node_from(wire: Json) -> ExprNode:
    """The tree back. Raises ValueError for anything else than what to_wire makes."""
    match wire:
        case [str() as op, str() as name, str() as value, list() as args]:
            return ExprNode(op, tuple(node_from(argument) for argument in args), name, Fraction(value))
        case _:
            raise ValueError(f"no formula: {wire!r:.80}")
