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


def is_many(parsed: ParsedAnswer) -> bool:
    """Whether an answer may hold several values."""
    if isinstance(parsed, Formula):
        return len(signs_of(parsed.node)) > 1
    if isinstance(parsed, AnswerList):
        return parsed.opening in ("", "{")
    if isinstance(parsed, Relation) and parsed.signs == ("in",):
        return isinstance(parsed.sides[1], AnswerList) and parsed.sides[1].opening == "{"
    if isinstance(parsed, Relation) and _signed_relations(parsed) is not None:
        return True
    named = named_values.named_value(parsed)
    return named is not None and is_many(named.value)


def items_of(parsed: ParsedAnswer) -> list[ParsedAnswer]:
    """The answers in a list or set, `±` as two; anything else is one answer."""
    if isinstance(parsed, Formula):
        nodes = signs_of(parsed.node)
        return [parsed] if len(nodes) == 1 else [Formula(node, parsed.text, parsed.unit) for node in nodes]
    if isinstance(parsed, AnswerList) and parsed.opening in ("", "{"):
        if len(parsed.items) > 1 and all(isinstance(item, AnswerList) and item.opening == "{" for item in parsed.items):
            return list(parsed.items)  # sets, each of them one answer
        return [part for item in parsed.items for part in ([item] if _is_set_in(parsed, item) else items_of(item))]
    if (named := named_values.named_value(parsed)) is not None and is_many(named.value):
        return items_of(named.value)
    if isinstance(parsed, Relation) and parsed.signs == ("in",) and is_many(parsed):
        return items_of(parsed.sides[1])
    if isinstance(parsed, Relation) and (both := _signed_relations(parsed)) is not None:
        return list(both)
    return [parsed]


def _is_set_in(parsed: AnswerList, item: ParsedAnswer) -> bool:
    """A set that is an element of a set."""
    return parsed.opening == "{" and isinstance(item, AnswerList) and item.opening == "{"


def set_depth(parsed: ParsedAnswer) -> int:
    """How deep the braces go: 1 for {1, 2} and the empty set, 2 for a set of sets; 0 for what is no set."""
    if not isinstance(parsed, AnswerList) or parsed.opening != "{":
        return 0
    return 1 + max((set_depth(item) for item in parsed.items), default=0)


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


def is_plain_list(parsed: ParsedAnswer) -> bool:
    """A list of values; pairs, sets and alternatives are solutions, which have no order."""
    return (
        isinstance(parsed, AnswerList)
        and parsed.opening == ""
        and parsed.joiner != "or"
        and not any(isinstance(item, AnswerList) for item in parsed.items)
    )


def without_signs(parsed: ParsedAnswer, other: ParsedAnswer) -> ParsedAnswer:
    """`(±1, 0)` as the list of its two tuples, where the other side writes its tuples out."""
    if not isinstance(parsed, AnswerList) or not _is_list_of_tuples(other):
        return parsed
    tuples = parsed.items if parsed.opening == "" else (parsed,)
    items = [part for item in tuples for part in _both_signs(item)]
    return AnswerList(tuple(items)) if len(items) > 1 and tuple(items) != parsed.items else parsed


def _is_list_of_tuples(parsed: ParsedAnswer) -> bool:
    return (
        isinstance(parsed, AnswerList)
        and parsed.opening in ("", "{")
        and len(parsed.items) > 1
        and all(isinstance(item, AnswerList) and item.opening == "(" for item in parsed.items)
    )


def _both_signs(parsed: ParsedAnswer) -> list[ParsedAnswer]:
    """The tuples of one with `±` in a single part, or with `∓` in another: upper signs together and lower signs.

    With `±` in several parts it is not said which go together.
    """
    if not isinstance(parsed, AnswerList) or parsed.opening != "(":
        return [parsed]
    signed = [k for k, item in enumerate(parsed.items) if len(items_of(item)) == 2 and isinstance(item, Formula)]
    if len(signed) > 1 and any("\\mp" in item.text for item in parsed.items if isinstance(item, Formula)):
        values = [[items_of(item)[min(k, len(items_of(item)) - 1)] for item in parsed.items] for k in (0, 1)]
        return [AnswerList(tuple(parts), "(", parsed.closing) for parts in values]
    if len(signed) != 1:
        return [parsed]
    (place,) = signed
    return [
        AnswerList((*parsed.items[:place], value, *parsed.items[place + 1 :]), "(", parsed.closing)
        for value in items_of(parsed.items[place])
    ]


def is_set_like(parsed: ParsedAnswer) -> bool:
    """Whether an answer describes a set by operations or conditions."""
    if isinstance(parsed, AnswerList) and parsed.opening == "":
        return any(is_set_like(item) or isinstance(item, Relation) for item in parsed.items)
    return isinstance(parsed, SetOperation | SetBuilder)


def are_joined_otherwise(gold: ParsedAnswer, prediction: ParsedAnswer) -> bool:
    """`x < 2 and x > 1` against `x < 2 or x > 1`: the same parts, another set."""
    joiners = {parsed.joiner for parsed in (gold, prediction) if isinstance(parsed, AnswerList)}
    return joiners == {"and", "or"}


def tuple_parts(parsed: ParsedAnswer) -> tuple[ParsedAnswer, ...] | None:
    """The parts of a tuple or interval; None for any other answer."""
    return parsed.items if isinstance(parsed, AnswerList) and parsed.opening in _ORDERED else None


def brackets_of(parsed: AnswerList) -> tuple[str, str]:
    """The brackets; at an infinite end the bracket says nothing."""
    ends = [isinstance(item, Formula) and infinite_sign(item.node) != 0 for item in (parsed.items[0], parsed.items[-1])]
    return ("(" if ends[0] else parsed.opening, ")" if ends[1] else parsed.closing)


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
