"""Answers that say opposite things about one value: `5 north` and `5 south`, `n is even` and `n is odd`.

A unit or a clause in words is not held against an answer, so words that exclude each other must be looked at before
they are dropped. Covers pairs of words of which each side has one and not the other, and the domain of a counted
variable (whole or natural numbers).
"""

from __future__ import annotations

import re

_GROUPS = tuple(
    frozenset(group.split())
    for group in (
        "am pm", "north south", "east west", "north east", "south west", "north west", "south east", "left right",
        "above below", "up down", "upward downward", "upwards downwards", "gain loss", "profit loss",
        "increase decrease", "increases decreases", "increased decreased", "increasing decreasing", "odd even",
        "positive negative", "prime composite", "boys girls", "boy girl", "men women",
        "male female", "clockwise counterclockwise", "clockwise anticlockwise", "more less", "more fewer",
        "longer shorter", "larger smaller", "greater smaller", "greater less", "faster slower", "earlier later",
        "early late", "before after", "minimum maximum", "least most", "first last", "win lose", "inside outside",
        "horizontal vertical", "parallel perpendicular", "convergent divergent", "converges diverges",
        "min max", "minimum max", "maximum min", "heads tails", "head tail",
        "rational irrational", "finite infinite", "acute obtuse", "增加 减少", "盈利 亏损", "奇数 偶数",  "正数 负数",
    )
)  # fmt: skip
_NEGATION = re.compile(r"\b(?:not|no|non|never|neither|nor|cannot|except|excluding)\b|n't|不|非")
_HAS_WORDS = re.compile(r"[A-Za-z]{2}|[ap]\.|[\u4e00-\u9fff]")
_BOUND = re.compile(r"[<>]|\\(?:le|ge)(?![a-z])")
_WORD = re.compile(r"[a-z]{2,}|[\u4e00-\u9fff]+")
_LOGIC = re.compile(r"\\(?:land|lor)(?![a-z])")
_ROMAN = re.compile(r"(?:\\text\s*\{\s*)?(?P<numeral>[IVX]{1,6})(?:\s*\})?")
_COMMAND = re.compile(r"\\(?!text)[a-z]+", re.IGNORECASE)
_HALF_DAY = re.compile(r"(?<![a-z])([ap])\.\s*m\b\.?")
_DOMAIN = re.compile(
    r"(?P<whole>\\mathbb\s*\{\s*Z\s*\}(?!\s*[_^])|\\in\s*Z(?![\w^_+*])|(?<!positive )(?<!negative )\bintegers?\b)"
    r"|(?P<natural>\\mathbb\s*\{\s*N\s*\}|\\mathbb\s*\{\s*Z\s*\}\s*[_^]\s*\{?\s*(?:\+|>|\\ge)|\\in\s*(?:N|Z\s*\^?\s*\{?\s*\+)"
    r"|(?:positive|natural|non-?negative)\s+(?:integer|number)s?)"
)


def are_opposites(gold: str, prediction: str) -> str | None:
    """The pair of words by which two cleaned answers exclude each other, or None. Negated texts are left alone."""
    if _NEGATION.search(gold) or _NEGATION.search(prediction):
        return None
    a, b = _words(gold), _words(prediction)
    for group in _GROUPS if a and b else ():
        if len(said := a & group) == len(opposite := b & group) == 1 and said != opposite:
            return f"{next(iter(said))} is not {next(iter(opposite))}"
    extremes = [{word for word in ("最大", "最小") if word in text} for text in (gold, prediction)]
    if len(extremes[0]) == len(extremes[1]) == 1 and extremes[0] != extremes[1]:
        return "最大 is not 最小"
    if "\\l" in gold and "\\l" in prediction:
        connectives = set(_LOGIC.findall(gold)), set(_LOGIC.findall(prediction))
        if len(connectives[0]) == len(connectives[1]) == 1 and connectives[0] != connectives[1]:
            return "and is not or"
    one, other = _ROMAN.fullmatch(gold), _ROMAN.fullmatch(prediction)
    if one and other and one["numeral"] != other["numeral"]:
        return f"{one['numeral']} is not {other['numeral']}"
    if (ours := _domain(gold)) and (theirs := _domain(prediction)) and ours != theirs:
        return f"{ours} numbers are not {theirs} numbers"
    return None


def _words(text: str) -> frozenset[str]:
    if not _HAS_WORDS.search(text):
        return frozenset()
    lowered = _HALF_DAY.sub(r" \1m ", _COMMAND.sub(" ", text).replace("\\text", " ").lower())
    return frozenset(_WORD.findall(lowered))


def _domain(text: str) -> str | None:
    """Which numbers the variable of an answer counts, where exactly one kind is named and no bound narrows it."""
    if not re.search("integer|number|Z|N", text) or _BOUND.search(text):
        return None
    kinds = {match.lastgroup for match in _DOMAIN.finditer(text)}
    return kinds.pop() if len(kinds) == 1 else None
