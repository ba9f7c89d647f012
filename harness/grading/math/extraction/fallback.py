"""The answer of a response that states none: a letter chosen, the last bold text, formula or number of its conclusion.

Values with only "and", "or" or commas between them are one answer. Nothing found here counts in a truncated response.
"""

from __future__ import annotations

import re

from harness.grading.math.extraction.found import Found
from harness.grading.math.extraction.phrases import undetermined
from harness.grading.math.extraction.spans import (
    BOLD,
    FORMULA,
    NUMBER,
    Span,
    bold_text,
    expand_span,
    formula_text,
    merge_spans,
    numbers_in,
)

_MAX_DISTANCE = 600
"""Bold text and a chosen letter count only this near the end."""
_LETTER = r"\(?(?P<{}>[A-J])\)?(?![\w'’])"
_CHOSEN = re.compile(
    r"(?:\b[Oo]ption|\b[Cc]hoice|\b[Aa]nswer)\s+\**"
    + _LETTER.format("named")
    + r"\**\s+is\s+(?:the\s+)?(?:correct|right)\b"
    r"|(?<!\w)\(?(?P<subject>[A-J])\)?\**\s+is\s+(?:the\s+)?(?:correct|right)\s+(?:answer|choice|option)\b"
    r"|(?<!\w)\(?(?P<last>[A-J])\)?\**\s+is\s+(?:correct|right)(?=[.!]?\s*\Z)"
    r"|\b(?:[Ii]t is|[Ii]t's|[Ii]t must be|is option|go with|choose|select|pick)\s+(?:option\s+|choice\s+)?\**"
    + _LETTER.format("picked")
    + r"(?=\**\s*(?:[.,;!]|$|\n|because|since))"
    r"|\b(?:[Ss]o|[Hh]ence|[Tt]hus|[Tt]herefore),?\s+\(?(?P<concluded>[A-J])\)?(?=[.!]?\s*\Z)"
    r"|(?:选择?|选项)\s*[:：]?\s*(?P<chinese>[A-J]+)(?![A-Za-z])"
)
_LETTER_ALONE = re.compile(r"[A-J](?![A-Za-z])")
"""Without one no letter was chosen."""
_BARE = re.compile(r"\W*(?:(?:[Oo]ption|[Cc]hoice)\s+)?\(?(?P<letter>[A-J])\)?\W*")
_LISTED = re.compile(r"\s*(?P<all>(?:\([A-J]\)|[A-J][.)、:：])\s*[^\n]{1,80}?)\s*")
_WORD = re.compile(r"\(?[A-J]\)?[.)]?|Yes|No|True|False")
_PROSE = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}")
_RESULT = re.compile(
    r"[\"'](?:final|final[ _]result|result|结果)[\"']\s*:\s*(?:\"(?P<text>[^\"\n]{1,80})\"|(?P<number>-?\d+(?:\.\d+)?))"
    r"\s*(?=[,}\]])",
    re.IGNORECASE,
)


def find(text: str) -> Found | None:
    """The answer of a conclusion, by the first rule that finds one."""
    # From what can mean nothing else to what may be any number: a bare last number is the weakest evidence of all.
    for rule in (_result, _chosen, _undetermined, _bold, _last_formula, _bold_word, _last_number):
        found = rule(text)
        if found is not None and found.answer.strip():
            return found
    return None


def _near_end(text: str) -> int:
    return max(0, len(text) - _MAX_DISTANCE)


def _of_match(match: re.Match[str], rule: str) -> Found:
    """The first group of a match that holds anything."""
    name = next(name for name, value in match.groupdict().items() if value)
    return Found(match[name], rule, *match.span(name))


def _result(text: str) -> Found | None:
    """The value of the last key "result" of an object that has no key "answer"."""
    found = list(_RESULT.finditer(text, _near_end(text)))
    return _of_match(found[-1], "JSON result") if found else None


def _chosen(text: str) -> Found | None:
    """A response that is a letter, alone or with its option, or says near its end which letter it chooses."""
    if not _LETTER_ALONE.search(text):
        return None
    for whole in (_BARE, _LISTED):
        if (match := whole.fullmatch(text)) is not None:
            return _of_match(match, "a letter alone")
    found = list(_CHOSEN.finditer(text, _near_end(text)))
    return _of_match(found[-1], "the letter chosen") if found else None


def _undetermined(text: str) -> Found | None:
    match = undetermined(text)
    return Found(match[0], "said to be unknown", *match.span()) if match is not None else None


def _bold(text: str) -> Found | None:
    """The last bold text that holds a number or formula and is no heading, with its neighbours."""
    spans = [Span(match.start(), match.end(), bold_text(match)) for match in BOLD.finditer(text)]
    for at in range(len(spans), 0, -1):
        value = spans[at - 1].value
        if (
            value.endswith((":", "："))
            or not re.search(r"\d|\\|\$", value)
            or re.match(r"(?:Step|Case|Part|Problem|步骤)\b", value)
        ):
            continue
        # Bold text far from the end is a heading or a step.
        if spans[at - 1].end < len(text) - _MAX_DISTANCE:
            return None
        if _PROSE.search(re.sub(r"\\text\{[^{}]*\}", "", value)):
            numbers = list(NUMBER.finditer(value))
            if numbers:
                return Found(_in_words(value, numbers[-1])[0], "last bold text", spans[at - 1].start, spans[at - 1].end)
            continue
        return Found(*_merged(text, spans[:at], "last bold text"))
    return None


