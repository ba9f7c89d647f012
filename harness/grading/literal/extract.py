r"""Where in a response the predicted value stands, and by which rule it was found.

Rules in order: the last `[ANSWER]...[/ANSWER]`; the last `\boxed{}`; the last fenced block; the last line, without
lead-ins such as "Output:" and quoting backticks. Think blocks never count. From a truncated response
only a closed `[ANSWER]` or box is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.grading.math.parsing.groups import boxes
from harness.grading.visible_text import VisibleText

MAX_SCANNED_CHARACTERS = 60_000
"""Only this many characters from the end are searched; an answer stands at the end."""

_ANSWER = re.compile(r"\[ANSWER\](.*?)(\[/ANSWER\]|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"(`+)(.+?)\1\.?", re.DOTALL)
_LEAD_IN = re.compile(
    r"^[\s>*_#-]*(?:so\s*,?\s*|therefore\s*,?\s*|thus\s*,?\s*|hence\s*,?\s*)?(?:the\s+)?(?:final\s+)?"
    r"(?:output|answer|result|return value|returned value|value)\b[\s*_]*(?:(?:of|for)\b[^:=]{0,200}?)?"
    r"(?::|=(?!=)|\bis\b:?|\bwill be\b:?)[\s*_]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LiteralExtraction:
    """The text of the value as written, the rule that found it, and whether the response stated it as its answer.

    `span`: where it stands in the completion, as [start, end) in characters.
    """

    text: str
    rule: str
    is_stated: bool
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    rule: str
    is_stated: bool = True


def extract(completion: str, *, is_truncated: bool) -> LiteralExtraction | None:
    """The stated value, or None."""
    visible = VisibleText.of(completion)
    skipped = max(len(visible.text) - MAX_SCANNED_CHARACTERS, 0)
    text = visible.text[skipped:]
    found = _tagged(text, is_truncated=is_truncated) or _boxed(text)
    if found is None and not is_truncated:
        found = _fenced(text) or _last_line(text)
    if found is None:
        return None
    start, end = _bare(text, found.start, found.end)
    span = visible.span(skipped + start, skipped + end)
    return LiteralExtraction(text[start:end], found.rule, found.is_stated, span)


def _tagged(text: str, *, is_truncated: bool) -> _Found | None:
    matches = [match for match in _ANSWER.finditer(text) if match[1].strip() and (match[2] or not is_truncated)]
    if not matches:
        return None
    return _Found(*matches[-1].span(1), "[ANSWER]" if matches[-1][2] else "[ANSWER], never closed")


def _boxed(text: str) -> _Found | None:
    found = [(start, content) for start, _, content in boxes(text) if content.strip()]
    if not found:
        return None
    start = text.index(found[-1][1], found[-1][0])
    return _Found(start, start + len(found[-1][1]), "box")


def _fenced(text: str) -> _Found | None:
    blocks = [match for match in _FENCE.finditer(text) if match[1].strip()]
    return _Found(*blocks[-1].span(1), "last fenced block") if blocks else None


def _last_line(text: str) -> _Found | None:
    end = len(text.rstrip())
    if not end:
        return None
    start = text.rfind("\n", 0, end) + 1
    lead_in = _LEAD_IN.match(text[start:end])
    kept = text[start:end].rstrip("*_")
    return _Found(start + (lead_in.end() if lead_in else 0), start + len(kept), "last line", lead_in is not None)


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """The place without blanks, a fence or backticks around the whole."""
    start, end = _stripped(text, start, end)
    fence = _FENCE.search(text[start:end] + "\n")
    if fence is not None:
        return _stripped(text, start + fence.start(1), start + fence.end(1))
    quoted = _QUOTED.fullmatch(text, start, end)
    return _stripped(text, *quoted.span(2)) if quoted else (start, end)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
