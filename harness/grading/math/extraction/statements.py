"""The answer that a text states: "Answer:", "####", "the final answer is", "13 is the answer", 答案.

A hypothesis ("if it were fair, the answer would be 12") and what somebody else says ("the book says ...") state
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from harness.grading.math.extraction.found import Found
from harness.grading.math.extraction.phrases import corrected, is_negated, without_contrast, without_remark
from harness.grading.math.extraction.sought import Sought
from harness.grading.math.extraction.spans import BOLD, FORMULA, NUMBER, bold_text, formula_text

MAX_VALUE_CHARACTERS = 2000
"""Of the text behind a statement that is searched for its value."""
MAX_STATEMENTS = 200
"""Only so many of the last statements are read; a text that repeats an empty one holds no answer."""
MAX_WEAK_DISTANCE = 400
"""A "result" counts as the answer only this near the end; earlier it is a step."""

_STATED = Sought(
    re.compile(
        r"(?P<hash>#{4,})"
        r"|(?P<phrase>(?:\bfinal\s+)?\b(?:the\s+)?(?:correct\s+|final\s+)?(?:answers?|result)\b\**"
        r"\s*(?:\([^()]{0,30}\)\s*)?(?:\**\s*[:：]|\s*(?:is|are|would be|equals|=)\b\s*[:：]?"
        r"|\s*(?:should|must|has to|will) be\b(?=\s*[:：]?\s*\**[$\\(]{0,3}[-−]?(?:\d|(?-i:[A-J])\b(?!\s[a-z])))))"
        r"|(?P<chinese>(?:最终|最后|正确)?(?:答案|结果)\**\s*(?:应该)?(?:是|为|應为|应为|[:：])\s*[:：]?"
        r"|(?<![回解])答\s*[:：]\s*(?:(?:共|一共|总共)有?)?)"
        r"|(?P<choice>\bcorrect\s+(?:option|choice)\s+is\b\s*:?|故(?:正确)?(?:答案)?(?:选(?!项)|为)(?:择)?\s*[:：]?"
        r"|【答案】)"
        r"|(?P<heading>(?:^|\n)#{1,4}\s*\**\s*(?:the\s+)?(?:final\s+)?(?:answer|答案)\s*\**\s*[:：]?\s*(?=\n)"
        r"|(?:^|\n)[ \t]*\**(?:the\s+)?(?:final\s+)?answer\**[ \t]*\n[-=*_]{3,}[ \t]*(?=\n))"
        r"|(?P<letter>(?:^|\n)[ \t]*A\s*[:：])"
        r"|(?P<correction>(?:^|\n)[ \t]*\**(?:edit|correction|corrected|update)\**\s*[:：]"
        r"(?=\s*\**[$\\(]{0,3}[-−]?\d))",
        re.IGNORECASE,
    ),
    needs="answer|result|correct|####|:",
)
_SUBJECT = Sought(
    re.compile(
        r"(?P<value>\*\*[^*\n]{1,60}\*\*|\$[^$\n]{1,80}\$|(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?)\s+is\s+"
        r"(?:the|our|my)\s+(?:final\s+|correct\s+|desired\s+|required\s+)?answer\b"
        r"|\banswer,\s+(?P<inserted>\$[^$\n]{1,80}\$|[-−]?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?),\s",
        re.IGNORECASE,
    ),
    needs="answer",
)
_ANSWER_TAG = re.compile(r"<answer>(.{1,2000}?)</answer>", re.DOTALL | re.IGNORECASE)
# "The result is 12" often ends a step; "the final result" and "the answer result" do not.
_WEAK_PHRASE = re.compile(r"(?<!final )(?<!answer )result", re.IGNORECASE)
_SENTENCE_END = re.compile(
    r"(?<=[^\d\s])\.(?=\s+[A-Z(]|\s*$)|(?<=\d)\.(?=\s|$)|。|(?<=[\w)}$])(?:[;；]|\?(?=\s*[A-Z]))(?=\s)"
    r"|[?？](?=[一-鿿])"
)
_HYPOTHESIS = re.compile(
    r"\b(?:if|were|had|suppose|supposing|without|ignoring|naively)\b[^.!?\n]*$|\bif\b[^.!?\n]*$", re.IGNORECASE
)
_SUPPOSED = re.compile(
    r"(?:\b(?:suppose|assum(?:e|ing)|imagine|say|if|whether)\s+(?:that\s+)?|(?:假设|若|如果)\s*)$", re.IGNORECASE
)
_IF_BEHIND = re.compile(r"[^.;\n]{0,60}\bif\b")
_CONDITIONAL = re.compile(r"\bwould\b", re.IGNORECASE)
_SOMEBODY = re.compile(
    r"\b(?:book|textbook|manual|solutions?|key|someone|somebody|some|others?|people|students?|friend|he|she|they|site"
    r"|paper|author|teacher|many)\s+(?:might |may |could |will |would )?"
    r"(?:says?|said|claims?|claimed|states?|stated|gives?|gave|thinks?|thought|lists?|writes?|wrote)\s+(?:that\s+)?$",
    re.IGNORECASE,
)


_OTHER_ANSWER = re.compile(
    r"\b(?:wrong|incorrect|naive|tempting|mistaken|half|twice|double|bound (?:for|on|of)"
    r"|(?:one|you|people|some|many) (?:might|may|could) (?:think|guess|say|expect|believe)(?: that)?)\s+$"
    r"|错误的?$",
    re.IGNORECASE,
)
"""Words before "the answer is" that make it another value than the answer: `a common wrong answer is 8`."""


def tagged_answer(text: str) -> Found | None:
    """What stands between the last answer tags; a box inside is left to its own rule."""
    found = [match for match in _ANSWER_TAG.finditer(text) if match[1].strip()]
    if not found or "box" in found[-1][1]:
        return None
    inside = stated_answer(found[-1][1], is_truncated=False)
    value = inside.answer if inside is not None else value_after(found[-1][1])
    return Found(value, "answer tag", *found[-1].span()) if value else None


def stated_answer(text: str, *, is_truncated: bool, is_weak: bool = False) -> Found | None:
    """The last statement of an answer with a value; `is_weak`: the last that only names a result near the end.

    In a truncated text the value must have something behind it: one that touches the cut may be unfinished.
    """
    for found, weak in _statements(text):
        if weak is is_weak and not (is_truncated and not text[found.end :].strip(" \t*$.")):
            return found
    return None


def _statements(text: str) -> Iterator[tuple[Found, bool]]:
    """The statements with a value from the last on, and whether each only names a result."""
    for match in _matches(text):
        if _is_hypothetical(text, match):
            continue
        if match.re is _SUBJECT.pattern:
            value = (match["value"] or match["inserted"]).strip("*$ ")
            yield Found(value, "stated beside 'the answer'", match.start(), match.end()), False
            continue
        gap = "\n" if "\n" in match[0].lstrip() else ""  # the line break that tells a bullet from a minus
        rest = gap + text[match.end() : match.end() + MAX_VALUE_CHARACTERS]
        value = value_after(rest)
        weak = _WEAK_PHRASE.search(match[0]) is not None
        if not value or not re.search(r"\w|\\", value):
            continue
        if weak and match.end() < len(text) - MAX_WEAK_DISTANCE:
            continue
        end = match.end() + _reach(rest, value) - len(gap)
        yield Found(value, f"stated after {_name(match)!r}", match.start(), end), weak


@lru_cache(maxsize=2)  # a text without a statement is searched for one that names a result, too
def _matches(text: str) -> Sequence[re.Match[str]]:
    """Where an answer may be stated, the last first: a model that states two answers has corrected itself."""
    matches = [*_STATED.finditer(text), *_SUBJECT.finditer(text)]
    return sorted(matches, key=lambda match: match.start(), reverse=True)[:MAX_STATEMENTS]


def _name(match: re.Match[str]) -> str:
    known = {"hash": "####", "letter": "A:", "chinese": "答案"}.get(match.lastgroup or "")
    return known or " ".join(match[0].lower().replace("*", "").split())


def _reach(rest: str, value: str) -> int:
    """How far the value reaches in the text it was read from."""
    last = re.split(r",\s+|\s", value)[-1]
    at = rest.find(value)
    if at >= 0:
        return at + len(value)
    at = rest.find(last)
    return at + len(last) if at >= 0 else len(rest.split("\n", 1)[0])


def _is_hypothetical(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence supposes something, or tells what somebody else says."""
    before = text[max(0, match.start() - 160) : match.start()]
    before = re.split(r"[.!?。]\s|\n", before)[-1]
    # "The book says the answer is 12" is often followed by what the model finds instead.
    if _SOMEBODY.search(before) or _SUPPOSED.search(before) or _OTHER_ANSWER.search(before):
        return True
    is_conditional = _CONDITIONAL.search(match[0]) is not None
    return is_conditional and bool(_HYPOTHESIS.search(before) or _IF_BEHIND.match(text, match.end()))


