"""The readings of one cleaned answer: with and without the words in front, the clause behind, thousands separators.

All readings of one side are compared with all of the other, the likeliest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.grading.math.parsing.answer_parser import parse_answer
from harness.grading.math.parsing.answer_types import ParsedAnswer
from harness.grading.math.parsing.groups import depths_of

_CLAUSE = re.compile(
    r"\s*(?:[,;(]\s*)?(?:\\text\s*\{\s*,?\s*)?"
    r"(?:for (?:all|any|every|each|some|integers?)|where|such that|with|as|is)(?![a-zA-Z]).*$"
    r"|\s*[,;(]\s*(?:\\text\s*\{[^{}]*\}\s*)?[a-zA-Z](?:\s*,\s*[a-zA-Z])*\s*\\in\s*\\?(?:mathbb\s*\{\s*[ZNRQ]|[ZNRQ]).*$",
    re.DOTALL,
)
_FRONT = re.compile(
    r"^(?:\\text\s*\{\s*)?"
    r"(?:ans\.?\s*\}?\s*[:=]|(?:solution|result|value)\s*:\s*\}?|it is\s|(?:the )?(?:final )?answer\s*\}\s*[:=]|yes,\s"
    r"|(?:the )?(?:maximum|minimum|least|greatest|largest|smallest|max|min)(?: possible)?(?: value)?(?: is)?\s*\}?"
    r"\s*[:=]?"
    r"|(?:the )?(?:area|volume|perimeter|probability|sum|product|value|length|number|total|distance|radius|cost|price"
    r"|average|ratio|minimum|maximum)(?: [a-z]+){0,3} (?:is|equals|=)\s|is |equals |(?:for )?(?:all|any|every) "
    r"|(?:the )?(?:final )?answer(?: is)?\s*[:=]?|approximately|approx\.?|about|roughly|exactly|约"
    r"|[a-z]\s*:\s*(?=[^:=]+=)|therefore,?|thus,?|so,?|答案(?:是|为)?:?|答:|(?:最[大小]值|值|面积|体积|周长|概率|和|积|长)(?:是|为|等于)|\\approx|\\sim|~)\s*\}?\s*(?=\S)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\s*\(\s*(?:\\text\s*\{\s*)?(?:approximately|approx|about|roughly|i\.e|which is|\\approx)[^()]*\)\s*$"
    r"|(?<=[\d}])\s*\(\s*\d[\d.]*\s*%\s*\)$"
    r"|(?<=[\d}])\s*\(\s*[a-zA-Z]\s*=\s*-?\d+\s*\)$"
    r"|(?<=[a-z])\s+\(\s*\d[\d.,/]*\s+[a-z]+\s*\)\s*$"
)
_OR_IN_BRACKETS = re.compile(r"\s*\(\s*(?:\\text\s*\{\s*or\s*\}|or\b)\s*(?P<other>[^()]+)\)$")
_TAIL = re.compile(
    r"(?<=\d)\s*(?:\\text\s*\{)?\s*(?:in total|in all|altogether|total"
    r"|times(?: as (?:many|much|large|long|big|great|likely|fast))?)\s*\}?$|(?<=\d)倍$"
)
"""Words behind a number that say no more than the question did."""
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?!\d|,\d)")
_SPACED_THOUSANDS = re.compile(r"^[-+]?\d{1,3}(?: \d{3})+(?:\.\d+)?$")
_HEXADECIMAL = re.compile(r"(?P<digits>[A-F]{1,4})\s*_\s*\{?16\}?")
_DECIMAL_COMMA = re.compile(r"^[-+]?\d+,(?:\d{1,2}|\d{4,})$")


_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def is_decimal_with_comma(text: str) -> bool:
    """Whether a text may be a decimal with a comma for its point: `2,5`."""
    return _DECIMAL_COMMA.match(text) is not None


def interpretations(text: str, *, drop_clause: bool = True, decimal_comma: bool = False) -> tuple[ParsedAnswer, ...]:
    """Every reading of a cleaned answer, the likeliest first; with `drop_clause` also without its "where ...".

    `decimal_comma`: the question or the response writes decimals with a comma, so `2,5` may be 2.5.
    """
    if _PLAIN_NUMBER.fullmatch(text):
        return (parse_answer(text),)
    found = list(dict.fromkeys(_variants(text, drop_clause=drop_clause, decimal_comma=decimal_comma)))
    if len(found) == 1:
        return (parse_answer(found[0]),)
    # Bounded, since every reading of one side is compared with every one of the other.
    return tuple(dict.fromkeys(parse_answer(variant) for variant in found[:4]))


def clause_numbers(text: str) -> frozenset[str] | None:
    """The numbers in the "where ..." clause at the end of an answer; None where there is no clause.

    Conditions with different numbers are different answers, so then the clauses must not be dropped.
    """
    clause = _clause(text)
    return frozenset(re.findall(r"\d+", clause[0])) if clause else None


def _clause(text: str) -> re.Match[str] | None:
    """The clause at the end; the conditions of cases are none."""
    return None if "\\begin" in text else _CLAUSE.search(text)


_COUNTED = re.compile(r"[,;(]\s*(?:\\text\s*\{[^{}]*\}\s*)?([a-zA-Z])\s*\\in\s*\\?(?:mathbb\s*\{\s*)?[ZN]")


def same_item_count(gold: str, prediction: str) -> str:
    """The prediction with its counted variable named as the gold's: the n of `3n+1, n \\in Z` as k."""
    ours, theirs = _COUNTED.search(gold), _COUNTED.search(prediction)
    if ours is None or theirs is None or ours[1] == theirs[1]:
        return prediction
    # The gold's letter has another meaning in the prediction: renaming would merge two variables.
    if re.search(rf"(?<![a-zA-Z\\]){ours[1]}(?![a-zA-Z])", prediction) or "text" in prediction:
        return prediction
    return re.sub(rf"(?<!\\)(?<![a-zA-Z]){theirs[1]}(?![a-zA-Z])", ours[1], prediction)


