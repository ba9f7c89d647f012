"""Where in a response the final answer stands, and by which rule it was found.

Of what is marked as the answer (a JSON key, answer tags, a box, a statement such as "Answer:" or "the answer is")
the last counts: it corrects what stood before. Without a mark the conclusion is read (fallback). Reasoning between
think tags never counts. From a truncated response only what was marked, and closed before the cut, is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.grading.math.extraction import fallback
from harness.grading.math.extraction.boxed import boxed_answer, without_denied
from harness.grading.math.extraction.corrections import corrected_answer
from harness.grading.math.extraction.found import Found
from harness.grading.math.extraction.json_answers import json_answer
from harness.grading.math.extraction.phrases import conclusion
from harness.grading.math.extraction.statements import stated_answer, tagged_answer
from harness.grading.math.extraction.units_behind import with_unit_behind
from harness.grading.visible_text import VisibleText

MAX_SCANNED_CHARACTERS = 100_000
"""Only this many characters from the end are searched; an answer stands at the end."""
MAX_LOOSE_CHARACTERS = 12_000
"""What was not stated as the answer is looked for in this many characters from the end."""

_FULL_WIDTH = {
    code: chr(code - 0xFEE0) for code in (*range(0xFF10, 0xFF1A), 0xFF0E, 0xFF0D, 0xFF05, 0xFF0F, 0xFF1A, 0xFF1D)
} | {0xFF08: "(", 0xFF09: ")"}
_SPECIAL_TOKENS = re.compile(r"(?:\s*(?:</s>|<\|[a-z_]{1,24}\|>|<(?:eos|end_of_turn|im_end)>))+\s*\Z")
"""Tokens that end a turn, which some servers leave in the text."""
_FULL_WIDTH_THOUSANDS = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class Extraction:
    """The answer's text as written, the rule that found it, and whether the response stated it as final.

    `start`, `end`: the part of the response it was read from, as offsets [start, end).
    """

    answer: str
    rule: str
    is_stated: bool
    start: int
    end: int


def extract(text: str, *, is_truncated: bool, is_multipart: bool = False) -> Extraction | None:
    """The final answer, or None. With `is_multipart` all boxes of the response join, not only those side by side."""
    shown = VisibleText.of(text)
    skipped = max(0, len(shown.text) - MAX_SCANNED_CHARACTERS)
    visible = _SPECIAL_TOKENS.sub(lambda match: " " * len(match[0]), shown.text[skipped:])
    visible = _FULL_WIDTH_THOUSANDS.sub(",", visible.translate(_FULL_WIDTH))
    marked = _marked(visible, is_truncated=is_truncated, is_multipart=is_multipart)
    is_stated = marked is not None
    if marked is not None:
        found = corrected_answer(visible, marked, is_truncated=is_truncated)
    elif not is_truncated:
        visible = without_denied(visible)
        found = stated_answer(visible, is_truncated=False, is_weak=True) or _concluded(visible)
    else:
        found = None
    if found is None:
        return None
    found = with_unit_behind(visible, found)
    start, end = shown.span(skipped + found.start, skipped + found.end)
    return Extraction(found.answer, found.rule, is_stated, start, end)


def _marked(text: str, *, is_truncated: bool, is_multipart: bool) -> Found | None:
    """The last of what is marked as the answer; a mark that holds another one is the same place."""
    stated = stated_answer(without_denied(text), is_truncated=is_truncated)
    box = boxed_answer(text, is_multipart=is_multipart, is_truncated=is_truncated)
    if (
        box is not None
        and stated is not None
        and (is_multipart or "box" in stated.answer or stated.end > box.start > stated.start)
    ):
        stated = None  # "the answer is \boxed{7}"
    if box is not None and stated is not None and not _is_plain_value(stated.answer):
        stated = None
    found = [
        mark
        for mark in (json_answer(text), tagged_answer(text), box, stated)
        if mark is not None and mark.answer.strip()
    ]
    return max(found, key=lambda mark: mark.end) if found else None


def _is_plain_value(answer: str) -> bool:
    """Whether a statement gives a value and no prose: only such a one corrects a box."""
    words = re.findall(r"[^\W\d_]{4,}", re.sub(r"\\[a-zA-Z]+", "", answer))
    return len(answer) <= 200 and len(words) <= 3


def _concluded(text: str) -> Found | None:
    offset = max(0, len(text) - MAX_LOOSE_CHARACTERS)
    found = fallback.find(conclusion(text[offset:]))
    return Found(found.answer, found.rule, found.start + offset, found.end + offset) if found is not None else None
