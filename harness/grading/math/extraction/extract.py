"""Where in a response the final answer stands, and by which rule it was found.

Rules in order: a JSON answer; boxes; the last of what is stated as the answer ("Answer:", "####", "the final answer
is", 答案); what the conclusion holds (unstated). Thoughts between think tags never count. From a truncated response
only what was stated as final is taken. Not here: how values stand in running text (marked), whether the answer is right
(equality).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from harness.core.think_blocks import without_thinking
from harness.core.types import Json
from harness.grading.math.extraction import fallback
from harness.grading.math.extraction.phrases import conclusion, is_negated, without_contrast
from harness.grading.math.extraction.spans import BOLD, FORMULA, NUMBER, bold_text, formula_text
from harness.grading.math.parsing.groups import boxes

MAX_SCANNED_CHARACTERS = 100_000
"""Only this many characters from the end are searched; an answer stands at the end."""
MAX_VALUE_CHARACTERS = 2000
MAX_LOOSE_CHARACTERS = 12_000
"""What was not stated as the answer is looked for in this many characters from the end."""
MAX_STATEMENTS = 200
"""Only so many of the last statements are read; a text that repeats an empty one holds no answer."""
MAX_WEAK_DISTANCE = 400
"""A "result" counts as the answer only this near the end; earlier it is a step."""

_JSON_KEY = re.compile(r"""["'](?:final[ _]?)?(?:answer|答案|最终答案)["']\s*[:：]\s*""", re.IGNORECASE)
_JSON_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_JSON_BARE = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false")
_LATEX_AFTER_ONE_BACKSLASH = re.compile(r"(?<!\\)\\(?!\\)(?:[a-zA-Z]{2,}|[({\[,;!%$])")
_BETWEEN_BOXES = re.compile(
    r"^[\s$,;.、，；]*(?:\\[()\[\],;! ]|\\q?quad|\\text\s*\{[^{}]{0,12}\}|and|or|和|或|[\s$,;.、，；])*$"
)

_STATED = re.compile(
    r"(?P<hash>#{4,})"
    r"|(?P<phrase>(?:\bfinal\s+)?\b(?:the\s+)?(?:correct\s+|final\s+)?(?:answers?|result)\b\**"
    r"\s*(?:\([^()]{0,30}\)\s*)?(?:\**\s*[:：]|\s*(?:is|are|would be|equals|=)\b\s*[:：]?"
    r"|\s*(?:should|must|has to|will) be\b(?=\s*[:：]?\s*\**[$\\(]{0,3}[-−]?(?:\d|(?-i:[A-J])\b(?!\s[a-z])))))"
    r"|(?P<chinese>(?:最终|最后|正确)?(?:答案|结果)\**\s*(?:是|为|應為|应为|[:：])\s*[:：]?)"
    r"|(?P<choice>\bcorrect\s+(?:option|choice)\s+is\b\s*:?|故(?:正确)?(?:答案)?(?:选(?!项)|为)(?:择)?\s*[:：]?|【答案】)"
    r"|(?P<heading>(?:^|\n)#{1,4}\s*\**\s*(?:the\s+)?(?:final\s+)?(?:answer|答案)\s*\**\s*[:：]?\s*(?=\n))"
    r"|(?P<letter>(?:^|\n)[ \t]*A\s*[:：])",
    re.IGNORECASE,
)
_ANSWER_TAG = re.compile(r"<answer>(.{1,2000}?)</answer>", re.DOTALL | re.IGNORECASE)
_WEAK_PHRASE = re.compile(r"(?<!final )(?<!answer )result", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[^\d\s])\.(?=\s+[A-Z(]|\s*$)|(?<=\d)\.(?=\s|$)|。|(?<=[\w)}$])[;；](?=\s)")
_FULL_WIDTH = {
    code: chr(code - 0xFEE0)
    for code in (*range(0xFF10, 0xFF1A), 0xFF0E, 0xFF0D, 0xFF05, 0xFF0F, 0xFF0C, 0xFF1A, 0xFF1D, 0xFF08, 0xFF09)
}


@dataclass(frozen=True, slots=True)
class Extraction:
    """The answer's text as written, the rule that found it, and whether the response stated it as final."""

    answer: str
    rule: str
    is_stated: bool


def extract(text: str, *, is_truncated: bool, is_multipart: bool = False) -> Extraction | None:
    """The final answer, or None. With `is_multipart` all boxes of the response join, not only those side by side."""
    visible = without_thinking(text)[-MAX_SCANNED_CHARACTERS:].translate(_FULL_WIDTH)
    rules: tuple[Callable[[str], Extraction | None], ...] = (
        _json_answer,
        _tagged,
        lambda given: _boxed(given, is_multipart=is_multipart),
        _stated,
    )
    for rule in rules:
        found = rule(visible)
        if found is not None and found.answer.strip() and (found.is_stated or not is_truncated):
            return found
    loose = None if is_truncated else fallback.find(conclusion(visible[-MAX_LOOSE_CHARACTERS:]))
    return Extraction(loose[0], loose[1], is_stated=False) if loose is not None else None


# JSON


def _json_answer(text: str) -> Extraction | None:
    """The value of the last answer key; the text is rarely valid JSON as a whole, so the value alone is read."""
    for match in reversed(list(_JSON_KEY.finditer(text))):
        value = _json_value(text[match.end() : match.end() + MAX_VALUE_CHARACTERS])
        if value is not None and value.strip():
            return Extraction(value.strip(), "JSON answer", is_stated=True)
    return None


