r"""The answer in the last box, with what stands beside it in its formula and with the boxes of the same sentence.

A sign, a factor or an exponent beside the box belongs to the answer: `$-\boxed{7}$` is -7. A box that the sentence
denies, an empty box and a placeholder are skipped.
"""

from __future__ import annotations

import re

from harness.grading.math.extraction.found import Found
from harness.grading.math.extraction.spans import FORMULA
from harness.grading.math.parsing.groups import boxes
from harness.grading.math.parsing.units import known_unit

Box = tuple[int, int, str]

_NAME = r"[a-zA-Z](?:_\{?\w{1,3}\}?)?(?:\([a-z\d]\))?"
# Between two boxes of one answer stand only joints: `\boxed{3} and \boxed{-3}`. A verb between them starts a new
# statement, and only the last one counts.
_BETWEEN = re.compile(
    r"^[\s$,;.、，；]*(?:\\[()\[\],;! ]|\\q?quad|\\text\s*\{[^{}]{0,12}\}|\band\b|\bor\b|和|或|以及|或者"
    rf"|(?:(?<=[\s$,;({{}}])|^){_NAME}\s*=|[\s$,;.、，；(])*$"
)
_NAME_BEFORE = re.compile(rf"(?<![\w\\^_]){_NAME}(?=\s*=\s*[$\s]*$)")
_PLACEHOLDER = re.compile(
    r"^(?:\\text\s*\{)?\s*(?:(?:your |the |final )*answer(?: here)?|\.{2,}|\\[cl]?dots|…|\?+|_+"
    r"|\\phantom\s*\{.*\}|\\ldots"
    r"|\\square|\\quad|\s)*\s*\}?$",
    re.IGNORECASE,
)
# "The answer is not \boxed{5}"; but in "not only \boxed{5} but ..." the value holds.
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:not|isn't|never|cannot be|can't be)\b(?! only)(?![^\n]*\bbut\b)[^.;:\n]{0,15}"
    r"|\b(?:intermediate|wrong|incorrect|mistaken|naive"
    r"|trial)\b[^.,;\n]{0,40})$"
    r"|(?:不是|并非)[^。；\n]{0,8}$",
    re.IGNORECASE,
)
_DENIED_BEHIND = re.compile(
    r"^[\s$*)\]\\]*(?:"
    r"(?:is|was|would be)\s+(?:not|wrong|incorrect|too|an? (?:wrong|incorrect)|impossible|extraneous|invalid|rejected"
    r"|excluded|inadmissible|discarded|ruled out|out of range)\b"
    r"|is what (?:I|we|you|one) (?:would|had|first)\b"
    r"|(?:fails|violates|contradicts|isn't|wasn't|(?:cannot|can't|can not) (?:be|hold|work)"
    r"|(?:does|did)(?:n't| not) (?:work|satisfy|hold|fit|count))\b"
    r"|[(（]?\s*(?:不对|是错|舍去|不成立|不符合|不满足)|[(（]\s*(?:rejected|extraneous|invalid|discarded|impossible)\b)",
    re.IGNORECASE,
)
_DENIED_IN_FORMULA = re.compile(r"(?:\\neq?|\\not\s*=|≠)[\s{(]*$")
_PLACE_BEFORE = re.compile(r"\b(?:at|when|for|where)\s+[$\\(]{0,2}\s*[a-zA-Z]\s*=\s*$")
_SUPPOSED = re.compile(r"\b(?:if|were|had|suppose|supposing|without)\b[^\n]*$", re.IGNORECASE)
_WOULD = re.compile(r"\bwould\b", re.IGNORECASE)
# `\boxed{3}` million is 3,000,000. "\boxed{2} dozen of the eggs" only names what is counted.
_SCALE_BEHIND = re.compile(
    r"[\s$~]*(?P<scale>hundred|thousand|million|billion|trillion|dozen|percent|[万亿])(?![a-z])(?!\s+(?:of|and)\b)"
)
_MINUS_BEFORE = re.compile(r"(?:\b(?:minus|negative)\s+|负)[$\\(]{0,2}$", re.IGNORECASE)
# A proof by cases boxes the result of each; in a text that was cut the last box is one of these.
_CASE = re.compile(r"(?:\b(?:case|step|part|scenario|sub-?case)\s*\(?\w{1,3}\b|情况|步骤)[^\n]*$", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?。！？]\s|\n\s*\n")
_RELATION = re.compile(
    r"<=|>=|=|<|>|\\(?:le|ge|leq|geq|in|approx|equiv|implies|iff|to|quad|qquad|therefore|because|mapsto|ne|neq"
    r"|Rightarrow|Longrightarrow|rightarrow|leftrightarrow|Leftrightarrow|colon)(?![a-zA-Z])|(?<!\\)[:,;&]|\\\\"
    r"|\\(?:displaystyle|text\s*\{[^{}]*\}|mathrm\s*\{[^{}]*\}|textbf\s*\{[^{}]*\})"
)
_STRICT = ("<", ">")
"""`x > \\boxed{7}` is a range, while the bound of `x \\ge \\boxed{7}` is its least value."""
_BEHIND_ENDS = re.compile(_RELATION.pattern + r"|\\tag|\\label|\.\s*$|[.。](?!\d)")
_UNIT_BEHIND = re.compile(
    r"^(?:\s|~|\\[,;:! ])*(?P<unit>\\(?:text|mathrm|rm"
    r"|textrm)\s*\{[~\\,\s]*(?P<name>[a-zA-Z][\w\s/^°]{0,24})\}(?:\s*\^\s*\{?\d\}?)?)"
)


