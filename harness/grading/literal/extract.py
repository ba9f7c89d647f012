r"""Where in a response the predicted value stands, and by which rule it was found.

Rules in order: the last `[ANSWER]...[/ANSWER]`; the last `\boxed{}`; the last fenced block; the last line, without
lead-ins such as "Output:" and quoting backticks. Thoughts between think tags never count. From a truncated response
only a closed `[ANSWER]` or box is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.core.think_blocks import without_thinking
from harness.grading.math.parsing.normalize import boxes

MAX_SCANNED_CHARACTERS = 60_000
"""Only this many characters from the end are searched; an answer stands at the end."""

_ANSWER = re.compile(r"\[ANSWER\](.*?)(\[/ANSWER\]|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_LEAD_IN = re.compile(
    r"^[\s>*_#-]*(?:so\s*,?\s*|therefore\s*,?\s*|thus\s*,?\s*|hence\s*,?\s*)?(?:the\s+)?(?:final\s+)?"
    r"(?:output|answer|result|return value|returned value|value)\b[\s*_]*(?:(?:of|for)\b[^:=]{0,200}?)?"
    r"(?::|=(?!=)|\bis\b:?|\bwill be\b:?)[\s*_]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LiteralExtraction:
    """The text of the value as written, the rule that found it, and whether the response stated it as its answer."""

    text: str
    rule: str
    is_stated: bool


def extract(text: str, *, is_truncated: bool) -> LiteralExtraction | None:
    """The stated value, or None."""
    visible = without_thinking(text)[-MAX_SCANNED_CHARACTERS:].replace("\r\n", "\n")
    found = _tagged(visible, is_truncated=is_truncated) or _boxed(visible)
    if found is None and not is_truncated:
        found = _fenced(visible) or _last_line(visible)
    return found


def _tagged(text: str, *, is_truncated: bool) -> LiteralExtraction | None:
    matches = [match for match in _ANSWER.finditer(text) if match[1].strip() and (match[2] or not is_truncated)]
    if not matches:
        return None
    return LiteralExtraction(
        _bare(matches[-1][1]), "[ANSWER]" if matches[-1][2] else "[ANSWER], never closed", is_stated=True
    )


def _boxed(text: str) -> LiteralExtraction | None:
    contents = [content for _, _, content in boxes(text) if content.strip()]
    return LiteralExtraction(_bare(contents[-1]), "box", is_stated=True) if contents else None


def _fenced(text: str) -> LiteralExtraction | None:
    blocks = [match[1] for match in _FENCE.finditer(text) if match[1].strip()]
    return LiteralExtraction(blocks[-1].strip(), "last fenced block", is_stated=True) if blocks else None


def _last_line(text: str) -> LiteralExtraction | None:
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        return None
    lead_in = _LEAD_IN.match(lines[-1])
    rest = lines[-1][lead_in.end() :] if lead_in else lines[-1]
    return LiteralExtraction(_bare(rest.strip().rstrip("*_")), "last line", is_stated=lead_in is not None)


def _bare(text: str) -> str:
    """Without a fence or backticks around the whole."""
    text = text.strip()
    fence = _FENCE.search(text + "\n")
    if fence is not None:
        return fence[1].strip()
    quoted = re.fullmatch(r"(`+)(.+?)\1\.?", text, re.DOTALL)
    return quoted[2].strip() if quoted else text