def _merged(text: str, spans: list[Span], rule: str) -> tuple[str, str, int, int]:
    """The last value with its neighbours, and where they stand."""
    answer, start = merge_spans(text, spans)
    return answer, rule, start, spans[-1].end


def _bold_word(text: str) -> Found | None:
    """A letter or a yes or no in bold that no number follows, where no other one is bold."""
    bolds = [match for match in BOLD.finditer(text) if match.end() >= len(text) - _MAX_DISTANCE]
    words = [match for match in bolds if _WORD.fullmatch(bold_text(match).rstrip(".,"))]
    if len({bold_text(match).rstrip(".,") for match in words}) != 1 or NUMBER.search(text, words[-1].end()):
        return None
    return Found(bold_text(words[-1]).rstrip(".,"), "last bold text", *words[-1].span())


def _last_formula(text: str) -> Found | None:
    """The last formula with its neighbours, unless a number in words follows it."""
    formulas = [match for match in FORMULA.finditer(text) if not _is_money(match)]
    # "The formula is $x^2$. For x = 3 this gives 9.": the number behind is the answer.
    if not formulas or NUMBER.search(text, formulas[-1].end()):
        return None
    spans = [Span(match.start(), match.end(), formula_text(match)) for match in formulas]
    return _with_words_before(text, Found(*_merged(text, spans, "last formula")))


def _is_money(match: re.Match[str]) -> bool:
    """`$5 and later $` between two amounts of money is no formula."""
    inside = match["dollar"]
    return (
        inside is not None
        and re.search(
            r"[a-zA-Z]{4,}", re.sub(r"\\(?:text|begin|end|mathrm|operatorname)\{[^{}]*\}|\\[a-zA-Z]+", "", inside)
        )
        is not None
    )


def _last_number(text: str) -> Found | None:
    """The last number, in the expression it stands in and with its neighbours."""
    numbers = numbers_in(text)
    last = _LAST_SIDE.search(text)
    # `AB = 2√3`: the last number alone would be 3.
    if last is not None and not _PROSE.search(last["value"]):
        return Found(last["value"].strip(), "last equation", *last.span("value"))
    if not numbers:
        return None
    answer, start, end = _in_words(text, numbers[-1])
    return _with_words_before(text, Found(answer, "last number", start, end))


def _with_words_before(text: str, found: Found) -> Found:
    """The answer with the words right before it that make it another one: `at most 12`, `不等于12`."""
    altered = _ALTERED_BEFORE.search(text, max(0, found.start - _LONGEST_WORDS), found.start)
    if altered is None:
        return found
    return Found(f"{altered[0].rstrip('$')}{found.answer}", found.rule, altered.start(), found.end)


def _in_words(text: str, number: re.Match[str]) -> tuple[str, int, int]:
    spans = expand_span(text, number)
    if not spans:
        return number[0].strip().rstrip(".,"), *number.span()
    answer, start = merge_spans(text, spans)
    return answer, start, spans[-1].end


_LONGEST_WORDS = 100
_ALTERED_BEFORE = re.compile(
    r"\b(?:at (?:most|least)|(?:no )?(?:less|more|fewer|greater|larger|smaller) than|up to|not"
    r"|cannot be|can['’]t be|below|above|beyond|exceeds?|differs? from|never (?:equals|reaches|attains)"
    r"|(?:anything|everything|all) (?:but|except)|other than|except(?: for)?|used to be|divisible by"
    r"|between(?: \S{1,12} and)?"
    r"|(?:wrong|incorrect|naive|tempting|mistaken) (?:answer|value|result|guess) (?:is|was|would be)"
    r"|(?:half|twice|double|bound (?:for|on|of)) the (?:answer|value|result) is"
    r"|(?:one|you|people|some|many) (?:might|may|could) (?:think|guess|say|expect|believe)[^.;\n\d]{0,40}?)\s+[$]?$"
    r"|(?:不(?:是|为|等于|超过|足)|[小大少多]于|[低高]于|超过|至[多少][为是]|除了?|介于(?:[^\s，,。]{1,12}[和与到])?"
    r"|错误的?(?:答案|结果)[是为:：]|假设[^。，,；\n\d]{0,10})\s*[$]?$",
    re.IGNORECASE,
)
"""Words right before a number that make it no answer."""
_LAST_SIDE = re.compile(r"=\s*(?P<value>[^=\n*$]{0,60}[√π∛²³^][^=\n*$]{0,60}?)\s*[.。]?\s*\Z")
"""An unmarked equation at the very end whose right side is more than a number: `AB = 2√3.`"""