def value_after(rest: str) -> str:
    """The value in the first line that is not empty: its formula or bold part, else its first sentence."""
    lines = [line for line in rest.split("\n") if not _EMPTY_LINE.fullmatch(line)]
    line = lines[0] if lines else ""
    if lines and not rest.startswith(line):
        line = re.sub(r"^\s*(?:[-*•]|>)\s+", "", line)  # a bullet of a list or a quotation, not a minus
    if line.strip() in ("$$", "\\[", "```", "$") or line.strip().startswith(("\\[", "$$")):
        display = FORMULA.search(rest)
        return formula_text(display) if display else ""
    line = without_contrast(corrected(_LEAD.sub("", line.strip().strip(":").strip())))
    if is_negated(line):
        return ""
    formulas = list(FORMULA.finditer(line))
    if formulas and (tail := re.search(r"(?:\bis|=|\bare)\s+([-+$]?\d[\d,./]*%?)[^$\\]*$", line[formulas[-1].end() :])):
        return tail[1].rstrip(".,")
    if formulas:
        return _joined_formulas(line, formulas)
    if bolds := list(BOLD.finditer(line)):
        return _joined_bold(line, bolds)
    line = line.replace("**", "").replace("`", "").strip()
    end = _SENTENCE_END.search(line)
    sentence = without_remark(line[: end.start()] if end else line)
    return _number_in_prose(sentence.strip().strip("\"'").strip())


