"""Computing a formula."""

from calc.parser import parse
from calc.tokens import CalcError

OPERATORS = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": lambda left, right: left**right,
}


def calculate(formula, **variables):
    """The value of a formula."""
    return _value(parse(formula), variables)


def _value(tree, variables):
    if isinstance(tree, float):
        return tree
    if isinstance(tree, str):
        if tree not in variables:
            raise CalcError(f"unknown variable {tree}")
        return float(variables[tree])
    if tree[0] == "neg":
        return -_value(tree[1], variables)
    sign, left, right = tree
    try:
        return OPERATORS[sign](_value(left, variables), _value(right, variables))
    except ZeroDivisionError:
        raise CalcError("division by zero") from None
