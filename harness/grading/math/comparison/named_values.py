"""The name in front of a value: `x = 3`, `f(x) = 2x`, `AB = 5`, `S : S' = 7`, `(p,q) = (1,2)`, `x = y = z = 1`.

Tells a name from one side of a true equation (`7 = 11a + c`), and puts lists of named values in one order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from harness.grading.math.expression.tree import ExprNode, substitute, symbol, symbols
from harness.grading.math.parsing.answer_types import AnswerList, Formula, ParsedAnswer, Relation, TextAnswer

_APPLIED = re.compile(r"^(?P<head>\\?[A-Za-z]+(?:_\w|_\{[^{}]*\})?'*(?:\^\{?-1\}?)?)\s*\((?P<arg>[^()]*)\)$")

_INDEXED = re.compile(r"^(?P<head>[A-Za-z])_\{?(?P<arg>[nkmij])\}?$")
"""A term of a sequence by its index, which is a bound variable."""
_DERIVATIVE = re.compile(r"^(?:\\frac\{d[^{}]*(?:\{\d\})?[^{}]*\}\{d[a-z](?:\^\{?\d\}?)?\}|d[a-z]/d[a-z])$")


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A value, the text of its name, and the argument where the name is a function applied to one."""

    name: str
    value: ParsedAnswer
    argument: str | None = None


def named_value(parsed: ParsedAnswer) -> NamedValue | None:
    """The named value, or None for what is none: an equation between expressions, an inequality, a bare value."""
    if not isinstance(parsed, Relation) or any(sign != "=" for sign in parsed.signs):
        return None
    first, last = parsed.sides[0], parsed.sides[-1]
    text = re.sub(r"\s+", "", parsed.texts[0])
    if len(parsed.sides) > 2:
        # `x = 2 + 3 = 5`: the last side is the value; what stands between are steps.
        is_chain = _is_name(first, text) or _is_constant(first)
        return NamedValue(text, last) if is_chain else None
    if _is_name(first, text):
        if (
            _is_variable(first)
            and isinstance(first, Formula)
            and isinstance(last, Formula)
            # `x = 2x - 3` is an equation to be solved: x is no name of its own value.
            and first.node.name in symbols(last.node)
        ):
            return None
        if _is_quantity_only(first, text) and isinstance(last, Formula) and symbols(last.node):
            return None
        applied = _APPLIED.match(text) or _INDEXED.match(text)
        return NamedValue(text, last, applied["arg"] if applied else None)
    # `3 + 4 = 7`: a computation, whose result is the answer.
    if _is_constant(first) and _is_constant(last):
        return NamedValue(text, last)
    if _is_variable(last) and _is_constant(first):
        return NamedValue(re.sub(r"\s+", "", parsed.texts[1]), first)
    return None


def _is_constant(parsed: ParsedAnswer) -> bool:
    return isinstance(parsed, Formula) and not symbols(parsed.node)


def _is_variable(parsed: ParsedAnswer) -> bool:
    return isinstance(parsed, Formula) and parsed.node.op == "sym"


def _is_name(parsed: ParsedAnswer, text: str) -> bool:
    if _is_variable(parsed) or _APPLIED.match(text) or _DERIVATIVE.match(text):
        return True
    match parsed:
        case TextAnswer():
            return re.search(r"[-+*/^<>=]", text) is None
        case AnswerList():
            return parsed.opening == "(" and all(_is_variable(item) for item in parsed.items)
        case Formula():
            return _is_quantity(parsed.node)
        case _:
            return False


def _is_quantity_only(parsed: ParsedAnswer, text: str) -> bool:
    """A segment or area, which names numbers only: equal to another formula it is an equation."""
    if _DERIVATIVE.match(text):
        return False
    return isinstance(parsed, Formula) and parsed.node.op != "sym" and _APPLIED.match(text) is None


def _is_quantity(node: ExprNode) -> bool:
    """A segment, area or ratio of such: only capital letters, with marks and indices; or a function of a variable."""
    if node.op == "fn" and all(argument.op == "sym" for argument in node.args):
        return not (node.name == "abs" and node.args[0].name in ("x", "y"))  # |x| = 5 has two solutions
    names = symbols(node)
    if not names or node.op == "add":
        return False
    is_capital = all(
        name.partition(":")[0] in ("angle", "triangle", "overline", "vec") or name[0].isupper() for name in names
    )
    return is_capital or (_is_ratio_of_indexed(node) and all("_" in name for name in names))


def _is_ratio_of_indexed(node: ExprNode) -> bool:
    return node.op == "mul" and all(part.op in ("sym", "pow") for part in node.args)