def boxed_answer(text: str, *, is_multipart: bool, is_truncated: bool) -> Found | None:
    """The answer of the last box that counts. With `is_multipart` all boxes of the text join."""
    found = [box for box in boxes(text) if _counts(text, box, is_truncated=is_truncated)]
    found = [box for box in found if not _is_place(text, box, found)]
    if not found:
        return None
    group = [found[-1]]
    for box in reversed(found[:-1]):
        between = text[box[1] : group[0][0]]
        if not (is_multipart or (len(between) < 60 and _BETWEEN.match(between))):
            break
        group.insert(0, box)
    group = _without_rejected(text, group)
    beside = _with_neighbours(text, group)
    if beside is not None:
        return beside
    named = [(_name_of(text, box), box[2].strip()) for box in group]
    # Every box needs a name of its own: with one name missing the answer would be a mixture of equations and values.
    if len(group) > 1 and len({name for name, _ in named if name}) == len(group):
        answers = [f"{name} = {content}" for name, content in named]
    else:
        answers = [content for _, content in named]
    # A model may box the same value twice, in the text and in its last line.
    distinct = list(dict.fromkeys(answers))
    rule = "box" if len(distinct) == 1 else f"{len(distinct)} boxes joined"
    return Found(", ".join(distinct), rule, group[0][0], group[-1][1])


_REJECTED_BEHIND = re.compile(
    r"^[\s$)\]\\,;.]*(?:but|however|where|and|of which|但|其中)[,\s]*(?:since |as )?"
    r"[$\\(]{0,2}(?:[a-zA-Z]\s*=\s*)?(?P<value>[-−]?[^$,;\n]{1,20}?)"
    r"[$\\)]{0,2}\s*(?:is|are|must be|has to be|was)?\s*"
    r"(?:extraneous|rejected|invalid|discarded|impossible|not valid|inadmissible|excluded|舍去|不符合|不合题意)"
)


def _without_rejected(text: str, group: list[Box]) -> list[Box]:
    """The boxes of a list without the one whose value the sentence then rejects: `... but -1 is extraneous`."""
    match = _REJECTED_BEHIND.match(text[group[-1][1] : group[-1][1] + 80])
    if match is None:
        return group
    kept = [box for box in group if re.sub(r"\s", "", box[2]) != re.sub(r"\s", "", match["value"])]
    return kept or group


def without_denied(text: str) -> str:
    """The text with blanks for boxes whose value its sentence denies or supposes, and for a box that never closes."""
    found = boxes(text)
    for box in found:
        if _is_denied(text, box):
            text = text[: box[0]] + " " * (box[1] - box[0]) + text[box[1] :]
    last = text.rfind("\\boxed{")
    is_open = last >= 0 and not any(start <= last < end for start, end, _ in found)
    return text[:last] + " " * (len(text) - last) if is_open else text


def _counts(text: str, box: Box, *, is_truncated: bool) -> bool:
    start, _, content = box
    if not content.strip() or _PLACEHOLDER.match(content.strip()) or _is_denied(text, box):
        return False
    # a box in a case or a step is a partial result where the text was cut before its conclusion
    return not (is_truncated and _CASE.search(text[max(text.rfind("\n\n", 0, start), 0) : start]))


def _is_denied(text: str, box: Box) -> bool:
    """Whether the sentence of the box says that its value is not the answer, or supposes what is not so."""
    start, end, _ = box
    sentence = text[_sentence_start(text, start) : start]
    behind = text[end : end + 40]
    if _DENIED_BEFORE.search(sentence.rstrip(" $*\\([")) or _DENIED_BEHIND.match(behind):
        return True
    if _DENIED_IN_FORMULA.search(sentence):
        return True
    return _SUPPOSED.search(sentence) is not None and any(map(_WOULD.search, (sentence, behind)))


def _sentence_start(text: str, at: int) -> int:
    breaks = [match.end() for match in _SENTENCE.finditer(text, max(0, at - 300), at)]
    return breaks[-1] if breaks else max(0, at - 300)


