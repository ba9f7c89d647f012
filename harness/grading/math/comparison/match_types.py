"""Whether two parsed answers denote the same object: the rules of equality, one kind of object after another.

Covers named values, lists with and without order, tuples, sets, relations, matrices, ratios and words. A decision whose
`equal` is None was cut short by a limit.
"""

from __future__ import annotations

import re

from harness.grading.math.comparison import named_values, text_answers
from harness.grading.math.comparison.equations import identity_value, same_equation, solves
from harness.grading.math.comparison.equivalence import are_equivalent
from harness.grading.math.comparison.list_items import (
    are_joined_otherwise,
    brackets_of,
    is_many,
    is_plain_list,
    is_set_like,
    items_of,
    set_depth,
    tuple_parts,
    without_repeats,
    without_signs,
)
from harness.grading.math.comparison.match_values import formulas
from harness.grading.math.comparison.match_words import words_match
from harness.grading.math.comparison.named_parts import named_parts, orders
from harness.grading.math.comparison.piecewise_answers import same_pieces, with_rest_named
from harness.grading.math.comparison.real_sets import real_set, unknown_of
from harness.grading.math.comparison.set_equality import same_set
from harness.grading.math.expression.tree import ExprNode, number, substitute, symbols, times
from harness.grading.math.parsing.answer_types import (
    AnswerList,
    Formula,
    MatrixAnswer,
    ParsedAnswer,
    Relation,
    SetBuilder,
    SetOperation,
    TextAnswer,
)
from harness.grading.math.symbolic.prover import UNEQUAL, FormulaEquivalence, Prover, out_of_work

_ORDERED = ("(", "[")