def _json_value(rest: str) -> str | None:
    if string := _JSON_STRING.match(rest):
        return _json_text(string[1])
    if bare := _JSON_BARE.match(rest):
        return bare[0].rstrip(",")
    if rest.startswith(("[", "{")):
        try:
            value, _ = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            return None
        return _listed(value)
    return None


def _listed(value: Json) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} = {item}" for name, item in value.items())
    return None


def _json_text(raw: str) -> str:
    """The string's text; models forget to double LaTeX backslashes, so single ones in front of a command stay."""
    if _LATEX_AFTER_ONE_BACKSLASH.search(raw.replace("\\n", " ").replace("\\t", " ")) or "\\" not in raw:
        return raw.replace('\\"', '"')
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw


# Stated


def _tagged(text: str) -> Extraction | None:
    """What stands between the last answer tags; a box inside is left to its own rule."""
    found = [match[1].strip() for match in _ANSWER_TAG.finditer(text)]
    if not found or not found[-1] or "box" in found[-1]:
        return None
    inside = _stated(found[-1])
    value = inside.answer if inside is not None else _value_after(found[-1])
    return Extraction(value, "answer tag", is_stated=True) if value else None


def _boxed(text: str, *, is_multipart: bool) -> Extraction | None:
    """The last box with its neighbours: boxes with nothing but connectives between them are one answer."""
    found = [box for box in boxes(text) if box[2].strip()]
    if not found:
        return None
    group = [found[-1]]
    for box in reversed(found[:-1]):
        between = text[box[1] : group[0][0]]
        if not (is_multipart or (len(between) < 60 and _BETWEEN_BOXES.match(between))):
            break
        if box[2].strip() not in {kept[2].strip() for kept in group}:
            group.insert(0, box)
    rule = "box" if len(group) == 1 else f"{len(group)} boxes joined"
    return Extraction(", ".join(content.strip() for _, _, content in group), rule, is_stated=True)


def _stated(text: str) -> Extraction | None:
    """What follows the last statement of the answer that is followed by anything."""
    for match in reversed(list(_STATED.finditer(text))[-MAX_STATEMENTS:]):
        kind = match.lastgroup or ""
        gap = "\n" if "\n" in match[0].lstrip() else ""  # the line break that tells a bullet from a minus
        value = _value_after(gap + text[match.end() : match.end() + MAX_VALUE_CHARACTERS])
        is_weak = _WEAK_PHRASE.search(match[0]) is not None
        if (
            not value
            or is_negated(value)
            or not re.search(r"\w|\\", value)
            or (is_weak and match.end() < len(text) - MAX_WEAK_DISTANCE)
        ):
            continue
        rule = {"hash": "####", "letter": "A:", "chinese": "答案"}.get(
            kind, " ".join(match[0].lower().replace("*", "").split())
        )
        return Extraction(value, f"stated after {rule!r}", is_stated=not is_weak)
    return None


def _value_after(rest: str) -> str:
    """The value in the first line that is not empty: its formula or bold part, else its first sentence."""
    lines = [line for line in rest.split("\n") if not _EMPTY_LINE.fullmatch(line)]
    line = lines[0] if lines else ""
    if lines and not rest.startswith(line):
        line = re.sub(r"^\s*[-*•]\s+", "", line)  # a bullet of a list, not a minus
    if line.strip() in ("$$", "\\[", "```", "$") or line.strip().startswith(("\\[", "$$")):
        display = FORMULA.search(rest)
        return formula_text(display) if display else ""
    line = without_contrast(_LEAD.sub("", line.strip().strip(":").strip()))
    formulas = list(FORMULA.finditer(line))
    if formulas and (tail := re.search(r"(?:\bis|=|\bare)\s+([-+$]?\d[\d,./]*%?)[^$\\]*$", line[formulas[-1].end() :])):
        return tail[1].rstrip(".,")
    if formulas:
        return _joined_formulas(line, formulas)
    if bolds := list(BOLD.finditer(line)):
        return _joined_bold(line, bolds)
    line = line.replace("**", "").strip()
    end = _SENTENCE_END.search(line)
    sentence = _REMARK.split(line[: end.start()] if end else line)[0]
    return _number_in_prose(sentence.strip().strip("\"'`").strip())


_EMPTY_LINE = re.compile(r"[\s*_:]*|\s*```.*|[\s*#]*(?:the\s+)?final\s+answer[\s*:]*", re.IGNORECASE)
"""Nothing but marks, a fence, or one more heading."""
_LEAD = re.compile(
    r"^(?:therefore|thus|simply|just|exactly|clearly|indeed|then|hence|probably|likely)\b,?\s+", re.IGNORECASE
)
_REMARK = re.compile(r"(?<=[\d})%$]),?\s+(?:which|because|since|or about|or approximately|of the)\b", re.IGNORECASE)


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


def _number_in_prose(sentence: str) -> str:
    """The only number of a sentence in words ("she has 5 apples left"); other text as it is."""
    if not _PROSE.search(sentence) or re.match(r"^[\d$\\(\[{-]", sentence):
        return sentence
    numbers = [match[0].strip() for match in NUMBER.finditer(sentence)]
    if not numbers or ("=" not in sentence and len(set(numbers)) > 1):
        return sentence
    return numbers[-1]
