"""The question a grader asks: do two answers denote the same mathematical object?

Stages, cheapest first: the same string or number (yes-only, microseconds); kinds of answer and formulas in this
process; the symbolic worker for what floats cannot refute.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from harness.grading.math.comparison import text_answers
from harness.grading.math.comparison.match_types import answers_match
from harness.grading.math.comparison.named_parts import labelled
from harness.grading.math.comparison.opposites import are_opposites
from harness.grading.math.comparison.residue_classes import same_residues, set_in_words
from harness.grading.math.parsing.groups import boxes
from harness.grading.math.parsing.informal_notation import cases_of_words, with_floor_brackets
from harness.grading.math.parsing.normalize import MAX_ANSWER_CHARACTERS, clean
from harness.grading.math.parsing.readings import (
    clause_numbers,
    interpretations,
    is_decimal_with_comma,
    same_item_count,
)
from harness.grading.math.parsing.remarks import corrected_value, denies, value_and_place, without_other_value
from harness.grading.math.question import QuestionHints, hints_of
from harness.grading.math.symbolic.prover import FormulaEquivalence, Prover, out_of_work
from harness.grading.math.symbolic.time_budget import PAIR_LIMIT_S, ProofTimeBudget, SymbolicProver
from harness.grading.math.symbolic.worker import shared_worker

_NUMBER = re.compile(r"^[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$|^[-+]?\.\d+$")
_FRACTION = re.compile(r"^(?P<sign>[-+]?)(?:\\[dt]?frac\{(?P<a>-?\d+)\}\{(?P<b>-?\d+)\}|(?P<c>\d+)/(?P<d>\d+))$")
# Where the question asks for one of these, AB and BA are the same; of letters that are choices, order may count.
_SEGMENT = re.compile(
    r"\b(?:segments?|chords?|diameters?|sides?|edges?|diagonals?)\b|线段|弦|直径|边|对角线", re.IGNORECASE
)
_CALLED = re.compile(r"^([CP])\(.*,.*\)$")
# C(n, k) combinations and P(n, k) permutations; `P(3, 2)` is a point where the question speaks of points.
_CHOSEN = re.compile(r"(?<![\w\\])(?P<kind>[CP])\(\s*(?P<n>\d{1,4})\s*,\s*(?P<k>\d{1,3})\s*\)")
_POINT = re.compile(r"\bpoints?\b|\bcoordinates?\b|\bcent(?:er|re)\b|\bvert(?:ex|ices)\b|点|坐标|圆心", re.IGNORECASE)
_SHOWN = 60
"""Characters of an answer in an explanation, which is one line of a table."""

GRADER_FAILED = "the grader failed"
"""How the rule of a result begins that a mistake of this package prevented; `equal` is None then."""


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """`equal` is None when it could not be decided in time. `why` is for a person."""

    equal: bool | None
    rule: str
    why: str


def compare_answers(
    gold: str,
    prediction: str,
    question: str | None = None,
    *,
    hints: QuestionHints | None = None,
    worker: SymbolicProver | None = None,
    limit_s: float = PAIR_LIMIT_S,
) -> AnswerComparison:
    """Whether the prediction is the gold answer. `question` helps with choices (a letter and its value).

    `worker` answers what floats cannot, by default one shared by this process; `limit_s` bounds the pair, except for
    the start of a worker.
    """
    result = _quick(gold, prediction)
    if result is None:
        try:
            prover = ProofTimeBudget(worker or shared_worker(), limit_s, hints or hints_of(question))
            result = _slow(gold, prediction, question, prover)
        except Exception as error:  # noqa: BLE001 - a pair is a job: a bug over one must not cost the others theirs
            result = FormulaEquivalence(equal=None, rule=f"{GRADER_FAILED}: {type(error).__name__}: {error}"[:200])
    return AnswerComparison(equal=result.equal, rule=result.rule, why=why(gold, prediction, result))


def why(gold: str, prediction: str, result: FormulaEquivalence) -> str:
    """The result as a sentence: `expected 3/4; got 0.75; equal exactly`."""
    return f"expected {_shown(gold)}; got {_shown(prediction)}; {result.rule}"


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "..."


def _quick(gold: str, prediction: str) -> FormulaEquivalence | None:
    """Yes for equal strings or plain numbers, no for two plain numbers that differ, None for all else."""
    a, b = gold.strip().strip("$").strip(), prediction.strip().strip("$").strip()
    if a == b and a:
        return FormulaEquivalence(equal=True, rule="same text")
    x, y = plain_number(a), plain_number(b)
    # Only "equal" is quick: two plain numbers that differ may still be percent, rounded, or in another base.
    if x is not None and x == y:
        return FormulaEquivalence(equal=True, rule="equal as numbers")
    return None


@lru_cache(maxsize=4096)
def plain_number(text: str) -> Fraction | None:
    """The exact value of a plain decimal, whole number or fraction of whole numbers; None for anything else."""
    # int() of long texts takes quadratic time (CVE-2020-10735).
    if len(text) > 300:
        return None
    if _NUMBER.match(text):
        return Fraction(text.replace(",", ""))
    match = _FRACTION.match(text)
    if match is None:
        return None
    top, bottom = (match["a"], match["b"]) if match["a"] is not None else (match["c"], match["d"])
    if int(bottom) == 0:
        return None
    return Fraction(int(top), int(bottom)) * (-1 if match["sign"] == "-" else 1)


def _slow(gold: str, prediction: str, question: str | None, prover: Prover) -> FormulaEquivalence:
    if max(len(gold), len(prediction)) > MAX_ANSWER_CHARACTERS:
        return FormulaEquivalence(
            equal=" ".join(gold.split()) == " ".join(prediction.split()), rule="too long, compared as text"
        )
    a, b = clean(unboxed(gold)), clean(unboxed(prediction))
    if not b:
        return FormulaEquivalence(equal=False, rule="the answer is empty")
    if _squeezed(a) == _squeezed(b):
        return FormulaEquivalence(equal=True, rule="same text but for notation")
    if _is_in_asked_scale(a, b, question):
        return FormulaEquivalence(equal=True, rule="equal in the scale the question asks for")
    b = _asked_value(b, question) if "=" not in a else b
    b = corrected_value(without_other_value(b))
    a, b = cases_of_words(a), with_floor_brackets(a, cases_of_words(b))
    # "Not 5" holds the text of a gold of 5.
    if denies(b) and not denies(a):
        return FormulaEquivalence(equal=False, rule="the answer denies its value")
    (a, place), (b, other_place) = value_and_place(a), value_and_place(b)
    if place is not None and other_place is not None and _squeezed(place) != _squeezed(other_place):
        return FormulaEquivalence(equal=False, rule=f"taken at another place: {other_place}")
    if (opposites := are_opposites(a, b)) is not None:
        return FormulaEquivalence(equal=False, rule=f"opposite words: {opposites}")
    may_choose = _CHOSEN.search(a) or _CHOSEN.search(b)
    if may_choose and not _POINT.search(question or "") and (chosen := _chosen(a, b, prover)) is not None:
        return chosen
    if {name[1] for name in map(_CALLED.match, (a, b)) if name} == {"C", "P"}:
        return FormulaEquivalence(equal=False, rule="combinations are not permutations")
    by_label = _labelled(a, b, prover)
    if by_label is not None:
        return by_label
    by_choice = _choices(a, b, question, prover)
    if by_choice is not None:
        return by_choice
    return _by_readings(a, b, prover)


def _chosen(gold: str, prediction: str, prover: Prover) -> FormulaEquivalence | None:
    """`C(10,3)` against a number: how many ways to choose; None where it may be a point named C."""
    if all(map(_CHOSEN.fullmatch, (gold, prediction))):
        return None
    values = [_CHOSEN.sub(_ways, text) for text in (gold, prediction)]
    others = [text for text, value in zip((gold, prediction), values, strict=True) if text == value]
    if len(others) == 2 or any(re.search(r"[,;(]", other) for other in others):
        return None
    return _by_readings(values[0], values[1], prover)


def _ways(match: re.Match[str]) -> str:
    n, k = int(match["n"]), int(match["k"])
    if n < k:
        return match[0]
    return rf"\binom{{{n}}}{{{k}}}" + ("" if match["kind"] == "C" else f"*{k}!")


def unboxed(text: str) -> str:
    """The contents of the boxes in an answer that has any, several joined as a list."""
    if "box" not in text:
        return text
    found = boxes(text)
    if not found:
        return text
    return ", ".join(content for _, _, content in found)


_IN_SCALE = re.compile(
    r"(?P<amount>[\d.,]+)\s*(?:\\text\s*\{\s*)?(?P<scale>hundred|thousand|million|billion|trillion|dozen)\s*\}?"
)


def _is_in_asked_scale(gold: str, prediction: str, question: str | None) -> bool:
    """Whether `12 million` answers "how many million ..." whose gold is 12."""
    match = _IN_SCALE.fullmatch(prediction)
    if match is None or not question or plain_number(gold) is None:
        return False
    is_asked = re.search(rf"\b(?:how many|in) {match['scale']}s?\b", question, re.IGNORECASE) is not None
    return is_asked and plain_number(match["amount"]) == plain_number(gold)


def _asked_value(prediction: str, question: str | None) -> str:
    """The last side of `m + n = 4 + 9 = 13` where the question asks for m + n; else the prediction."""
    left, *others = (side.strip() for side in prediction.split("="))
    if not others or not question or not re.fullmatch(r"[a-zA-Z\d\s+*^(){}-]{3,40}", left):
        return prediction
    if any(re.search("[a-zA-Z]", side) for side in others[:-1]):
        return prediction
    return others[-1] if _squeezed(left) in _squeezed(clean(question)) else prediction


def _squeezed(text: str) -> str:
    """Without the spaces that mean nothing; between two digits one may."""
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", text)


def _sets_in_signs(gold: str, prediction: str) -> tuple[str, str]:
    """A set named in words by its notation, where the other side is not in words too."""
    said = set_in_words(gold), set_in_words(prediction)
    if (said[0] is None) == (said[1] is None):
        return gold, prediction
    gold, prediction = said[0] or gold, said[1] or prediction
    return gold.replace("^{+}", "^+"), prediction.replace("^{+}", "^+")


def _labelled(gold: str, prediction: str, prover: Prover) -> FormulaEquivalence | None:
    """`P(1,2), Q(3,4)` part by part where both sides label every part, with the same labels; else None."""
    if (a := labelled(gold)) is None or (b := labelled(prediction)) is None or a.keys() != b.keys():
        return None
    results = {label: _by_readings(value, b[label], prover) for label, value in a.items()}
    for label, result in results.items():
        if result.equal is not True:
            return FormulaEquivalence(equal=result.equal, rule=f"{label} differs: {result.rule}")
    return FormulaEquivalence(equal=True, rule="same parts by label")


def _choices(gold: str, prediction: str, question: str | None, prover: Prover) -> FormulaEquivalence | None:
    """A letter against a letter, or against the value the question gives it; None if letters play no part."""
    by_letters = _several_choices(gold, prediction, question, prover)
    if by_letters is not None:
        return by_letters
    letter, other = text_answers.choice_letter(gold), text_answers.choice_letter(prediction)
    if letter is not None and other is None and re.fullmatch(r"\(?\s*[a-j]\s*\)?", prediction):
        other = prediction.strip("() ").upper()
    options = text_answers.options_of(question) if question and (letter or other) else {}
    if letter is not None and other is not None:
        if letter != other:
            return FormulaEquivalence(equal=False, rule="another choice")
        given = plain_number(text_answers.choice_value(prediction) or ""), plain_number(options.get(letter, ""))
        # `(B) 15` where the question's B is 12: letter and value contradict each other, and neither may be picked for
        # the model.
        if None not in given and given[0] != given[1]:
            return FormulaEquivalence(equal=False, rule=f"{letter} with the value of another choice")
        values = text_answers.choice_value(gold), text_answers.choice_value(prediction)
        is_in_words = not any(re.search(r"[\d=<>^\\]", value or "") for value in values)
        if values[0] is None or values[1] is None or options or is_in_words:
            return FormulaEquivalence(equal=True, rule="same choice")
        result = _by_readings(values[0], values[1], prover)
        return FormulaEquivalence(equal=result.equal, rule=f"values behind {letter}: {result.rule}")
    if letter is None and other is not None and not options and (value_said := text_answers.choice_value(prediction)):
        result = _by_readings(gold, value_said, prover)
        if result.equal:
            return FormulaEquivalence(equal=True, rule=f"value behind the choice: {result.rule}")
    for chosen, value in ((letter, prediction), (other, gold)):
        if chosen is not None and chosen in options:
            result = _by_readings(clean(options[chosen]), value, prover)
            return FormulaEquivalence(equal=result.equal, rule=f"value of choice {chosen}: {result.rule}")
    return None


def _several_choices(gold: str, prediction: str, question: str | None, prover: Prover) -> FormulaEquivalence | None:
    """`A, C` against `AC`: a set of letters, but a word of letters where nothing says that they are choices."""
    if (a := text_answers.choice_letters(gold)) is None or (b := text_answers.choice_letters(prediction)) is None:
        return None
    if sorted(a) != sorted(b):
        return None
    is_word = text_answers.is_word_of_letters(gold) and text_answers.is_word_of_letters(prediction)
    if a != b and len(a) == 2 and question and _SEGMENT.search(question):
        return FormulaEquivalence(equal=True, rule="the same segment, named from its other end")
    if a != b and (is_word or prover.hints.is_ordered) and not (question and text_answers.options_of(question)):
        return FormulaEquivalence(equal=False, rule="letters in another order")
    return FormulaEquivalence(equal=True, rule="same choices")


def _by_readings(gold: str, prediction: str, prover: Prover) -> FormulaEquivalence:
    """Equal if any reading of one is any reading of the other; else the verdict of the likeliest readings."""
    first: FormulaEquivalence | None = None
    undecided: FormulaEquivalence | None = None
    if (dates := text_answers.same_date(gold, prediction)) is not None:
        return FormulaEquivalence(equal=dates, rule="same date" if dates else "another date")
    if (quadrants := text_answers.same_quadrant(gold, prediction)) is not None:
        return FormulaEquivalence(equal=quadrants, rule="same quadrant" if quadrants else "another quadrant")
    if (alike := same_residues(gold, prediction)) is not None:
        return FormulaEquivalence(equal=alike, rule="same residue class" if alike else "another residue class")
    gold, prediction = _sets_in_signs(gold, prediction)
    prediction = same_item_count(gold, prediction)
    clauses = clause_numbers(gold), clause_numbers(prediction)
    drop_clause = None in clauses or clauses[0] == clauses[1]
    comma = any(map(is_decimal_with_comma, (gold, prediction))) and prover.hints.decimal_comma
    readings = interpretations(prediction, drop_clause=drop_clause, decimal_comma=comma)
    # The gold's likeliest reading first: the reason shown for a wrong answer is that of the first pair.
    for a in interpretations(gold, drop_clause=drop_clause, decimal_comma=comma):
        for b in readings:
            if prover.is_expired():
                return out_of_work("CPU time of a pair with many readings")
            result = answers_match(a, b, prover)
            if result.equal:
                return result
            first = first or result
            if result.equal is None:
                undecided = result
    words = text_answers.same_words(gold, prediction)
    if words is not None:
        return FormulaEquivalence(equal=True, rule=words)
    # "Undecided" outranks "different": a limit that was reached is the grader's failure, not the answer's.
    return undecided or first or FormulaEquivalence(equal=False, rule="different")
