"""Recognises a chunk that differs from the chunk before in its text alone, without decoding its JSON again.

Most chunks of a stream repeat the same envelope around a few new characters. What does not look exactly so is None
here, and is decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_TEXT = re.compile(rb'"(content|text|delta|reasoning_content|reasoning|thinking)"[ \t]*:[ \t]*"([^"]*)"')
"""The fields that hold a chunk's text: of chat completions, of Anthropic's messages, of OpenAI's Responses."""


@dataclass(frozen=True, slots=True)
class ChunkTemplate:
    """The bytes of a chunk before and after its text."""

    before: bytes
    after: bytes

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

    def text_in(self, data: bytes) -> str | None:
        """The text of a chunk with the same bytes around it; None for any other, and where decoding could fail."""
        start, end = len(self.before), len(data) - len(self.after)
        if start >= end or not data.startswith(self.before) or not data.endswith(self.after):
            return None
        piece = data[start:end]
        # A quotation mark would end the string, a backslash begin an escape: both need the real decoder.
        if b'"' in piece or b"\\" in piece:
            return None
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            return None
        return text if text.isprintable() else None  # a control character is no JSON
