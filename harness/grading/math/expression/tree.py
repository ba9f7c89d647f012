"""A formula as a tree of plain values, and how trees are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

PLUS_MINUS = "±"


@dataclass(frozen=True, slots=True)
class ExprNode:
    """One operation: `num` (value), `sym`, `const` (pi, e, i, inf), `add`, `mul`, `pow`, `fn` (name)."""

    op: str
    args: tuple[ExprNode, ...] = ()
    name: str = ""
    value: Fraction = Fraction(0)


def number(value: Fraction | int) -> ExprNode:
    """A leaf with that exact value."""
    return ExprNode("num", value=Fraction(value))


ONE, MINUS_ONE, HALF = number(1), number(-1), number(Fraction(1, 2))


def symbol(name: str) -> ExprNode:
    """A variable."""
    return ExprNode("sym", name=name)


def function(name: str, *args: ExprNode) -> ExprNode:
    """A named function of its arguments."""
    return ExprNode("fn", args, name)


def times(*factors: ExprNode) -> ExprNode:
    """The product; nested products are flattened."""
    flat: list[ExprNode] = []
    for factor in factors:
        flat.extend(factor.args if factor.op == "mul" else (factor,))
    return flat[0] if len(flat) == 1 else ExprNode("mul", tuple(flat))


def plus(*terms: ExprNode) -> ExprNode:
    """The sum; nested sums are flattened."""
    flat: list[ExprNode] = []
    for term in terms:
        flat.extend(term.args if term.op == "add" else (term,))
    return flat[0] if len(flat) == 1 else ExprNode("add", tuple(flat))


def power(base: ExprNode, exponent: ExprNode) -> ExprNode:
    """`base` to the `exponent`."""
    return ExprNode("pow", (base, exponent))


def negative(node: ExprNode) -> ExprNode:
    """Minus `node`; of a number, the number."""
    return number(-node.value) if node.op == "num" else times(MINUS_ONE, node)


def quotient(top: ExprNode, bottom: ExprNode) -> ExprNode:
    """`top` over `bottom`; of two numbers, the exact fraction."""
    if top.op == bottom.op == "num" and bottom.value:
        return number(top.value / bottom.value)
    return times(top, power(bottom, MINUS_ONE))


def minus(left: ExprNode, right: ExprNode) -> ExprNode:
    """`left` less `right`."""
    return plus(left, negative(right))


SERIES = ("sum", "prod")
"""Functions of a body, its bound variable, and the first and last value of that."""


_NO_NAMES: frozenset[str] = frozenset()


def symbols(node: ExprNode) -> frozenset[str]:
    """The names of the variables in it."""
    if node.op == "sym":
        return frozenset((node.name,))
    if not node.args:
        return _NO_NAMES
    found = _NO_NAMES.union(*map(symbols, node.args))
    return found - {node.args[1].name} if node.name in SERIES and node.op == "fn" else found


def names_of(*nodes: ExprNode) -> frozenset[str]:
    """The variables of all of them."""
    return _NO_NAMES.union(*map(symbols, nodes))


def substitute(node: ExprNode, values: Mapping[str, ExprNode]) -> ExprNode:
    """The same tree with variables replaced."""
    if node.op == "sym":
        return values.get(node.name, node)
    if not node.args:
        return node
    return ExprNode(node.op, tuple(substitute(argument, values) for argument in node.args), node.name, node.value)


def key(node: ExprNode) -> tuple[object, ...]:
    """A value that two trees share when they differ only in the order of terms and factors."""
    if node.op == "num":
        return ("num", node.value.numerator, node.value.denominator)
    parts = [key(argument) for argument in node.args]
    if node.op in ("add", "mul"):
        parts.sort(key=repr)
    return (node.op, node.name, *parts)


def has_constant(node: ExprNode, name: str) -> bool:
    """Whether a constant stands anywhere in it: `pi`, `deg`."""
    if node.op == "const":
        return node.name == name
    return any(has_constant(argument, name) for argument in node.args)


def has_function(node: ExprNode, names: frozenset[str]) -> bool:
    """Whether one of these functions stands anywhere in it."""
    return (node.op == "fn" and node.name in names) or any(has_function(argument, names) for argument in node.args)