def _is_place(text: str, box: Box, others: list[Box]) -> bool:
    r"""Whether a box only says where an earlier box of its sentence is taken: `\boxed{8} at x = \boxed{3}`."""
    start = _sentence_start(text, box[0])
    return _PLACE_BEFORE.search(text[start : box[0]]) is not None and any(start <= one[0] < box[0] for one in others)


def _name_of(text: str, box: Box) -> str | None:
    match = _NAME_BEFORE.search(text, max(0, box[0] - 20), box[0])
    return match[0] if match else None


def _with_neighbours(text: str, group: list[Box]) -> Found | None:
    """The part of the formula around the boxes that makes one value with them; None where they stand alone."""
    span = _formula_around(text, group[0][0], group[-1][1])
    if span is None:
        return _signed(text, group) or _with_unit(text, group)
    start, end = _value_bounds(text, span, group)
    before, behind = text[start : group[0][0]], text[group[-1][1] : end]
    if not before.strip() and not behind.strip():
        return _signed(text, group) or _with_unit(text, group)
    pieces, at = [], start
    for box in (box for box in boxes(text) if start <= box[0] and box[1] <= end):
        pieces += [text[at : box[0]], _wrapped(box[2].strip(), alone=False)]
        at = box[1]
    return Found("".join([*pieces, text[at:end]]).strip(), "box with what stands beside it", start, end)


def _wrapped(content: str, *, alone: bool) -> str:
    return content if alone or re.fullmatch(r"[\w.]+", content) else f"({content})"


def _formula_around(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The inside of the formula that holds the boxes."""
    for match in FORMULA.finditer(text, max(0, start - 2000, text.rfind("\n\n", 0, start))):
        if match.start() > start:
            return None
        inside = match.span(match.lastgroup or 0)
        if inside[0] <= start and end <= inside[1]:
            return inside
    return None


def _value_bounds(text: str, span: tuple[int, int], group: list[Box]) -> tuple[int, int]:
    """From the last relation before the boxes to the next one behind, outside of groups that hold the boxes."""
    first, last = group[0][0], group[-1][1]
    start = span[0]
    for match in _RELATION.finditer(text, span[0], first):
        # A relation inside a group, as in \sum_{k=1}, does not begin the value.
        if match[0] not in _STRICT and _depth(text, match.end(), first) == 0:
            start = match.end()
    end = span[1]
    for match in _BEHIND_ENDS.finditer(text, last, span[1]):
        if _depth(text, last, match.start()) == 0:
            end = match.start()
            break
    behind = text[last:end]
    if re.fullmatch(r"(?:\s|~|\\[,;:! ]|\\q?quad|[.}$]|\\(?:checkmark|blacksquare|square|qed|right|Box)\W*)*", behind):
        end = last
    before = text[start:first]
    if re.fullmatch(
        r"(?:\s|~|\\[,;:! ]|\\q?quad|\\(?=\Z)|[{$]|\\left|\\(?:bf|large|Large|huge|Huge|LARGE|color\{\w+\}))*", before
    ):
        start = first
    return start, end


def _depth(text: str, start: int, end: int) -> int:
    """Braces and brackets that open between two places and do not close."""
    part = re.sub(r"\\[{}]", "", text[start:end])
    return abs(part.count("{") - part.count("}")) + abs(part.count("(") - part.count(")"))


def _with_unit(text: str, group: list[Box]) -> Found | None:
    """A known unit, a percent sign or a word such as million right behind the box belongs to the value."""
    end = group[-1][1]
    if scale := _SCALE_BEHIND.match(text, end):
        # A percent sign outside, `\boxed{7}\%` or `\boxed{7} percent`, makes 0.07 of the 7 as one inside does.
        answer = f"{group[-1][2].strip()} {scale['scale']}".replace(" percent", "\\%")
        return Found(answer, "box with its scale", group[-1][0], scale.end())
    if percent := re.match(r"(?:\s|~|\$|\\[,;:!) ])*\\?%", text[end : end + 12]):
        return Found(f"{group[-1][2].strip()}\\%", "box with its percent sign", group[-1][0], end + percent.end())
    match = _UNIT_BEHIND.match(text[end : end + 60])
    if match is None or len(group) > 1 or known_unit(match["name"]) is None:
        return None
    answer = f"{group[-1][2].strip()} {match['unit']}"
    return Found(answer, "box with its unit", group[-1][0], end + match.end())


def _signed(text: str, group: list[Box]) -> Found | None:
    """A minus right before a box outside of any formula, or a word for one before its formula."""
    start = group[0][0]
    before = text[max(0, start - 12) : start]
    sign = _MINUS_BEFORE.search(before) or re.search(r"(?:^|(?<=[\s(]))[-−]$", before)
    if len(group) > 1 or sign is None:
        return None
    answer = f"-{_wrapped(group[0][2].strip(), alone=False)}"
    return Found(answer, "box with what stands beside it", start - len(sign[0]), group[0][1])
