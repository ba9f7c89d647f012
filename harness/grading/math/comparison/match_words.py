"""Answers of which one is words: equal words, number words, no solution, formulas that only LaTeX reads."""

from __future__ import annotations

import re

from harness.grading.math.comparison import text_answers
from harness.grading.math.expression.exact import exact
from harness.grading.math.parsing.answer_types import AnswerList, Formula, ParsedAnswer, TextAnswer
from harness.grading.math.symbolic.prover import FormulaEquivalence, Prover

MAX_LATEX_CHARACTERS = 300
"""The second parser is slow on long text it does not understand."""


def words_match(gold: ParsedAnswer, prediction: ParsedAnswer, prover: Prover) -> FormulaEquivalence | None:
    """The decision where at least one side is words; None for two other answers."""
    if not isinstance(gold, TextAnswer) and not isinstance(prediction, TextAnswer):
        return None
    a, b = _text_of(gold), _text_of(prediction)
    if a is not None and b is not None and (rule := text_answers.same_words(a, b)):
        return FormulaEquivalence(equal=True, rule=rule)
    for one, other in ((gold, prediction), (prediction, gold)):
        if (
            isinstance(one, TextAnswer)
            and isinstance(other, Formula)
            and (value := text_answers.number_word(one.text)) is not None
        ):
            return FormulaEquivalence(equal=exact(other.node) == value, rule="number as a word")
    if a is not None and b is not None and _is_formula_text(a, b):
        return prover.prove_latex(a, b)
    return _no_solution(gold, prediction)


def _no_solution(gold: ParsedAnswer, prediction: ParsedAnswer) -> FormulaEquivalence:
    """The empty set against the words for it."""
    for one, other in ((gold, prediction), (prediction, gold)):
        is_empty = isinstance(one, AnswerList) and not one.items
        if (
            is_empty
            and isinstance(other, TextAnswer)
            and text_answers.plain_text(other.text) == text_answers.NO_SOLUTION
        ):
            return FormulaEquivalence(equal=True, rule="no solution")
    return FormulaEquivalence(equal=False, rule="different words")


def _text_of(parsed: ParsedAnswer) -> str | None:
    """The text of a parsed answer that has one."""
    return parsed.text if isinstance(parsed, Formula | TextAnswer) else None


def _is_formula_text(gold: str, prediction: str) -> bool:
    """Whether one holds mathematics our parser lacks (a sum, integral, limit or product), and both may be formulas."""
    signs = ("\\sum", "\\int", "\\lim", "\\prod")
    texts = (gold, prediction)
    if any(len(text) > MAX_LATEX_CHARACTERS or text.count("{") != text.count("}") for text in texts):
        return False
    if any(re.search(r"[A-Za-z]{4,}", re.sub(r"\\[a-zA-Z]+", "", text)) for text in texts):
        return False
    return any(sign in text for text in texts for sign in signs)