def answers_match(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence:
    """Whether the prediction denotes what the gold does."""
    # Named parts come before lists: `y=2, x=1` is the tuple (1, 2), in the order of its names and not of the page.
    for rule in (_by_name, _named, _grids, _ratios, _lists, _sets, _relations, words_match):
        result = rule(gold, prediction, prover)
        if result is not None:
            return result
    if isinstance(gold, Formula) and isinstance(prediction, Formula):
        return formulas(gold, prediction, prover)
    return FormulaEquivalence(equal=False, rule="different kinds of answer")


# Named values


def _by_name(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    """`x=1, y=2` against `y=2, x=1`, `(x,y) = (1,2)`, a system, `(1,2)`, where each part has a name of its own."""
    a, b = named_parts(gold), named_parts(prediction)
    if a is not None and b is not None:
        if a.keys() != b.keys():
            return None
        return pairwise(list(a.values()), [b[name] for name in a], prover, "same values by name")
    for parts, other in ((a, prediction), (b, gold)):
        if parts is None:
            continue
        if isinstance(other, AnswerList) and other.opening == "{" and len(other.items) == 1:
            other = other.items[0]  # the set of the one solution
        # `x = 1` of a gold of `x = 1, y = 2` is half an answer.
        if isinstance(other, Relation) and other.signs == ("=",) and re.sub(r"\s", "", other.texts[0]) in parts:
            return FormulaEquivalence(equal=False, rule="the value of one name of several")
        if isinstance(other, AnswerList) and other.opening in ("", "("):
            return _in_some_order(parts, other, is_gold=parts is a, prover=prover)
    return None


def _in_some_order(
    parts: dict[str, ParsedAnswer], other: AnswerList, *, is_gold: bool, prover: Prover
) -> FormulaEquivalence | None:
    """Named parts against a tuple or list without names of the same size."""
    if len(other.items) != len(parts) or any(isinstance(item, Relation) for item in other.items):
        return None
    result: FormulaEquivalence | None = None
    for values in orders(parts, is_bare=not other.opening):
        pair = (values, list(other.items)) if is_gold else (list(other.items), values)
        result = pairwise(*pair, prover, "same parts in the order of their names")
        if result.equal is not False:
            break
    return result


def _named(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    """`x = 3`, `f(x) = ...`, `AB = 4`: the name is not the answer; two different names are two different answers."""
    a, b = named_values.named_value(gold), named_values.named_value(prediction)
    if a is not None and b is not None:
        # `a = 3` against `b = 3` differ, but `y = 2x` against `x = y/2` are one equation under two names.
        if not named_values.same_name(a.name, b.name):
            return _relations(gold, prediction, prover) or UNEQUAL
        value = named_values.renamed(b, a)
        is_function = a.name.startswith(("f(", "y")) and b.name.startswith(("f(", "y"))
        if is_function and isinstance(value, Formula) and isinstance(a.value, Formula):
            node = named_values.with_free_constant(value.node, a.value.node, frozenset({a.argument or "x", "x", "t"}))
            value = value if node is value.node else Formula(node, "", value.unit)
        return answers_match(a.value, value, prover)
    if a is not None and not isinstance(prediction, Relation | SetBuilder | SetOperation):
        return answers_match(a.value, prediction, prover)
    if b is not None and not isinstance(gold, Relation | SetBuilder | SetOperation):
        return answers_match(gold, b.value, prover)
    return None


# Lists


def _lists(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    gold, prediction = without_signs(gold, prediction), without_signs(prediction, gold)
    gold_tuple, tuple_ = tuple_parts(gold), tuple_parts(prediction)
    if gold_tuple is not None and tuple_ is not None:
        return _tuples(gold, prediction, gold_tuple, tuple_, prover)
    depths = set_depth(gold), set_depth(prediction)
    # The empty set and the set that holds it are two answers.
    if min(depths) > 0 and depths[0] != depths[1]:
        return FormulaEquivalence(equal=False, rule="a set is not the set of it")
    many_gold, many = is_many(gold), is_many(prediction)
    if not many_gold and not many:
        return None
    if isinstance(gold, TextAnswer) or isinstance(prediction, TextAnswer):
        return None
    if is_set_like(gold) or is_set_like(prediction):
        result = _sets(gold, prediction, prover)
        if result is not None and (result.equal or are_joined_otherwise(gold, prediction)):
            return result
    if many_gold != many and (gold_tuple is not None or tuple_ is not None):
        return _tuple_and_list(gold, prediction, prover)
    a, b = items_of(gold), items_of(prediction)
    # "In increasing order", "respectively": the question makes a tuple of the list.
    if prover.hints.is_ordered and is_plain_list(gold) and not set_depth(prediction):
        return pairwise(a, b, prover, "same parts in the order asked for")
    if isinstance(gold, AnswerList) and gold.joiner == "or":
        a = without_repeats(a)  # "13/4 or 3.25" is one value, written twice
    return without_order(a, b, prover)


def _tuples(
    gold: ParsedAnswer,
    prediction: ParsedAnswer,
    a: tuple[ParsedAnswer, ...],
    b: tuple[ParsedAnswer, ...],
    prover: Prover,
) -> FormulaEquivalence:
    """In order; with two parts the brackets count too, as those of an interval do."""
    brackets = [brackets_of(parsed) for parsed in (gold, prediction) if isinstance(parsed, AnswerList)]
    # With three parts and more no interval can be meant: (1,2,3) and [1,2,3] are the same vector in two notations.
    if len(a) == len(b) == 2 and brackets[0] != brackets[1]:
        return FormulaEquivalence(equal=False, rule="open and closed ends differ")
    return pairwise(list(a), list(b), prover, "same parts in order")


def _tuple_and_list(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    """`1,2,3` against `(x,y,z) = (1,2,3)`: a bare list may be a tuple without its brackets, in order."""
    for one, other in ((gold, prediction), (prediction, gold)):
        if not isinstance(one, AnswerList) or one.opening != "(":
            continue
        if isinstance(other, AnswerList) and other.opening == "":
            pair = list(one.items), list(other.items)
            return pairwise(*(pair if one is gold else pair[::-1]), prover, "same parts in order, brackets aside")
    a, b = items_of(gold), items_of(prediction)
    return without_order(a, b, prover)


def pairwise(gold: list[ParsedAnswer], prediction: list[ParsedAnswer], prover: Prover, rule: str) -> FormulaEquivalence:
    """Equal when each part equals its counterpart."""
    if len(gold) != len(prediction):
        return FormulaEquivalence(equal=False, rule=f"{len(gold)} parts expected, {len(prediction)} given")
    undecided = False
    for a, b in zip(gold, prediction, strict=True):
        result = answers_match(a, b, prover)
        if result.equal is False:
            return FormulaEquivalence(equal=False, rule=f"a part differs: {result.rule}")
        undecided = undecided or result.equal is None
    return FormulaEquivalence(equal=None if undecided else True, rule=rule)


def without_order(gold: list[ParsedAnswer], prediction: list[ParsedAnswer], prover: Prover) -> FormulaEquivalence:
    """Equal when every answer of one list has its own counterpart in the other.

    Repeats count once where only the prediction has them (a double root); a gold that repeats means it.
    """
    # `2, 2` for a gold of 2 is the double root counted twice; a gold of `2, 2` asks for the multiplicity.
    if len(gold) != len(prediction) and len(without_repeats(gold)) == len(gold):
        prediction = without_repeats(prediction)
    if len(gold) != len(prediction):
        return FormulaEquivalence(equal=False, rule=f"{len(gold)} answers expected, {len(prediction)} given")
    left, undecided = list(prediction), False
    for item in gold:
        for index, candidate in enumerate(left):
            if prover.is_expired():
                return out_of_work("CPU time of a list with many items")
            result = answers_match(item, candidate, prover)
            undecided = undecided or result.equal is None
            if result.equal:
                del left[index]
                break
        else:
            return FormulaEquivalence(
                equal=None if undecided else False, rule="an answer of the list has no counterpart"
            )
    return FormulaEquivalence(equal=True, rule="same answers in any order")


# Sets, relations, matrices


def _sets(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    """Both as sets of real numbers, where one of them can be nothing else."""
    if not any(_is_surely_set(parsed) for parsed in (gold, prediction)):
        return None
    if isinstance(gold, Relation) and isinstance(prediction, Relation) and unknown_of(gold) != unknown_of(prediction):
        return None
    a, b = real_set(gold), real_set(prediction)
    if a is not None and b is not None:
        return same_set(a, b, prover)
    if isinstance(gold, SetOperation) and isinstance(prediction, SetOperation) and gold.sign == prediction.sign:
        parts = list(gold.parts), list(prediction.parts)
        return pairwise(*parts, prover, "same sets") if gold.sign == "setminus" else without_order(*parts, prover)
    return None


def _is_surely_set(parsed: ParsedAnswer) -> bool:
    match parsed:
        case SetOperation() | SetBuilder():
            return True
        case Relation():
            return "=" not in parsed.signs
        case AnswerList():
            return parsed.opening == "" and any(_is_surely_set(item) for item in parsed.items)
        case Formula():
            return parsed.node.name == "mathbbR"
        case TextAnswer():
            return text_answers.plain_text(parsed.text) in text_answers.ALL_REALS
        case _:
            return False


def _relations(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    if isinstance(gold, Relation) and isinstance(prediction, Relation):
        result = same_equation(gold, prediction, prover, lambda a, b: answers_match(a, b, prover))
        if result.equal is not False:
            return result
        return _solved_form(gold, prediction, prover) or _solved_form(prediction, gold, prover) or result
    for relation, other in ((gold, prediction), (prediction, gold)):
        if isinstance(relation, Relation) and isinstance(other, Formula):
            side = identity_value(relation, prover)
            return formulas(side, other, prover) if side is not None else solves(relation, other, prover)
    return None


def _grids(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    if (by_pieces := same_pieces(gold, prediction, prover)) is not None:
        return by_pieces
    if isinstance(gold, MatrixAnswer) and isinstance(prediction, MatrixAnswer):
        if gold.environment == "cases" or prediction.environment == "cases":
            rows = [[_row(row) for row in with_rest_named(grid.rows)] for grid in (gold, prediction)]
            return without_order(rows[0], rows[1], prover)
        # `vmatrix` is the determinant, a number; `pmatrix` with the same cells is the matrix.
        if (gold.environment == "vmatrix") != (prediction.environment == "vmatrix"):
            return FormulaEquivalence(equal=False, rule="a determinant is no matrix")
        return _cells(gold, prediction, prover)
    for grid, other in ((gold, prediction), (prediction, gold)):
        if isinstance(grid, MatrixAnswer) and isinstance(other, AnswerList):
            return _vector(grid, other, is_gold=grid is gold, prover=prover)
        if isinstance(grid, MatrixAnswer | AnswerList) and isinstance(other, Formula):
            parts = _components(other, len(grid.items) if isinstance(grid, AnswerList) else len(grid.rows))
            if parts is not None:
                return answers_match(grid, parts, prover) if grid is gold else answers_match(parts, grid, prover)
    return None


_UNIT_VECTORS = tuple(f"{mark}:{letter}" for mark in ("hat", "vec") for letter in "ijk")


def _components(formula: Formula, size: int) -> AnswerList | None:
    """`2i - 3j` in unit vectors as its tuple of two or three components; None for a formula without them."""
    names = symbols(formula.node)
    found = [name for name in _UNIT_VECTORS if name in names]
    if not found or size not in (2, 3):
        return None
    mark = found[0].partition(":")[0]
    axes = [f"{mark}:{letter}" for letter in "ijk"[:size]]
    values = [substitute(formula.node, {axis: number(axis == chosen) for axis in _UNIT_VECTORS}) for chosen in axes]
    return AnswerList(tuple(Formula(value, "") for value in values), "(", ")")


def _solved_form(relation: Relation, named: Relation, prover: Prover) -> FormulaEquivalence | None:
    """`xy = 1` against `y = 1/x`: the second solves the first for the variable it names."""
    left, right = named.sides[0], named.sides[-1]
    is_solved = named.signs == ("=",) and isinstance(left, Formula) and left.node.op == "sym"
    if not is_solved or not isinstance(left, Formula) or not isinstance(right, Formula):
        return None
    result = solves(relation, right, prover)
    return result if result is not None and result.equal and result.rule.endswith(f"for {left.node.name}") else None


def _cells(gold: MatrixAnswer, prediction: MatrixAnswer, prover: Prover) -> FormulaEquivalence:
    if [len(row) for row in gold.rows] != [len(row) for row in prediction.rows]:
        return FormulaEquivalence(equal=False, rule="matrices of different size")
    cells = [[cell for row in grid.rows for cell in row] for grid in (gold, prediction)]
    return pairwise(cells[0], cells[1], prover, "same matrix")


def _ratios(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    """`3:4:5` against `6:8:10`: equal when all cross products with the first parts are."""
    a, b = _ratio_nodes(gold), _ratio_nodes(prediction)
    if a is None or b is None:
        return None
    if len(a) != len(b):
        return UNEQUAL
    # Cross products and no quotients: a ratio may hold a 0, as 0:1:2.
    results = [are_equivalent(times(x, b[0]), times(y, a[0]), prover).equal for x, y in zip(a, b, strict=True)]
    return (
        UNEQUAL if False in results else FormulaEquivalence(equal=None if None in results else True, rule="same ratio")
    )


def _ratio_nodes(parsed: ParsedAnswer) -> list[ExprNode] | None:
    if not isinstance(parsed, AnswerList) or parsed.opening != ":":
        return None
    return [item.node for item in parsed.items if isinstance(item, Formula)]


def _row(row: tuple[ParsedAnswer, ...]) -> ParsedAnswer:
    return row[0] if len(row) == 1 else AnswerList(row, "(", ")")


def _vector(grid: MatrixAnswer, other: AnswerList, *, is_gold: bool, prover: Prover) -> FormulaEquivalence:
    """A row or column against a tuple; a matrix against its rows; a system of equations against a list."""
    rows = [item for item in other.items if isinstance(item, AnswerList) and item.opening in _ORDERED]
    if rows and len(rows) == len(other.items) == len(grid.rows):
        written = MatrixAnswer(tuple(row.items for row in rows), "matrix")
        return _cells(grid, written, prover) if is_gold else _cells(written, grid, prover)
    cells: list[ParsedAnswer] = [cell for row in grid.rows for cell in row]
    is_vector = len(grid.rows) == 1 or all(len(row) == 1 for row in grid.rows)
    if not is_vector or other.opening == "{":
        return FormulaEquivalence(equal=False, rule="a matrix is no list")
    pair = (cells, list(other.items)) if is_gold else (list(other.items), cells)
    # The lines of a system have no order; those of a column vector do.
    if grid.environment == "cases":
        return without_order(pair[0], pair[1], prover)
    return pairwise(pair[0], pair[1], prover, "same vector")
