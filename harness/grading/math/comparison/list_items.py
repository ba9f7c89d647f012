"""The answers in a list: its parts, `±` as two, sets in sets, tuples, and brackets."""

from __future__ import annotations

from harness.grading.math.comparison import named_values
from harness.grading.math.comparison.equivalence import infinite_sign, signs_of
from harness.grading.math.expression.exact import exact
from harness.grading.math.parsing.answer_types import (
    AnswerList,
    Formula,
    ParsedAnswer,
    Relation,
    SetBuilder,
    SetOperation,
)

_ORDERED = ("(", "[")


def is_many(shape: ParsedAnswer) -> bool:
    """Whether an answer may hold several values."""
    if isinstance(shape, Formula):
        return len(signs_of(shape.node)) > 1
    if isinstance(shape, AnswerList):
        return shape.opening in ("", "{")
    if isinstance(shape, Relation) and shape.signs == ("in",):
        return isinstance(shape.sides[1], AnswerList) and shape.sides[1].opening == "{"
    if isinstance(shape, Relation) and _signed_relations(shape) is not None:
        return True
    named = named_values.named_value(shape)
    return named is not None and is_many(named.value)


def items_of(shape: ParsedAnswer) -> list[ParsedAnswer]:
    """The answers in a list or set, `±` as two; any other shape is one answer."""
    if isinstance(shape, Formula):
        nodes = signs_of(shape.node)
        return [shape] if len(nodes) == 1 else [Formula(node, shape.text, shape.unit) for node in nodes]
    if isinstance(shape, AnswerList) and shape.opening in ("", "{"):
        if len(shape.items) > 1 and all(isinstance(item, AnswerList) and item.opening == "{" for item in shape.items):
            return list(shape.items)  # sets, each of them one answer
        return [part for item in shape.items for part in ([item] if _is_set_in(shape, item) else items_of(item))]
    if (named := named_values.named_value(shape)) is not None and is_many(named.value):
        return items_of(named.value)
    if isinstance(shape, Relation) and shape.signs == ("in",) and is_many(shape):
        return items_of(shape.sides[1])
    if isinstance(shape, Relation) and (both := _signed_relations(shape)) is not None:
        return list(both)
    return [shape]


def _is_set_in(shape: AnswerList, item: ParsedAnswer) -> bool:
    """A set that is an element of a set."""
    return shape.opening == "{" and isinstance(item, AnswerList) and item.opening == "{"


def set_depth(shape: ParsedAnswer) -> int:
    """How deep the braces go: 1 for {1, 2} and the empty set, 2 for a set of sets; 0 for what is no set."""
    if not isinstance(shape, AnswerList) or shape.opening != "{":
        return 0
    return 1 + max((set_depth(item) for item in shape.items), default=0)


def _signed_relations(relation: Relation) -> tuple[ParsedAnswer, ParsedAnswer] | None:
    """`3x ± 4y = 0` as its two equations; None for a relation without the sign, or a named value."""
    nodes = [signs_of(side.node) for side in relation.sides if isinstance(side, Formula)]
    if len(nodes) != len(relation.sides) or all(len(pair) == 1 for pair in nodes):
        return None
    upper, lower = (
        Relation(tuple(Formula(pair[min(k, len(pair) - 1)], "") for pair in nodes), relation.signs, relation.texts)
        for k in (0, 1)
    )
    return upper, lower


def is_plain_list(shape: ParsedAnswer) -> bool:
    """A list of values; pairs, sets and alternatives are solutions, which have no order."""
    return (
        isinstance(shape, AnswerList)
        and shape.opening == ""
        and shape.joiner != "or"
        and not any(isinstance(item, AnswerList) for item in shape.items)
    )


def without_signs(shape: ParsedAnswer, other: ParsedAnswer) -> ParsedAnswer:
    """`(±1, 0)` as the list of its two tuples, where the other side writes its tuples out."""
    if not isinstance(shape, AnswerList) or not _is_list_of_tuples(other):
        return shape
    tuples = shape.items if shape.opening == "" else (shape,)
    items = [part for item in tuples for part in _both_signs(item)]
    return AnswerList(tuple(items)) if len(items) > 1 and tuple(items) != shape.items else shape


def _is_list_of_tuples(shape: ParsedAnswer) -> bool:
    return (
        isinstance(shape, AnswerList)
        and shape.opening in ("", "{")
        and len(shape.items) > 1
        and all(isinstance(item, AnswerList) and item.opening == "(" for item in shape.items)
    )


def _both_signs(shape: ParsedAnswer) -> list[ParsedAnswer]:
    """The tuples of one with `±` in a single part, or with `∓` in another: upper signs together and lower signs.

    With `±` in several parts it is not said which go together.
    """
    if not isinstance(shape, AnswerList) or shape.opening != "(":
        return [shape]
    signed = [k for k, item in enumerate(shape.items) if len(items_of(item)) == 2 and isinstance(item, Formula)]
    if len(signed) > 1 and any("\\mp" in item.text for item in shape.items if isinstance(item, Formula)):
        values = [[items_of(item)[min(k, len(items_of(item)) - 1)] for item in shape.items] for k in (0, 1)]
        return [AnswerList(tuple(parts), "(", shape.closing) for parts in values]
    if len(signed) != 1:
        return [shape]
    (place,) = signed
    return [
        AnswerList((*shape.items[:place], value, *shape.items[place + 1 :]), "(", shape.closing)
        for value in items_of(shape.items[place])
    ]


def is_set_like(shape: ParsedAnswer) -> bool:
    """Whether an answer describes a set by operations or conditions."""
    if isinstance(shape, AnswerList) and shape.opening == "":
        return any(is_set_like(item) or isinstance(item, Relation) for item in shape.items)
    return isinstance(shape, SetOperation | SetBuilder)


def are_joined_otherwise(gold: ParsedAnswer, prediction: ParsedAnswer) -> bool:
    """`x < 2 and x > 1` against `x < 2 or x > 1`: the same parts, another set."""
    joiners = {shape.joiner for shape in (gold, prediction) if isinstance(shape, AnswerList)}
    return joiners == {"and", "or"}


def tuple_parts(shape: ParsedAnswer) -> tuple[ParsedAnswer, ...] | None:
    """The parts of a tuple or interval; None for any other answer."""
    return shape.items if isinstance(shape, AnswerList) and shape.opening in _ORDERED else None


def brackets_of(shape: AnswerList) -> tuple[str, str]:
    """The brackets; at an infinite end the bracket says nothing."""
    ends = [isinstance(item, Formula) and infinite_sign(item.node) != 0 for item in (shape.items[0], shape.items[-1])]
    return ("(" if ends[0] else shape.opening, ")" if ends[1] else shape.closing)


def without_repeats(items: list[ParsedAnswer]) -> list[ParsedAnswer]:
    """Without exact repeats: of rational values and of identical text."""
    kept: list[ParsedAnswer] = []
    seen: set[object] = set()
    for item in items:
        value = exact(item.node) if isinstance(item, Formula) else None
        mark = value if value is not None else item
        if mark not in seen:
            seen.add(mark)
            kept.append(item)
    return kept
