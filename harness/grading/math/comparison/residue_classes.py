"""Answers that are all whole numbers of one residue class, and sets of numbers named in words.

Covers `x = 7k+3, k in Z`, `3n-2 (n an integer)`, `x = 3 mod 7` as congruence; `all positive real numbers`. A family
needs its "in Z": `4k+1` alone is a formula.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.grading.math.comparison.text_answers import plain_text


@dataclass(frozen=True, slots=True)
class ResidueClass:
    """All whole numbers that leave `residue` on division by `modulus`; `name` of the variable where one is told."""

    name: str | None
    modulus: int
    residue: int


_NAME = r"^\s*(?:(?P<name>[a-zA-Z])\s*=\s*)?"
_COUNTED = (
    r"\s*[,;(]?\s*(?:\\text\s*\{\s*)?(?:,\s*)?(?:for (?:some |any |all |every )?|where |with )?"
    r"(?:an |some |any |all )?"
    r"(?:integers? )?\s*\}?\s*(?:(?P=index)\s*"
    r"(?:\\in\s*(?:\\mathbb\s*\{\s*Z\s*\}|Z)|(?:\\text\s*\{\s*)?(?:is )?(?:an |any )?integers?\s*\}?)|(?P=index))"
    r"\s*\)?\s*$"
)
_FAMILY = re.compile(
    _NAME + r"(?P<modulus>\d{1,9})\s*(?P<index>[a-z])\s*(?P<residue>[-+]\s*\d{1,9})?(?=[\s,;(\\])" + _COUNTED
)
_TURNED = re.compile(
    _NAME + r"(?P<residue>-?\d{1,9})\s*\+\s*(?P<modulus>\d{1,9})\s*(?P<index>[a-z])(?=[\s,;(\\])" + _COUNTED
)
_WHOLE = re.compile(r"\\mathbb\s*\{\s*Z\s*\}(?!\s*[_^])|\\in\s*Z(?![\w^_+*])|(?<!positive )(?<!negative )\bintegers?\b")
_CUE = re.compile("equiv|Z|integer")
_CONGRUENT = re.compile(
    r"^\s*(?P<name>[a-zA-Z])\s*\\equiv\s*(?P<residue>-?\d{1,9})\s*\(?\s*\\pmod\s*\{?\s*(?P<modulus>\d{1,9})\s*\}?\s*\)?$"
)


def residues(text: str) -> ResidueClass | None:
    """The residue class a cleaned answer states; None for anything else."""
    if not _CUE.search(text):
        return None
    match = _CONGRUENT.match(text)
    if match is None:
        match = _FAMILY.match(text) or _TURNED.match(text)
        if match is None or not _WHOLE.search(text) or re.search(r"[<>]|\\(?:le|ge)(?![a-z])", text):
            return None
    modulus = int(match["modulus"])
    if modulus == 0:
        return None
    return ResidueClass(match["name"], modulus, int(re.sub(r"\s", "", match["residue"] or "0")) % modulus)


def same_residues(gold: str, prediction: str) -> bool | None:
    """Whether both state the same residue class; None where one states none, or their variables differ."""
    if (a := residues(gold)) is None or (b := residues(prediction)) is None or (a.name and b.name and a.name != b.name):
        return None
    return (a.modulus, a.residue) == (b.modulus, b.residue)


_REAL = r"(?:real numbers?|reals?|real values of [a-z]|real values|real [a-z])"
_SETS = tuple(
    (
        re.compile(
            rf"^(?:(?:for|[a-z] is|[a-z] can be|[a-z] is in|the set of) )?(?:(?:all|any|every)(?: the)? )?{words}$"
        ),
        notation,
    )
    for words, notation in (
        (rf"{_REAL}(?: [a-z])?", r"\mathbb{R}"),
        (rf"positive {_REAL}(?: [a-z])?", r"(0,\infty )"),
        (rf"negative {_REAL}(?: [a-z])?", r"(-\infty ,0)"),
        (rf"non-?negative {_REAL}(?: [a-z])?", r"[0,\infty )"),
        (rf"{_REAL} (?:except|other than|besides|not equal to|excluding) (?:[a-z] ?= ?)?(?P<hole>-?\d+)", "hole"),
        (r"positive integers?", r"\mathbb{Z}^{+}"),
        (r"natural numbers?", r"\mathbb{N}"),
        (r"integers?", r"\mathbb{Z}"),
    )
)


def set_in_words(text: str) -> str | None:
    """The notation for a set named in words: `all positive real numbers` as (0, ∞); None for anything else."""
    if not re.search("real|integer|natural", text):
        return None
    words = re.sub(r"\s+", " ", re.sub(r"\\(?:text|ne)\b|[{}$]", " ", plain_text(text))).strip()
    for pattern, notation in _SETS:
        if match := pattern.match(words):
            hole = match.groupdict().get("hole")
            return rf"(-\infty ,{hole})\cup ({hole},\infty )" if notation == "hole" else notation
    return None
