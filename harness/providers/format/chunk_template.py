"""Recognises a chunk that differs from the chunk before in its text alone, without decoding its JSON again.

Most chunks of a stream repeat the same envelope around a few new characters. What does not look exactly so is None
here, and is decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

_TEXT = re.compile(rb'"(content|text|delta|reasoning_content|reasoning|thinking)"[ \t]*:[ \t]*"([^"]*)"')
"""The fields that hold a chunk's text: of chat completions, of Anthropic's messages, of OpenAI's Responses."""


@dataclass(frozen=True, slots=True)
class ChunkTemplate:
    """The bytes of a chunk before and after its text."""

    before: bytes
    after: bytes
    _border: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_border", (self.after + self.before).decode("utf-8", "surrogateescape"))

    @classmethod
    def of(cls, data: bytes, text: str) -> Self | None:
        """The template of a chunk whose one text is `text`; None where its bytes leave any doubt of that.

        Without a backslash no name and no text in it is written in another way than it reads.
        """
        if b"\\" in data or b'"message"' in data:  # half a character stands as an escape; a whole message is taken once
            return None
        wanted = text.encode()
        # Compared with the decoded text: a name in the bytes may be part of another string.
        found = [one for one in _TEXT.finditer(data) if one[2] == wanted]
        if len(found) != 1 or data.count(b'"%b"' % found[0][1]) != 1:
            return None
        return cls(data[: found[0].start(2)], data[found[0].end(2) :])

    def within(self, piece: bytes, data: bytes) -> Self | None:
        """The template of a whole piece of a stream, which holds this chunk's data once; None where it does not."""
        before, found, after = piece.partition(data)
        return type(self)(before + self.before, self.after + after) if found else None

    def texts_in(self, data: bytes) -> list[str]:
        """The texts of chunks with the same bytes around them, one after another; [] for any other bytes."""
        start, end = len(self.before), len(data) - len(self.after)
        if start >= end or not data.startswith(self.before) or not data.endswith(self.after):
            return []
        try:
            texts = data[start:end].decode().split(self._border)
        except UnicodeDecodeError:
            return []
        for text in texts:
            # A quotation mark would end the string, a backslash begin an escape: both need the real decoder. A control
            # character is no JSON.
            if not text or '"' in text or "\\" in text or not text.isprintable():
                return []
        return texts