def _variants(text: str, *, drop_clause: bool, decimal_comma: bool) -> Iterator[str]:
    # `1 000 000`, as SI writes it (SI Brochure, 9th edition, 5.4.4).
    if _SPACED_THOUSANDS.match(text):
        yield text.replace(" ", "")
    joined = _join_thousands(text)
    yield joined
    if joined != text:
        yield text
    if hexadecimal := _HEXADECIMAL.fullmatch(text):
        yield text
        yield str(int(hexadecimal["digits"], 16))
    if decimal_comma and is_decimal_with_comma(text):
        yield text.replace(",", ".")
    if (alternative := _OR_IN_BRACKETS.sub(r" or \g<other>", joined)) != joined:
        yield alternative
    if (without_tail := _TAIL.sub("", joined)) != joined:
        yield without_tail
    without_aside = _ASIDE.sub("", joined)
    if without_aside and without_aside != joined:
        yield without_aside
    without_front = _FRONT.sub("", joined)
    if without_front != joined:
        yield without_front
    clause = _clause(joined) if drop_clause else None
    if clause is not None and _says_something(joined[: clause.start()]):
        yield joined[: clause.start()]


def _says_something(text: str) -> bool:
    """Whether what stands before a clause is an answer by itself: not of `n is odd`, `the function is convex`."""
    return re.search(r"\d|[-+*/^=<>]|\\[a-z]", text.replace("\\text", "")) is not None


def _join_thousands(text: str) -> str:
    """Commas between groups of three digits taken out, outside brackets only: `(98,200)` is a pair."""
    if not _THOUSANDS.search(text):
        return text
    depth_at = depths_of(text)
    return _THOUSANDS.sub(lambda match: match[0] if depth_at[match.start()] else match[0].replace(",", ""), text)
