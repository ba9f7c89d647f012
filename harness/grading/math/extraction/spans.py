"""How a value stands in running text: formulas, bold, numbers, plain expressions, and neighbours that are one answer.

A number is never torn out of the expression it stands in: "(2, 3)", "1:2", "x^2 + 1" and "π/6" are found whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FORMULA = re.compile(
    r"\$\$(?P<display>.{1,2000}?)\$\$|\\\[(?P<square>.{1,2000}?)\\\]|\\\((?P<round>.{1,2000}?)\\\)"
    r"|(?<![\\$\d])\$(?P<dollar>(?:[^$\n\\]|\\.){1,2000}?)(?<!\\)\$(?!\d)",
    re.DOTALL,
)
BOLD = re.compile(r"\*\*(?P<bold>[^*\n]{1,200})\*\*|__(?P<under>[^_\n]{1,200})__")
NUMBER = re.compile(
    r"(?<![\w.])[-−]?[$￥¥€£]?\s?(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:[.．]\d+)?(?:\s*/\s*\d+)?\s?%?(?![\w])"
    r"|(?<=[一-鿿])-?\d+(?:\.\d+)?(?:/\d+)?%?|-?\d+(?:\.\d+)?(?:/\d+)?%?(?=[一-鿿a-zA-Z])"
)

_LINE = 2000  # an expression is looked for in so many characters around its number
_FIGURES = r"[$￥¥€£]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:\s?%)?"
_COMMAND = (
    r"\\[dt]?frac\s*\{[^{}]{1,80}\}\s*\{[^{}]{1,80}\}|\\sqrt(?:\[\d+\])?\s*\{[^{}]{1,80}\}|\\(?:pi|infty|sqrt|cdot)\b"
)
_LETTER = r"(?<![A-Za-z'’\\])[A-Za-z](?![A-Za-z'’])"
_CALLED = r"(?<![A-Za-z\\])(?:sqrt|sin|cos|tan|log|ln|exp|pi)(?![A-Za-z])"
_PIECE = rf"{_COMMAND}|{_FIGURES}|[√∛π∞°²³⁴θ!]|{_LETTER}|{_CALLED}"
_INSIDE = rf"(?:{_PIECE}|[-−+*/^_·×÷,.;:=<>≤≥|{{}}\s])"
_GROUP = rf"[(\[](?>(?:{_INSIDE}|\((?>{_INSIDE}+)\))+)[)\]]"
_BRACES = rf"(?<![\^_}}\w\\])\{{(?:{_PIECE}|[-−+*/^,;.\s])+\}}"
_POWER = r"[\^_]\{[^{}]{1,40}\}"
_TERM = rf"(?>(?:{_GROUP}|{_BRACES}|{_PIECE})(?:{_GROUP}|{_PIECE}|{_POWER})*)"
_BETWEEN = r"(?:\s*(?:[-−+*/^_=·×÷<>≤≥±≈]|\\(?:cdot|times|pm|le|ge)\b)\s*|(?<=\d):(?=\d)|\s:\s(?=\d))"
_EXPRESSION = re.compile(
    rf"(?<![^\W一-鿿])(?<!\.)(?:[-−]\s?)?{_TERM}(?>(?:{_BETWEEN}[-−]?{_TERM})*)(?:(?<=:\d\d)\s?[AaPp]\.?[Mm]\b)?"
)
_UNSOLVED = re.compile(r"[xyz](?!\().*[-−+^]|[-−+^].*[xyz](?!\()")  # "x^2 + y^2 = 25" is an equation, its side no value
_NAME = re.compile(r"[A-Za-z](?:_?\d)?(?:\([A-Za-z]\))?")

_OF_A_UNIT = re.compile(r"\d\s?(?:[kcdm]?m|ft|in|yd|mi|units?|[a-z]+/s)\^\{?$")
_CONNECTIVE = re.compile(r"(?P<mark>[\s,;、，]*)(?:\\q?quad|and|or|和|或|以及|或者)?[\s,;]*")
_CONDITION = re.compile(
    r"(?:\b(?:for|if|when|since|because|where|with|let|given|at|from|by|using|in|on)|当|若|由|因为)\s*\**\s*$",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"(?:\b(?:is|are|get|be|namely|so|thus|hence|therefore)|[:：=∈]|为|是|得)\s*\**\s*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Span:
    """A value in a text: where its mark begins and ends, and what stands inside the mark."""

    start: int
    end: int
    value: str


def formula_text(match: re.Match[str]) -> str:
    """What stands inside a formula's signs."""
    return next(group for group in match.groups() if group is not None).strip()


def bold_text(match: re.Match[str]) -> str:
    """What stands between the signs of bold."""
    return (match["bold"] or match["under"]).strip()


def numbers_in(text: str) -> list[re.Match[str]]:
    """The numbers of a text that are not the power of a unit ("12 cm^2")."""
    return [
        match
        for match in NUMBER.finditer(text)
        if not _OF_A_UNIT.search(text[max(0, match.start() - 16) : match.start()])
    ]


def expressions(line: str) -> list[Span]:
    """The plain expressions with a digit or π in a line; of a chain of equations its name and its last side."""
    found = [match for match in _EXPRESSION.finditer(line) if re.search(r"[\dπ∞]|\\pi|\\infty", match[0])]
    return [Span(match.start(), match.end(), _last_side(match[0].strip())) for match in found]


def _last_side(chain: str) -> str:
    first, *others = (side.strip() for side in chain.split("="))
    if not others or (len(others) == 1 and _UNSOLVED.search(first)):
        return chain
    return f"{first} = {others[-1]}" if _NAME.fullmatch(first) else others[-1]


def expand_span(text: str, number: re.Match[str]) -> list[Span]:
    """The expressions of a number's line up to the one it stands in; none where it stands in none."""
    start = max(text.rfind("\n", 0, number.start()) + 1, number.start() - _LINE)
    end = text.find("\n", number.end())
    line = text[start : min(end if end >= 0 else len(text), number.end() + _LINE)]
    kept = [span for span in expressions(line) if span.start + start < number.end()]
    kept = [Span(span.start + start, span.end + start, span.value) for span in kept]
    return kept if kept and kept[-1].end >= number.end() - len(number[0]) + len(number[0].rstrip()) else []


def merge_spans(text: str, found: list[Span]) -> tuple[str, int]:
    """The last value with its neighbours, and where the first of them begins.

    What only "and", "or" or a comma parts is one answer.

    A condition before them ("for n = 2, x = 3") is none of them, and a bare comma joins only what was announced.
    """
    group, bare = [found[-1]], 0  # bare: how many stand before the last comma without a word
    for earlier in reversed(found[:-1]):
        between = _CONNECTIVE.fullmatch(text[earlier.end : group[0].start])
        if between is None or not between[0].strip():
            break
        is_bare = not between[0].strip(" \n\t,;、，")
        if is_bare and ("=" in earlier.value) < ("=" in group[0].value):
            break
        group.insert(0, earlier)
        bare = 1 if is_bare and not bare else bare + 1 if bare else 0
    before = text[max(0, group[0].start - 20) : group[0].start]
    is_list = bare == 0 or "=" in group[0].value or _ANNOUNCED.search(before) or len(group) > bare + 1
    if _CONDITION.search(before):
        group = group[bare:] if bare else group[-1:]
    elif not is_list:
        group = group[bare:]
    return ", ".join(dict.fromkeys(span.value.rstrip(".,; ") for span in group)), group[0].start
