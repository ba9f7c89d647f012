"""Sets of real numbers, however written: interval, union, inequality, set builder, `x ≠ 2`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from harness.grading.math.comparison import text_answers
from harness.grading.math.comparison.equivalence import infinite_sign
from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, exact_at
from harness.grading.math.expression.floats import approximate
from harness.grading.math.expression.tree import (
    HALF,
    ExprNode,
    minus,
    names_of,
    negative,
    number,
    plus,
    power,
    quotient,
    substitute,
    symbols,
)
from harness.grading.math.parsing.answer_types import (
    AnswerList,
    Formula,
    ParsedAnswer,
    Relation,
    SetBuilder,
    SetOperation,
    TextAnswer,
)


@dataclass(frozen=True, slots=True)
class RealInterval:
    """All numbers between two bounds; None: unbounded."""

    low: ExprNode | None
    low_in: bool
    high: ExprNode | None
    high_in: bool


@dataclass(frozen=True, slots=True)
class FiniteSet:
    """Finitely many numbers."""

    nodes: tuple[ExprNode, ...]


@dataclass(frozen=True, slots=True)
class CompoundSet:
    """`cup`, `cap` or `setminus` of two sets."""

    sign: str
    left: RealSet
    right: RealSet


RealSet = RealInterval | FiniteSet | CompoundSet
LINE = RealInterval(None, low_in=False, high=None, high_in=False)
_FLIPPED = {"<": ">", ">": "<", "le": "ge", "ge": "le", "ne": "ne"}
_NAMED_SETS = {"mathbbR": LINE}
# In `a < x < b` and `x > a` all sides are bare letters; textbooks keep these for the unknown.
_LIKELY_VARIABLES = "xyztuvw"


def real_set(parsed: ParsedAnswer, variable: str | None = None) -> RealSet | None:
    """The set a parsed stands for, or None; a relation stands for the values of its variable that satisfy it."""
    match parsed:
        case SetBuilder():
            return real_set(parsed.condition, parsed.variable)
        case SetOperation():
            return _joined(parsed.sign, [real_set(part, variable) for part in parsed.parts])
        case Relation():
            return _of_relation(parsed, variable)
        case AnswerList():
            return _of_sequence(parsed, variable)
        case TextAnswer():
            return LINE if text_answers.plain_text(parsed.text) in text_answers.ALL_REALS else None
        case Formula():
            return _NAMED_SETS.get(parsed.node.name) if parsed.node.op == "sym" else None
        case _:
            return None


def _joined(sign: str, parts: list[RealSet | None]) -> RealSet | None:
    result: RealSet | None = None
    for part in parts:
        if part is None:
            return None
        result = part if result is None else CompoundSet(sign, result, part)
    return result


def _of_sequence(parsed: AnswerList, variable: str | None) -> RealSet | None:
    if parsed.opening == "{":
        nodes = [item.node for item in parsed.items if isinstance(item, Formula)]
        return FiniteSet(tuple(nodes)) if len(nodes) == len(parsed.items) else None
    # `(1,2)` may be a point as well: only the other answer can tell (match_types._is_surely_set).
    if parsed.opening in ("(", "[") and len(parsed.items) == 2:
        return _interval(parsed)
    if parsed.opening:
        return None
    if not any(isinstance(item, Relation | SetOperation | SetBuilder) or _is_interval(item) for item in parsed.items):
        return None
    variable = variable or _variable_of(parsed)
    parts = [real_set(item, variable) for item in parsed.items]
    # The word decides before the kind of the parts does: `x < 1 or x > 3` is a union although both are conditions.
    if parsed.joiner == "or":
        return _joined("cup", parts)
    # `x > 1, x < 3` are conditions that hold together, `(0,1), (2,3)` are two intervals
    is_conditions = all(isinstance(item, Relation) for item in parsed.items)
    excludes = all(isinstance(item, Relation) and item.signs == ("ne",) for item in parsed.items)
    return _joined("cap" if is_conditions or excludes else "cup", parts)


def _variable_of(parsed: AnswerList) -> str | None:
    """The variable of the first inequality in a list, so that `x < 1 or x = 2` is about x throughout."""
    for item in parsed.items:
        if isinstance(item, Relation) and "=" not in item.signs and "in" not in item.signs:
            return _unknown([side.node for side in item.sides if isinstance(side, Formula)])
    return None


def _is_interval(parsed: ParsedAnswer) -> bool:
    return (
        isinstance(parsed, AnswerList)
        and parsed.opening in ("(", "[")
        and len(parsed.items) == 2
        and (
            parsed.opening == "["
            or parsed.closing == "]"
            or any(isinstance(i, Formula) and infinite_sign(i.node) for i in parsed.items)
        )
    )


def _interval(parsed: AnswerList) -> RealSet | None:
    low, high = parsed.items
    if not isinstance(low, Formula) or not isinstance(high, Formula):
        return None
    below = None if infinite_sign(low.node) < 0 else low.node
    above = None if infinite_sign(high.node) > 0 else high.node
    # `(\infty, 3)`: infinity on the wrong side is no interval.
    if any(bound is not None and infinite_sign(bound) for bound in (below, above)):
        return None
    return RealInterval(
        below,
        # `[-\infty, 3]` is meant as (-inf, 3]: infinity is no number that could belong to the set.
        low_in=parsed.opening == "[" and below is not None,
        high=above,
        high_in=parsed.closing == "]" and above is not None,
    )


def _of_relation(relation: Relation, variable: str | None) -> RealSet | None:
    if relation.signs == ("in",):
        element = relation.sides[0]
        is_name = not isinstance(element, Formula) or element.node.op == "sym"
        return real_set(relation.sides[1], None) if is_name else None
    nodes = [side.node for side in relation.sides if isinstance(side, Formula)]
    if len(nodes) != len(relation.sides):
        return None
    if relation.signs == ("=",):
        return FiniteSet((nodes[1],)) if nodes[0].op == "sym" and nodes[0].name == variable else None
    if any(sign not in _FLIPPED for sign in relation.signs):
        return None
    unknown = variable if variable is not None else _unknown(nodes)
    if unknown is None:
        return None
    return _joined("cap", [_half(nodes[k], sign, nodes[k + 1], unknown) for k, sign in enumerate(relation.signs)])


def unknown_of(relation: Relation) -> str | None:
    """The variable an inequality is about, None if that is not clear."""
    return _unknown([side.node for side in relation.sides if isinstance(side, Formula)])


def _unknown(nodes: list[ExprNode]) -> str | None:
    """The variable the relation is about: the bare one, the middle of a chain first."""
    bare = [node.name for node in (nodes[1:-1] or nodes) if node.op == "sym" and not node.name.startswith("mathbb")]
    if len(bare) > 1:
        bare = [name for name in bare if name[0] in _LIKELY_VARIABLES][:1] or bare[:1]
    if bare:
        return bare[0]
    names = names_of(*nodes)
    return next(iter(names)) if len(names) == 1 else None


def _half(left: ExprNode, sign: str, right: ExprNode, unknown: str) -> RealSet | None:
    """The set where one inequality holds, linear in the unknown or about its absolute value."""
    if right.op == "sym" and right.name == unknown and unknown not in symbols(left):
        return _ray(left, _FLIPPED[sign])
    if left.op == "sym" and left.name == unknown:
        if unknown in symbols(right):
            return None
        return _ray(right, sign)
    if left.op == "fn" and left.name == "abs" and unknown not in symbols(right):
        return _absolute(left.args[0], sign, right, unknown)
    difference = minus(left, right)
    slope = _slope(difference, unknown)
    if slope is None:
        return _between_roots(difference, sign, unknown)
    value_at_0 = substitute(difference, {unknown: number(0)})
    step = minus(substitute(difference, {unknown: number(1)}), value_at_0)
    return _ray(quotient(negative(value_at_0), step), sign if slope > 0 else _FLIPPED[sign])


def _between_roots(difference: ExprNode, sign: str, unknown: str) -> RealSet | None:
    """Where a quadratic with rational coefficients has the sign; None for anything that is no such quadratic."""
    coefficients = _quadratic(difference, unknown)
    if coefficients is None or sign == "ne":
        return None
    a, b, c = coefficients
    # With a > 0 the parabola is negative between its roots; dividing by -1 turns the sign around.
    if a < 0:
        a, b, c, sign = -a, -b, -c, _FLIPPED[sign]
    discriminant = b * b - 4 * a * c
    # No root: the sign of c is that of a everywhere, so the whole line or nothing.
    if discriminant < 0:
        return LINE if sign in (">", "ge") else FiniteSet(())
    shift = power(number(discriminant), HALF)
    low = quotient(minus(number(-b), shift), number(2 * a))
    high = quotient(plus(number(-b), shift), number(2 * a))
    is_closed = sign in ("le", "ge")
    if sign in ("<", "le"):
        return RealInterval(low, low_in=is_closed, high=high, high_in=is_closed)
    return CompoundSet(
        "cup",
        RealInterval(None, low_in=False, high=low, high_in=is_closed),
        RealInterval(high, low_in=is_closed, high=None, high_in=False),
    )


def _quadratic(difference: ExprNode, unknown: str) -> tuple[Fraction, Fraction, Fraction] | None:
    if symbols(difference) != {unknown}:
        return None
    try:
        # Three points fix a quadratic, two more refute it: any other polynomial of degree 4 or less would fail at one
        # of them.
        f = [exact_at(difference, {unknown: Fraction(at)}) for at in (0, 1, 2, 3, -5)]
    except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
        return None
    a = (f[2] - 2 * f[1] + f[0]) / 2
    b = f[1] - f[0] - a
    is_quadratic = all(a * x * x + b * x + f[0] == value for x, value in ((3, f[3]), (-5, f[4])))
    return (a, b, f[0]) if is_quadratic and a != 0 else None


def _absolute(inner: ExprNode, sign: str, bound: ExprNode, unknown: str) -> RealSet | None:
    if sign in ("<", "le"):
        return _joined(
            "cap", [_half(inner, sign, bound, unknown), _half(inner, _FLIPPED[sign], negative(bound), unknown)]
        )
    if sign in (">", "ge"):
        return _joined(
            "cup", [_half(inner, sign, bound, unknown), _half(inner, _FLIPPED[sign], negative(bound), unknown)]
        )
    return None


def _slope(difference: ExprNode, unknown: str) -> float | None:
    """The constant slope in the unknown, its only variable; None if it is not linear."""
    if symbols(difference) != {unknown}:
        return None
    try:
        # -3.7 is no whole number: x + sin(pi x) is linear at 0, 1 and 2.
        values = [approximate(difference, {unknown: at}, real=True).real for at in (0.0, 1.0, 2.0, -3.7)]
    except (UndefinedValue, ValueTooLarge):
        return None
    slope = values[1] - values[0]
    scale = 1e-9 * (1 + max(map(abs, values)))
    if (
        abs(values[2] - values[0] - 2 * slope) > scale
        or abs(values[3] - values[0] + 3.7 * slope) > scale
        or abs(slope) < 1e-12
    ):
        return None
    return slope


def _ray(bound: ExprNode, sign: str) -> RealSet:
    infinite = infinite_sign(bound)
    if infinite:
        return LINE
    # `x \ne 2` is the line without a point, for an answer of `(-\infty,2) \cup (2,\infty)`.
    if sign == "ne":
        return CompoundSet("setminus", LINE, FiniteSet((bound,)))
    is_closed = sign in ("le", "ge")
    if sign in ("<", "le"):
        return RealInterval(None, low_in=False, high=bound, high_in=is_closed)
    return RealInterval(bound, low_in=is_closed, high=None, high_in=False)


# Comparing
