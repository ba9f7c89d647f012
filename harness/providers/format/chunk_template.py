"""Recognises a chunk that differs from the chunk before in its text alone, without decoding its JSON again.

Most chunks of a stream repeat the same envelope around a few new characters. What does not look exactly so is None
here, and is decoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from harness.providers.format.json_payload import InvalidJson, decode

_TEXT = re.compile(rb'"(content|text|delta|reasoning_content|reasoning|thinking)"[ \t]*:[ \t]*"([^"]*)"')
"""The fields that hold a chunk's text: of chat completions, of Anthropic's messages, of OpenAI's Responses."""

_STRING = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
"""What stands between two quotation marks."""


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

    def texts_in(self, data: bytes, place: int = 0) -> tuple[list[str], int]:
        """The texts of the chunks from a place on that have the same bytes around them, and where the rest begins."""
        before, after, texts = self.before, self.after, []
        length, skipped = len(before), len(after)
        while data.startswith(before, place):
            start = place + length
            end = data.find(b'"', start)
            if end <= start:
                break
            try:
                text = data[start:end].decode()
                if "\\" in text or not text.isprintable():  # an escape, or what JSON may not hold
                    end, text = _decoded(data, start)
            except ValueError:  # no UTF-8, no JSON: the decoder of the whole says why
                break
            if not data.startswith(after, end):
                break
            texts.append(text)
            place = end + skipped
        return texts, place


def _decoded(data: bytes, start: int) -> tuple[int, str]:
    """Where the string that begins there ends, and what it says. Raises ValueError."""
    found = _STRING.match(data, start)
    assert found is not None  # it matches nothing at all too
    text = decode(b'"%b"' % found[0])
    if not isinstance(text, str):
        raise InvalidJson("no text")
    return found.end(), text