def same_name(left: str, right: str) -> bool:
    """Whether two names may stand for the same quantity: the same letter, or one of them is a generic function name."""
    if left == right:
        return True
    # f and f' are different functions, but S and S' may be one quantity and its copy only where both are primed.
    is_primed = ["'" in name and not _DERIVATIVE.match(name) for name in (left, right)]
    if _is_other_value(left, right) or (
        is_primed[0] != is_primed[1] and not any(map(_DERIVATIVE.match, (left, right)))
    ):
        return False
    a, b = _head(left), _head(right)
    if a == b:
        return True
    # `y = x^2` and `f(x) = x^2` name the same curve.
    generic = {"y", "f"}
    return (a in generic and b in generic) or (
        not left.isalpha() and not right.isalpha() and a[:1] == b[:1] and len(a) == len(b) == 1
    )


def _is_other_value(left: str, right: str) -> bool:
    """Values of one function at two numbers (or events), or a function and its derivative or inverse."""
    a, b = _APPLIED.match(left), _APPLIED.match(right)
    if a is None or b is None:
        return False
    if a["head"].count("'") != b["head"].count("'") or ("-1" in a["head"]) != ("-1" in b["head"]):
        return True
    arguments = a["arg"].strip(), b["arg"].strip()
    is_fixed = all(re.fullmatch(r"-?\d+|[A-H]", argument) for argument in arguments)
    return is_fixed and arguments[0] != arguments[1]


def _head(name: str) -> str:
    applied = _APPLIED.match(name)
    head = applied["head"] if applied else name
    return re.sub(r"_\{?[\\\w]*\}?|[\s{}$'*]", "", re.sub(r"\\(?:overline|bar|vec)(?![a-zA-Z])|\|", "", head))


def renamed(named: NamedValue, like: NamedValue) -> ParsedAnswer:
    """The value with its function's argument written as the other's: f(t) = 2t as f(x) = 2x."""
    if (
        named.argument is None
        or like.argument is None
        or named.argument == like.argument
        or not isinstance(named.value, Formula)
    ):
        return named.value
    if not re.fullmatch(r"[a-zA-Z]", named.argument) or not re.fullmatch(r"[a-zA-Z]", like.argument):
        return named.value
    return replace(named.value, node=substitute(named.value.node, {named.argument: symbol(like.argument)}))


_WHOLE_NUMBER_NAMES = frozenset("knmltz")
"""Letters that by convention count periods: `x = π/4 + kπ`."""
_FREE_CONSTANTS = frozenset("CcKk")
"""Letters that by convention name a constant that a question leaves free, of integration or of proportion."""


def with_bound_names(node: ExprNode, like: ExprNode) -> ExprNode:
    """The formula with its bound variable named as in the other: k in `kπ`, the constant in `x^2 + C`.

    Only where each side has one variable the other lacks, and it is bound: a multiple of π or of a degree counts whole
    numbers, a lone term C is any constant.
    """
    own, others = symbols(node) - symbols(like), symbols(like) - symbols(node)
    if len(own) != 1 or len(others) != 1:
        return node
    (mine,), (theirs,) = own, others
    is_period = mine in _WHOLE_NUMBER_NAMES and theirs in _WHOLE_NUMBER_NAMES and _has_angle(node) and _has_angle(like)
    is_constant = theirs in _FREE_CONSTANTS and _is_lone_term(node, mine) and _is_lone_term(like, theirs)
    return substitute(node, {mine: symbol(theirs)}) if is_period or is_constant else node


def with_free_constant(node: ExprNode, like: ExprNode, arguments: frozenset[str]) -> ExprNode:
    """The value of a function with its one free constant named as in the other: `f(x) = cx` as `f(x) = kx`."""
    own, others = symbols(node) - symbols(like), symbols(like) - symbols(node)
    if len(own) != 1 or len(others) != 1 or not own | others <= _FREE_CONSTANTS:
        return node
    if symbols(node) - own != symbols(like) - others or not symbols(node) - own <= arguments:
        return node
    (mine,), (theirs,) = own, others
    return substitute(node, {mine: symbol(theirs)})


def _has_angle(node: ExprNode) -> bool:
    return (node.op == "const" and node.name in ("pi", "deg")) or any(_has_angle(argument) for argument in node.args)


def _is_lone_term(node: ExprNode, name: str) -> bool:
    lone = symbol(name)
    return node.op == "add" and lone in node.args and sum(name in symbols(term) for term in node.args) == 1


def value_of(parsed: ParsedAnswer) -> ParsedAnswer:
    """The value without its name."""
    named = named_value(parsed)
    return named.value if named is not None else parsed


def distinct_names(items: list[ParsedAnswer]) -> list[str] | None:
    """The names of the parts, if every part has one and all differ in more than an index."""
    found = []
    for item in items:
        named = named_value(item)
        if named is None:
            return None
        found.append(named.name)
    applied = [_APPLIED.match(name) for name in found]
    keys = [
        name if match and match["arg"].isdigit() else _head(name) for name, match in zip(found, applied, strict=True)
    ]
    return keys if len(set(keys)) == len(keys) else None
