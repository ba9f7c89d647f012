"""Texts in a file that a browser unpacks by itself: frequent words as codes, then deflate, then ASCII.

Browsers offer deflate and nothing better. Its window is 32 KB, so words that come back later are written out again;
codes for frequent words make English texts a third smaller. The script's counterpart is in static/report.js.

A coded text is bytes: ASCII as it is; from 0x80 on a code, of one byte for the most frequent words and of two for
others; between 0x02 and 0x03 a run of UTF-8. Texts hold no control characters but tabs and newlines (`visible`).
"""

from __future__ import annotations

import base64
import re
import zlib
from collections import Counter
from collections.abc import Sequence

SHORT_CODES = 96
LONG_LEADS = 128 - SHORT_CODES
TEXTS_IN_BLOCK = 100
"""Texts that are packed together, in the order they came."""
_WORD = re.compile(r" ?[A-Za-z]{2,}|\\[a-z]{2,}")
_FOREIGN = re.compile("[^\x00-\x7f]+")
_ASCII_85 = str.maketrans("<>&", ",.:")
"""Python's base 85 without the signs that HTML and JSON must escape."""


def pack(data: bytes, *, level: int = 9) -> str:
    """Deflate and base 85, of signs that mean nothing in HTML, JSON and JavaScript."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return base64.b85encode(packer.compress(data) + packer.flush()).decode().translate(_ASCII_85)


def unpack(packed: str) -> bytes:
    """What `pack` was given."""
    return zlib.decompress(base64.b85decode(packed.translate(str.maketrans(",.:", "<>&"))), -15)


class TextStore:
    """Texts by number, packed when all are there."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, text: str) -> int:
        """Keep a text without NUL and other control characters; returns its number."""
        self.texts.append(text)
        return len(self.texts) - 1

    def packed(self) -> tuple[list[str], list[str]]:
        """The words that codes stand for, and the blocks."""
        words = frequent_words(self.texts)
        codes = dict(zip(words, _codes(), strict=False))
        starts = range(0, len(self.texts), TEXTS_IN_BLOCK)
        blocks = ["\0".join(self.texts[start : start + TEXTS_IN_BLOCK]) for start in starts]
        return words, [pack(encode(block, codes)) for block in blocks]


def frequent_words(texts: Sequence[str]) -> list[str]:
    """Words worth a code, those that save most first."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text))
    worth = {word: count * (len(word) - 1) for word, count in counts.items() if count > 3 and len(word) > 2}
    return sorted(worth, key=lambda word: (-worth[word], word))[: SHORT_CODES + 256 * LONG_LEADS]


def _codes() -> list[bytes]:
    short = [bytes([0x80 + place]) for place in range(SHORT_CODES)]
    first = 0x80 + SHORT_CODES
    return short + [bytes([first + place // 256, place % 256]) for place in range(256 * LONG_LEADS)]


def encode(text: str, codes: dict[str, bytes]) -> bytes:
    """A text as coded bytes."""
    parts: list[bytes] = []
    end = 0
    for found in _WORD.finditer(text):
        code = codes.get(found[0])
        if code is not None:
            parts += [_plain(text[end : found.start()]), code]
            end = found.end()
    parts.append(_plain(text[end:]))
    return b"".join(parts)


def _plain(text: str) -> bytes:
    return _FOREIGN.sub(lambda run: f"\x02{run[0]}\x03", text).encode()


def decode(data: bytes, words: Sequence[str]) -> str:
    """The text of coded bytes, as the script reads it."""
    parts: list[str] = []
    place, first = 0, 0x80 + SHORT_CODES
    while place < len(data):
        sign = data[place]
        if sign == 2:
            end = data.index(3, place)
            parts.append(data[place + 1 : end].decode())
            place = end
        elif sign >= first:
            place += 1
            parts.append(words[SHORT_CODES + 256 * (sign - first) + data[place]])
        else:
            parts.append(words[sign - 0x80] if sign >= 0x80 else chr(sign))
        place += 1
    return "".join(parts)
