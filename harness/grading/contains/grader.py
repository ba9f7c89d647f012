"""The grader `contains`: the response contains the target as whole words and numbers.

`cat` is not in `concatenate`, `42` is neither in `1420` nor in `42.5`. Case counts; the amount of white space does not.
Use it for names and phrases: a response that names the target and then denies it counts as correct.
"""

from __future__ import annotations

import re

from harness.grading.base import Grader, GraderOptions
from harness.grading.plain_text import TextGrader, TextMatch, comparable, shown

VERSION = "1"
"""Raised with every change that can change a verdict."""

_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![^\W\d_\u2e80-\uffff])", r"(?![^\W\d_\u2e80-\uffff])"
_NO_NUMBER_BEFORE, _NO_NUMBER_AFTER = r"(?<![\d])(?<!\d[.,])(?<!\.)", r"(?!\d)(?![.,]\d)"
"""Scripts without spaces between words (Chinese, Japanese) set no border."""


def match_contains(target: str, text: str, is_truncated: bool) -> TextMatch:
    """Whether the target is in the response; what follows a truncated one could not take it away."""
    del is_truncated
    wanted = comparable(target)
    is_match = re.search(_before(wanted) + re.escape(wanted) + _after(wanted), text) is not None
    why = f"{shown(wanted)} is {'' if is_match else 'not '}in the response"
    return TextMatch(is_match=is_match, answer=wanted if is_match else None, why=why)


def _before(wanted: str) -> str:
    first = wanted[:1]
    return _NO_NUMBER_BEFORE if first.isdigit() else _NO_LETTER_BEFORE if first.isalpha() else ""


def _after(wanted: str) -> str:
    last = wanted[-1:]
    return _NO_NUMBER_AFTER if last.isdigit() else _NO_LETTER_AFTER if last.isalpha() else ""


def make(options: GraderOptions) -> Grader:
    """The grader; it executes no generated code, so the options change nothing."""
    del options
    return TextGrader("contains", VERSION, match_contains)
