"""The value of the last key "answer" in a text.

Such text is rarely valid JSON as a whole, so the value alone is read.
"""

from __future__ import annotations

import json
import re

from harness.core.types import Json
from harness.grading.math.extraction.found import Found

MAX_VALUE_CHARACTERS = 2000
"""Of a value: longer than any final answer, and it keeps the search linear in a text that repeats the key."""

_KEY = re.compile(r"""["'](?:final[ _]?)?(?:answer|答案|最终答案)["']\s*[:：]\s*""", re.IGNORECASE)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false")
_LATEX_AFTER_ONE_BACKSLASH = re.compile(r"(?<!\\)\\(?!\\)(?:[a-zA-Z]{2,}|[({\[,;!%$])")


def json_answer(text: str) -> Found | None:
    """The last answer key with a value."""
    for match in reversed(list(_KEY.finditer(text))):
        value, length = _value(text[match.end() : match.end() + MAX_VALUE_CHARACTERS])
        if value is not None and value.strip():
            return Found(value.strip(), "JSON answer", match.start(), match.end() + length)
    return None


def _value(rest: str) -> tuple[str | None, int]:
    """The value a text begins with, and its length."""
    if string := _STRING.match(rest):
        return _text(string[1]), string.end()
    if bare := _BARE.match(rest):
        return bare[0].rstrip(","), bare.end()
    if rest.startswith(("[", "{")):
        try:
            value, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            return None, 0
        return _listed(value), end
    return None, 0


def _listed(value: Json) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} = {item}" for name, item in value.items())
    return None


def _text(raw: str) -> str:
    """The string's text; models forget to double LaTeX backslashes, so single ones in front of a command stay."""
    if _LATEX_AFTER_ONE_BACKSLASH.search(raw.replace("\\n", " ").replace("\\t", " ")) or "\\" not in raw:
        return raw.replace('\\"', '"')
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw
