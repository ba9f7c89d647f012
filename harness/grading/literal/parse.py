"""A Python literal from text, without running anything: bounded in length, depth and size, types kept.

Accepted: None, booleans, numbers with a sign, `1+2j`, strings, bytes, tuples, lists, dicts, sets and `set()`; strings
side by side join as in Python. In an assertion, a comparison or an assignment (`assert f(1) == 2`, `f(1) == 2`,
`x = 2`) the right-hand side is the value. Not covered: names, calls, f-strings, arithmetic: a model was asked for the
value, and nothing it wrote is computed.
"""

from __future__ import annotations

import ast

from harness.core.python_text import parse_python

MAX_CHARACTERS = 200_000
MAX_DEPTH = 60
MAX_NODES = 200_000


class LiteralSyntaxError(Exception):
    """The text is no literal that is accepted; the message says why."""


class LiteralLimitExceeded(Exception):
    """The text is longer, deeper or larger than is read: a limit of the harness, no finding about the text."""


def literal(text: str) -> object:
    """The value the text writes down. Raises LiteralSyntaxError, LiteralLimitExceeded."""
    if len(text) > MAX_CHARACTERS:
        raise LiteralLimitExceeded(f"longer than {MAX_CHARACTERS} characters")
    if _depth(text) > MAX_DEPTH:
        raise LiteralLimitExceeded(f"nested deeper than {MAX_DEPTH} levels")
    try:
        tree = parse_python(text.strip())
    except SyntaxError as error:
        raise LiteralSyntaxError(f"not Python: {error.msg}") from None
    except ValueError as error:  # null bytes, or an int of more than 4300 digits
        raise LiteralSyntaxError(f"cannot be read: {error}") from None
    except (RecursionError, MemoryError) as error:
        raise LiteralLimitExceeded(f"Python's parser gave up: {type(error).__name__}") from None
    if len(tree.body) != 1:
        raise LiteralSyntaxError(f"{len(tree.body)} statements instead of one value")
    node = _value_node(tree.body[0])
    if sum(1 for _ in ast.walk(node)) > MAX_NODES:
        raise LiteralLimitExceeded(f"more than {MAX_NODES} parts")
    try:
        return _value(node)
    except RecursionError:
        raise LiteralLimitExceeded("nested too deep") from None
    except TypeError as error:  # a list as the key of a dict
        raise LiteralSyntaxError(str(error)) from None


def _depth(text: str) -> int:
    """The most brackets open at once; those inside strings count as well."""
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _value_node(statement: ast.stmt) -> ast.expr:
    """The expression that states the value: the whole, or the right-hand side."""
    match statement:
        case ast.Assert(test=ast.Compare(ops=[ast.Eq()], comparators=[right])):
            return right
        case ast.Expr(value=ast.Compare(ops=[ast.Eq()], comparators=[right])):
            return right
        case ast.Assign(targets=[ast.Name()], value=right):
            return right
        case ast.Expr(value=value):
            return value
        case _:
            raise LiteralSyntaxError(f"a statement ({type(statement).__name__.lower()}) instead of a value")


def _value(node: ast.expr) -> object:
    match node:
        case ast.Constant(value=value) if value is not Ellipsis:
            return value
        case ast.Tuple(elts=items):
            return tuple(_value(item) for item in items)
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Set(elts=items):
            return {_value(item) for item in items}
        case ast.Call(func=ast.Name(id="set"), args=[], keywords=[]):
            return set()
        case ast.Dict(keys=keys, values=values):
            return {_key(key): _value(value) for key, value in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
            number = _number(operand)
            return -number if isinstance(sign, ast.USub) else number
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=ast.Constant(value=complex() as imaginary)):
            real = _value(left)
            if isinstance(real, int | float) and not isinstance(real, bool):
                return real + imaginary if isinstance(sign, ast.Add) else real - imaginary
    raise LiteralSyntaxError(f"{ast.unparse(node)[:60]!r} is no literal")


def _number(node: ast.expr) -> int | float | complex:
    value = _value(node)
    if isinstance(value, bool) or not isinstance(value, int | float | complex):
        raise LiteralSyntaxError(f"a sign before {ast.unparse(node)[:60]!r}")
    return value


def _key(node: ast.expr | None) -> object:
    if node is None:
        raise LiteralSyntaxError("'**' inside a dict")
    return _value(node)
