"""The grader `exact`: the response is the target, up to white space.

White space at the ends and its amount between words do not count; case and punctuation do. A response that ended at the
output limit is never equal, because more would have followed.
"""

from __future__ import annotations

from harness.grading.base import Grader, GraderOptions
from harness.grading.plain_text import TextGrader, TextMatch, comparable, shown

VERSION = "1"
"""Raised with every change that can change a verdict."""


def match_exact(target: str, text: str, is_truncated: bool) -> TextMatch:
    """Whether the response is the target."""
    if is_truncated:
        return TextMatch(is_match=False, answer=None, why="the response was truncated")
    wanted = comparable(target)
    is_match = text == wanted
    why = f"expected {shown(wanted)}; got {shown(text)}; {'equal' if is_match else 'different'}"
    return TextMatch(is_match=is_match, answer=text, why=why)


def make(options: GraderOptions) -> Grader:
    """The grader; it executes no generated code, so the options change nothing."""
    del options
    return TextGrader("exact", VERSION, match_exact)