_EMPTY_LINE = re.compile(r"[\s*_:=>-]*|\s*```.*|[\s*#]*(?:the\s+)?final\s+answer[\s*:]*", re.IGNORECASE)
"""Nothing but marks, a line drawn below a heading, a fence, or one more heading."""
_LEAD = re.compile(
    r"^(?:therefore|thus|simply|just|exactly|clearly|indeed|then|hence|probably|likely|actually|still)\b,?\s+",
    re.IGNORECASE,
)


def _joined_formulas(line: str, formulas: list[re.Match[str]]) -> str:
    """One formula, or several with only connectives between; words around a lone formula go."""
    first = formulas[0]
    end = first.end()
    for following in formulas[1:]:
        if not _AND.fullmatch(line[end : following.start()]):
            break
        end = following.end()
    before = line[: first.start()].strip()
    if re.fullmatch(r"[-+\d.,/ (\[{]*", before):
        return line[:end].strip() if end == first.end() else line[first.start() : end]
    return line[first.start() : end]


_AND = re.compile(r"[\s,;]*(?:and|or|和|或|、|,)?[\s,;]*")


def _joined_bold(line: str, bolds: list[re.Match[str]]) -> str:
    """The first bold part, and those after it with a connective between."""
    group = [bolds[0]]
    for following in bolds[1:]:
        between = line[group[-1].end() : following.start()]
        if not between.strip() or not _AND.fullmatch(between):
            break
        group.append(following)
    return ", ".join(bold_text(bold) for bold in group)


_PROSE = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}")
_SAID = re.compile(r"\b(?:is|are|equals|be)\s+(?=[-−$]?\d)")


_ALTERED = re.compile(
    r"\b(?:at (?:most|least)|(?:no )?(?:less|more|fewer|greater|larger|smaller|higher|lower|bigger) than|up to"
    r"|under|over"
    r"|below|above|beyond|exceeds?|bounded by|(?:anything|everything|all) but|except|other than|divisible"
    r"|half|third|quarter|twice|double|triple|thrice|times|roots?|squared?"
    r"|cubed?"
    r"|power|factorial|logarithm|log|sine|cosine|tangent|reciprocal|inverse|opposite|multiples?|factors?|divisors?"
    r"|plus|choose|modulo|mod|base)\b",
    re.IGNORECASE,
)
"""Words that make another value of the number beside them: `at most 12`, `half of 12`, `the square root of 12`."""


def _number_in_prose(sentence: str) -> str:
    """The only number of a sentence in words ("she has 5 apples left"), or the one it says something is."""
    if not _PROSE.search(sentence) or _ALTERED.search(sentence) or re.match(r"^[\d$\\(\[{-]", sentence):
        return sentence
    numbers = [match[0].strip() for match in NUMBER.finditer(sentence)]
    said = list(_SAID.finditer(sentence))
    # "Of the 12 apples 5 are left, so the number is 5": the number behind the verb is what the sentence says.
    if len(set(numbers)) > 1 and len(said) == 1 and (match := NUMBER.match(sentence, said[0].end())):
        return match[0].strip()
    if not numbers or ("=" not in sentence and len(set(numbers)) > 1):
        return sentence
    return numbers[-1]
