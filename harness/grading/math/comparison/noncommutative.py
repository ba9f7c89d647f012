"""Products whose factors must not change places: matrices, operators, words in capital letters.

Applies where the question speaks of matrices, or where a formula is nothing but a product of capital letters: `AB`
without a question may be a product of matrices, a permutation or a word, and none of them is `BA`.
"""

from __future__ import annotations

import itertools
import re
from fractions import Fraction

from harness.grading.math.expression.tree import ExprNode, names_of, substitute, symbol, symbols
from harness.grading.math.symbolic.prover import FormulaEquivalence

MAX_FACTORS = 12
"""The largest power that is multiplied out; a sum may have its square in terms. Beyond them nothing is decided here."""
_LETTER = re.compile(r"[A-Z](?:_\w+)?")

Word = tuple[str, ...]
Terms = dict[Word, Fraction]


def ordered_products(
    gold: ExprNode, prediction: ExprNode, *, has_matrices: bool, has_group: bool = False
) -> FormulaEquivalence | None:
    """Whether two sums of ordered products are the same; None where order plays no part.

    `has_group`: small and Greek letters are elements of a group and do not commute either.
    """
    if has_group:
        names = {name: symbol(f"G_{name}") for name in names_of(gold, prediction)}
        gold, prediction, has_matrices = substitute(gold, names), substitute(prediction, names), True
    letters = [name for name in names_of(gold, prediction) if _LETTER.fullmatch(name) and name != "T"]
    if len(letters) < 2:
        return None
    a, b = _terms(gold), _terms(prediction)
    if a is None or b is None:
        return None
    is_word = _is_word(gold) and _is_word(prediction)
    if not (has_matrices or is_word or _has_both_orders(a) or _has_both_orders(b)):
        return None
    if a == b:
        return FormulaEquivalence(equal=True, rule="proved: same products in order")
    if _without_order(a) == _without_order(b):
        return FormulaEquivalence(equal=False, rule="factors in another order")
    return None


def _has_both_orders(terms: Terms) -> bool:
    """`XY - YX`: nobody writes both of numbers."""
    pairs = {(one, other) for word in terms for one, other in itertools.pairwise(word) if one != other}
    return any((other, one) in pairs for one, other in pairs)


def _is_word(node: ExprNode) -> bool:
    """A product of capital letters and their whole powers without any number."""
    if node.op == "mul":
        return all(map(_is_word, node.args))
    if node.op == "pow":
        return _is_word(node.args[0]) and (_whole(node.args[1]) is not None or node.args[1].name == "T")
    return node.op == "sym" and _LETTER.fullmatch(node.name) is not None


def _whole(node: ExprNode) -> int | None:
    return int(node.value) if node.op == "num" and node.value.denominator == 1 else None


def _terms(node: ExprNode) -> Terms | None:
    """The sum of ordered products a formula is, multiplied out; None where it is none, or too long."""
    if node.op == "num":
        return {(): node.value} if node.value else {}
    if node.op == "sym":
        return {(node.name,): Fraction(1)}
    if node.op == "pow":
        return _power(node)
    parts = [_terms(argument) for argument in node.args]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or node.op not in ("add", "mul"):
        return None
    total: Terms = {} if node.op == "add" else {(): Fraction(1)}
    for part in known:
        total = _sum(total, part) if node.op == "add" else _product(total, part)
        if len(total) > MAX_FACTORS**2:
            return None
    return total


def _power(node: ExprNode) -> Terms | None:
    base, exponent = _terms(node.args[0]), _whole(node.args[1])
    if base is None or (len(base) == 1 and () in base and exponent is None):
        return None
    if exponent is not None and 0 <= exponent <= MAX_FACTORS:
        total: Terms = {(): Fraction(1)}
        for _ in range(exponent):
            total = _product(total, base)
        return total if len(total) <= MAX_FACTORS**2 else None
    if len(base) != 1 or not symbols(node.args[0]):
        return None
    ((word, factor),) = base.items()
    if exponent == -1 and factor:
        return {_reduced(tuple(_inverse(letter) for letter in reversed(word))): 1 / factor}
    if node.args[1].name in ("T", "top"):
        return {tuple(f"{letter}^T" for letter in reversed(word)): factor}
    return None


def _inverse(letter: str) -> str:
    return letter.removesuffix("^-1") if letter.endswith("^-1") else f"{letter}^-1"


def _sum(left: Terms, right: Terms) -> Terms:
    total = dict(left)
    for word, factor in right.items():
        total[word] = total.get(word, Fraction(0)) + factor
    return {word: factor for word, factor in total.items() if factor}


def _product(left: Terms, right: Terms) -> Terms:
    total: Terms = {}
    for one, a in left.items():
        for other, b in right.items():
            total = _sum(total, {_reduced(one + other): a * b})
    return total


def _reduced(word: Word) -> Word:
    """Lower-case letters, which are numbers, in front; a letter beside its inverse goes."""
    kept = sorted(letter for letter in word if not letter[0].isupper())
    start = len(kept)
    for letter in (letter for letter in word if letter[0].isupper()):
        if len(kept) > start and kept[-1] == _inverse(letter):
            kept.pop()
        else:
            kept.append(letter)
    return tuple(kept)


def _without_order(terms: Terms) -> Terms:
    """The sum with all factors commuting, in which a letter and its inverse cancel wherever they stand."""
    total: Terms = {}
    for word, factor in terms.items():
        counts: dict[str, int] = {}
        for letter in word:
            counts[letter.removesuffix("^-1")] = counts.get(letter.removesuffix("^-1"), 0) + (
                -1 if letter.endswith("^-1") else 1
            )
        flat = tuple(f"{letter}{counts[letter]}" for letter in sorted(counts) if counts[letter])
        total = _sum(total, {flat: factor})
    return total
