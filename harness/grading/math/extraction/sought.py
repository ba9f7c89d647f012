"""Patterns that are searched for only where a text may hold them.

Python's regular expressions try every alternative at every character, so a long pattern takes a tenth of a millisecond
on a page that holds nothing of it. A word or sign that each match needs is found in a thousandth of that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator


class Sought:
    """A pattern, and what an ASCII text needs for a match: one of `needs`, in small letters, with | between them.

    Any other text is always searched: with re.IGNORECASE some letters beyond ASCII stand for ASCII ones, and what the
    Chinese alternatives need is not among `needs`.
    """

    def __init__(self, pattern: re.Pattern[str], needs: str) -> None:
        self.pattern = pattern
        self._needs = needs.split("|")

    def may_match(self, text: str) -> bool:
        """Whether the pattern can match anywhere in a text."""
        if not text.isascii():
            return True
        text = text.lower()
        return any(need in text for need in self._needs)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As of the pattern."""
        return self.pattern.finditer(text) if self.may_match(text) else iter(())

    def search(self, text: str) -> re.Match[str] | None:
        """As of the pattern."""
        return self.pattern.search(text) if self.may_match(text) else None

    def sub(self, replace: str | Callable[[re.Match[str]], str], text: str) -> str:
        """As of the pattern."""
        return self.pattern.sub(replace, text) if self.may_match(text) else text
