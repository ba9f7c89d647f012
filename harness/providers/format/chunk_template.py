"""Recognises a chunk that differs from the chunk before in its text alone, without decoding its JSON again.

Most chunks of a stream repeat the same envelope around a few new characters; with OpenAI around random padding too.
What does not look exactly so is None here, and is decoded.
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

_PADDING = re.compile(rb'"obfuscation"[ \t]*:[ \t]*"([^"]*)"')
"""Random characters that make all chunks equally long (OpenAI's API reference, `include_obfuscation`, 2026-12)."""


@dataclass(frozen=True, slots=True)
class ChunkTemplate:
    """The bytes of a chunk before and after its text; `after_padding`: those after its padding, None where it has none,
    and `after` then ends where the padding begins.
    """

    before: bytes
    after: bytes
    after_padding: bytes | None = None

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
        before, after = data[: found[0].start(2)], data[found[0].end(2) :]
        padding = _PADDING.search(after)
        if padding is None:
            return cls(before, after)
        return cls(before, after[: padding.start(1)], after[padding.end(1) :])

    def within(self, piece: bytes, data: bytes) -> Self | None:
        """The template of a whole piece of a stream, which holds this chunk's data once; None where it does not."""
        before, found, after = piece.partition(data)
        if not found:
            return None
        if self.after_padding is None:
            return type(self)(before + self.before, self.after + after)
        return type(self)(before + self.before, self.after, self.after_padding + after)

    def texts_in(self, data: bytes, place: int = 0) -> tuple[list[str], int]:
        """The texts of the chunks from a place on that have the same bytes around them, and where the rest begins."""
        before, after, after_padding, texts = self.before, self.after, self.after_padding, []
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
            end += skipped
            if after_padding is not None:
                end = _after_padding(data, end, after_padding)
                if end < 0:
                    break
            texts.append(text)
            place = end
        return texts, place


def _after_padding(data: bytes, start: int, after: bytes) -> int:
    """Where a chunk ends whose padding begins there; -1 where that is not letters and digits, or else follows it."""
    end = data.find(b'"', start)
    is_plain = end == start or data[start:end].isalnum()
    return end + len(after) if is_plain and data.startswith(after, end) else -1


def _decoded(data: bytes, start: int) -> tuple[int, str]:
    """Where the string that begins there ends, and what it says. Raises ValueError."""
    found = _STRING.match(data, start)
    assert found is not None  # it matches nothing at all too
    text = decode(b'"%b"' % found[0])
    if not isinstance(text, str):
        raise InvalidJson("no text")
    return found.end(), text
