"""What a grader reads of a completion, with the way back: every offset of it leads to an offset of the completion.

Left out are think blocks, carriage returns and byte order marks at the start of a line: U+FEFF, or its UTF-8 bytes
read as Latin-1. Python refuses all of these inside a program, and none is part of what the model wrote as code.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

from harness.core.think_blocks import visible_spans

_NO_TEXT = re.compile("\r(?=\n)|(?:(?<=\n)|\\A)(?:\ufeff|\u00ef\u00bb\u00bf)+")


@dataclass(frozen=True, slots=True)
class VisibleText:
    """`text`, put together from pieces of a completion: where each begins here, and there."""

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    @staticmethod
    def of(completion: str) -> VisibleText:
        """The visible text of a completion; parts on either side of a think block are on lines of their own."""
        pieces: list[tuple[int, int]] = []
        for start, end in visible_spans(completion):
            if pieces:
                pieces.append((start, -1))  # a line break of ours, that stands for the block left out
            pieces.append((start, end))
        text, starts, origins = "", [], []
        for start, end in pieces:
            starts.append(len(text))
            origins.append(start)
            text += "\n" if end < 0 else completion[start:end]
        return VisibleText(text, tuple(starts), tuple(origins)).without(_NO_TEXT)._with_line_feeds()

    def without(self, pattern: re.Pattern[str]) -> VisibleText:
        """The text without what a pattern matches."""
        kept, at = [], 0
        for match in pattern.finditer(self.text):
            kept.append((at, match.start()))
            at = match.end()
        if not kept:
            return self
        kept.append((at, len(self.text)))
        text, starts, origins = "", [], []
        for start, end in kept:
            cuts = [start, *(cut for cut in self.starts if start < cut < end)]
            starts += [len(text) + cut - start for cut in cuts]
            origins += [self._origin(cut) for cut in cuts]
            text += self.text[start:end]
        return VisibleText(text, tuple(starts), tuple(origins))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the completion, as [start, end), in which a part of this text stands."""
        if end <= start:
            return self._origin(start), self._origin(start)
        return self._origin(start), self._origin(end - 1) + 1

    def _origin(self, at: int) -> int:
        index = max(bisect.bisect_right(self.starts, at) - 1, 0)
        return self.origins[index] + at - self.starts[index] if self.starts else at

    def _with_line_feeds(self) -> VisibleText:
        """Lone carriage returns, a line break of old, become line feeds; no offset moves."""
        return VisibleText(self.text.replace("\r", "\n"), self.starts, self.origins)
