"""Arithmetic over named numbers, for claims that are recomputed from their inputs.

Covers + - * / brackets, a minus sign, and abs, min, max, round; exact, in fractions. Nothing is executed: the text is
parsed and only these nodes are walked.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction

from harness.core.labels import closest_names

MAX_FORMULA_CHARACTERS = 200
"""Formulas come from files of others: the parser of Python may exhaust the stack on a long one (ast.parse)."""
OPERATIONS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
}
FUNCTIONS = ("abs", "max", "min", "round")
ACCEPTED = "names, numbers, + - * / ( ), abs, max, min, round"


def names_in(formula: str) -> frozenset[str]:
    """The inputs a formula asks for. Raises ValueError where it is not accepted."""
    root = _parsed(formula)
    for node in ast.walk(root):
        if isinstance(node, ast.expr) and not _is_allowed(node):
            raise ValueError(f"{ast.unparse(node)!r} has no place in a formula; accepted: {ACCEPTED}")
    return frozenset(node.id for node in ast.walk(root) if isinstance(node, ast.Name)) - set(FUNCTIONS)


def evaluate(formula: str, inputs: Mapping[str, Fraction]) -> Fraction:
    """The formula's value, exactly. Raises ValueError for an unknown name, a division by 0 or another construct."""
    try:
        return _value(_parsed(formula), inputs)
    except ZeroDivisionError:
        raise ValueError(f"{formula!r} divides by 0") from None


def _is_allowed(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return type(value) in (int, float)
        case ast.BinOp(op=operator):
            return type(operator) in OPERATIONS
        case ast.UnaryOp(op=ast.USub()) | ast.Name():
            return True
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return name in FUNCTIONS
        case _:
            return False


def _parsed(formula: str) -> ast.expr:
    if len(formula) > MAX_FORMULA_CHARACTERS:
        raise ValueError(f"a formula has at most {MAX_FORMULA_CHARACTERS} characters, found {len(formula)}")
    try:
        return ast.parse(formula, mode="eval").body
    # ast.parse raises ValueError for a null byte, and the last two for brackets nested too deep.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{formula!r} is not a formula; accepted: {ACCEPTED}") from None


def _value(node: ast.expr, inputs: Mapping[str, Fraction]) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return Fraction(repr(number))  # as written: Fraction(0.1) would be the binary number beside it
        case ast.Name(id=name):
            if name not in inputs:
                raise ValueError(f"{name!r} is not an input; {closest_names(name, inputs)}")
            return inputs[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, inputs)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATIONS:
            return OPERATIONS[type(operator)](_value(left, inputs), _value(right, inputs))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS and arguments:
            return _called(name, [_value(argument, inputs) for argument in arguments])
        case _:
            raise ValueError(f"{ast.unparse(node)!r} has no place in a formula; accepted: {ACCEPTED}")


def _called(name: str, values: list[Fraction]) -> Fraction:
    match name, values:
        case "min", _:
            return min(values)
        case "max", _:
            return max(values)
        case "abs", [value]:
            return abs(value)
        case "round", [value, places] if places.denominator == 1 and 0 <= places <= 12:
            return round(value, int(places))
        case _:
            raise ValueError(f"{name} takes {'one number' if name == 'abs' else 'a number and whole places 0 to 12'}")
