r"""Functions given by cases: `\begin{cases} x & x \ge 0 \\ -x & x < 0 \end{cases}` against `|x|` or other cases.

Only what is proved counts: on every open interval between the bounds of both sides by a normal form, at every bound by
exact values. Both must be defined at the same numbers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.grading.math.comparison.equivalence import are_equivalent
from harness.grading.math.comparison.real_sets import (
    CompoundSet,
    FiniteSet,
    RealInterval,
    RealSet,
    real_set,
    unknown_of,
)
from harness.grading.math.comparison.text_answers import plain_text
from harness.grading.math.expression.exact import UndefinedValue, ValueTooLarge, exact, exact_at
from harness.grading.math.expression.piecewise import agree_on_all_pieces
from harness.grading.math.expression.tree import ExprNode, names_of
from harness.grading.math.parsing.answer_types import Formula, MatrixAnswer, ParsedAnswer, Relation, TextAnswer
from harness.grading.math.symbolic.prover import FormulaEquivalence, Prover


@dataclass(frozen=True, slots=True)
class _Piece:
    """A formula on an interval; None: unbounded. `is_rest`: wherever no other piece holds ("otherwise")."""

    node: ExprNode
    low: Fraction | None = None
    low_in: bool = False
    high: Fraction | None = None
    high_in: bool = False
    is_rest: bool = False

    def holds(self, at: Fraction) -> bool:
        above = self.low is None or at > self.low or (self.low_in and at == self.low)
        return above and (self.high is None or at < self.high or (self.high_in and at == self.high))


def same_pieces(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    """Equal where functions of one variable by cases are proved equal everywhere; None where that is not proved."""
    if not any(isinstance(parsed, MatrixAnswer) and parsed.environment == "cases" for parsed in (gold, prediction)):
        return None
    names = _variables(gold) | _variables(prediction)
    a, b = _pieces(gold), _pieces(prediction)
    if a is None or b is None or len(names) != 1:
        return None
    (name,) = names
    bounds = sorted({bound for piece in (*a, *b) for bound in (piece.low, piece.high) if bound is not None})
    # Both at the bounds and between them: `x >= 0` and `x > 0` differ at one number only.
    if not all(_agree_at(a, b, name, bound) for bound in bounds):
        return None
    edges: list[Fraction | None] = [None, *bounds, None]
    if not all(_agree_between(a, b, low, high, prover) for low, high in itertools.pairwise(edges)):
        return None
    return FormulaEquivalence(equal=True, rule=f"proved: equal on all {len(bounds) + 1} intervals and at their ends")


_OTHERWISE = frozenset(("otherwise", "else", "elsewhere", "in all other cases", "其他", "其它", "否则"))


def is_otherwise(condition: ParsedAnswer) -> bool:
    """Whether a condition of cases stands for all that the others leave."""
    return isinstance(condition, TextAnswer) and plain_text(condition.text) in _OTHERWISE


_OPPOSITES = (("even", "odd"), ("rational", "irrational"), ("偶数", "奇数"))


def with_rest_named(rows: Sequence[Sequence[ParsedAnswer]]) -> list[tuple[ParsedAnswer, ...]]:
    """Two cases with "otherwise" as the opposite of the other condition: odd where that is even."""
    found = [tuple(row) for row in rows]
    if len(found) != 2 or any(len(row) != 2 for row in found):
        return found
    for rest, other in ((1, 0), (0, 1)):
        condition = found[other][1]
        if is_otherwise(found[rest][1]) and isinstance(condition, TextAnswer):
            for one, opposite in (*_OPPOSITES, *((b, a) for a, b in _OPPOSITES)):
                if re.search(rf"(?<![a-z]){one}", condition.text) and not re.search(r"\bnot\b|不", condition.text):
                    named = TextAnswer(re.sub(rf"(?<![a-z]){one}", opposite, condition.text))
                    found[rest] = (found[rest][0], named)
                    return found
    return found


def _variables(parsed: ParsedAnswer) -> frozenset[str]:
    """The variables of a formula, or of the formulas and conditions of cases."""
    if isinstance(parsed, Formula):
        return names_of(parsed.node)
    if not isinstance(parsed, MatrixAnswer):
        return frozenset()
    cells = [cell for row in parsed.rows for cell in row]
    sides = [side for cell in cells for side in (cell.sides if isinstance(cell, Relation) else (cell,))]
    return names_of(*(side.node for side in sides if isinstance(side, Formula)))


def _pieces(parsed: ParsedAnswer) -> list[_Piece] | None:
    if isinstance(parsed, Formula) and parsed.unit is None:
        return [_Piece(parsed.node)]
    if not isinstance(parsed, MatrixAnswer) or parsed.environment != "cases":
        return None
    found = [_piece(row) for row in parsed.rows]
    known = [piece for piece in found if piece is not None]
    return known if len(known) == len(found) else None


def _piece(row: Sequence[ParsedAnswer]) -> _Piece | None:
    if len(row) != 2:
        return None
    value, condition = row
    if not isinstance(value, Formula) or value.unit is not None:
        return None
    if is_otherwise(condition):
        return _Piece(value.node, is_rest=True)
    if not isinstance(condition, Relation):
        return None
    return _on(value.node, real_set(condition, unknown_of(condition)))


def _on(node: ExprNode, given: RealSet | None) -> _Piece | None:
    """The formula on an interval with rational bounds, or on what two of them share."""
    if isinstance(given, CompoundSet) and given.sign == "cap":
        left, right = _on(node, given.left), _on(node, given.right)
        if left is None or right is None or left.low is not None or right.high is not None:
            left, right = right, left
        if left is None or right is None or left.low is not None or right.high is not None:
            return None
        return _Piece(node, right.low, right.low_in, left.high, left.high_in)
    if isinstance(given, FiniteSet) and len(given.nodes) == 1 and (at := exact(given.nodes[0])) is not None:
        return _Piece(node, at, low_in=True, high=at, high_in=True)
    if not isinstance(given, RealInterval):
        return None
    low = None if given.low is None else exact(given.low)
    high = None if given.high is None else exact(given.high)
    if (low is None) != (given.low is None) or (high is None) != (given.high is None):
        return None
    return _Piece(node, low, given.low_in, high, given.high_in)


def _only(pieces: list[_Piece], at: Fraction) -> tuple[int, ExprNode | None]:
    """How many pieces hold a number, and the formula of the only one."""
    found = [piece.node for piece in pieces if not piece.is_rest and piece.holds(at)]
    found = found or [piece.node for piece in pieces if piece.is_rest]
    return len(found), found[0] if len(found) == 1 else None


def _agree_at(a: list[_Piece], b: list[_Piece], name: str, at: Fraction) -> bool:
    (count, left), (other, right) = _only(a, at), _only(b, at)
    if left is None or right is None:
        return count == other == 0
    try:
        return exact_at(left, {name: at}) == exact_at(right, {name: at})
    except (UndefinedValue, ValueTooLarge, ZeroDivisionError):
        return False


def _agree_between(
    a: list[_Piece], b: list[_Piece], low: Fraction | None, high: Fraction | None, prover: Prover
) -> bool:
    if low is not None and high is not None:
        # Which pieces hold is the same on the whole open interval, so any number inside tells.
        inside = (low + high) / 2
    else:
        inside = low + 1 if low is not None else high - 1 if high is not None else Fraction(0)
    (count, left), (other, right) = _only(a, inside), _only(b, inside)
    if left is None or right is None:
        return count == other == 0
    if not names_of(left, right):
        return are_equivalent(left, right, prover).equal is True
    return agree_on_all_pieces(left, right, prover.hints.whole, between=(low, high)) is not None
