"""HTTP/1.1 responses out of bytes: the head, and where the body ends (RFC 9112). Knows no socket and no clock.

Line ends may be LF alone, as servers written by hand send them. Anything else that is not HTTP is a `NotHttpError`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

MAX_HEAD_BYTES = 64 * 1024
MAX_LINE_BYTES = 8 * 1024
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) +([1-9][0-9][0-9])(?: .*)?")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,15}")
_NO_BODY = frozenset({204, 304})


class NotHttpError(Exception):
    """The bytes are no HTTP/1.1 response."""


@dataclass(slots=True)
class Head:
    """A status and its fields, names in lower case; of a repeated field the last value."""

    status: int
    headers: dict[str, str]
    is_persistent: bool

    @property
    def is_interim(self) -> bool:
        """Whether the real response follows (100 Continue, 103 Early Hints)."""
        return self.status < 200


class Framing(Protocol):
    """Finds the end of a body. `is_ended`: it has come; `rest`: bytes after it; `error`: why it cannot be found."""

    is_ended: bool
    rest: bytes
    error: NotHttpError | None

    def feed(self, data: bytes) -> bytes:
        """The part of some bytes that is body."""
        ...


def end_of_head(data: bytes) -> int:
    """Where the body begins; -1 while the head is not whole. Raises NotHttpError for one that is too large."""
    found = data.find(b"\n\r\n", 0, MAX_HEAD_BYTES)
    plain = data.find(b"\n\n", 0, found if found >= 0 else MAX_HEAD_BYTES)
    if plain >= 0:
        return plain + 2
    if found >= 0:
        return found + 3
    if len(data) > MAX_HEAD_BYTES:
        raise NotHttpError(f"the head is longer than {MAX_HEAD_BYTES // 1024} KiB")
    if not b"HTTP/1.".startswith(data[:7]):
        raise NotHttpError(f"the response begins with {data[:20]!r}")
    return -1


def read_head(head: bytes) -> Head:
    """The status line and the fields. Raises NotHttpError."""
    first, *lines = head.decode("utf-8", "surrogateescape").rstrip("\r\n").replace("\r\n", "\n").split("\n")
    status_line = _STATUS_LINE.fullmatch(first)
    if status_line is None:
        raise NotHttpError(f"the response begins with {first[:40]!r}")
    headers: dict[str, str] = {}
    name = ""
    for line in lines:
        if line[:1] in " \t" and name:  # a folded value (RFC 9112, section 5.2)
            headers[name] = f"{headers[name]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        name, value = name.lower(), value.strip()
        if not colon or not name or " " in name:
            raise NotHttpError(f"a header line is {line[:40]!r}")
        if name == "content-length" and headers.get(name, value) != value:
            raise NotHttpError("two different content lengths")
        headers[name] = value
    words = headers.get("connection", "").lower()
    is_persistent = "keep-alive" in words if status_line[1] == "0" else "close" not in words
    return Head(int(status_line[2]), headers, is_persistent)


def framing_of(head: Head) -> Framing:
    """How the body of this response ends (RFC 9112, section 6.3). Raises NotHttpError."""
    coding = head.headers.get("transfer-encoding", "").lower()
    if head.status in _NO_BODY:
        return SizedBody(0)
    if coding == "chunked":
        return ChunkedBody()
    if coding not in ("", "identity"):
        raise NotHttpError(f"transfer encoding {coding[:40]!r}")
    length = head.headers.get("content-length")
    if length is None:
        head.is_persistent = False
        return BodyUntilClose()
    if not (length.isascii() and length.isdigit()) or len(length) > 15:
        raise NotHttpError(f"a content length of {length[:40]!r}")
    return SizedBody(int(length))


class SizedBody:
    """A body of a stated length."""

    __slots__ = ("_left", "is_ended", "rest")
    error: NotHttpError | None = None

    def __init__(self, size: int) -> None:
        self._left = size
        self.is_ended = size == 0
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """The part of some bytes that is body."""
        left = self._left = self._left - len(data)
        if left > 0:
            return data
        self.is_ended = True
        if left == 0:
            return data
        self.rest, self._left = data[left:], 0
        return data[:left]


class BodyUntilClose:
    """A body that ends with its connection."""

    __slots__ = ("is_ended", "rest")
    error: NotHttpError | None = None

    def __init__(self) -> None:
        self.is_ended = False
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """All of it is body."""
        return data


@lru_cache(maxsize=4096)
def _size(line: bytes) -> int | None:
    """The size that a line states; None where it states none."""
    size = line.partition(b";")[0].strip()
    return int(size, 16) if _HEX.fullmatch(size) else None


def _whole_chunks(data: bytes, parts: list[bytes]) -> int:
    """Take the chunks that are whole, as nearly all are; returns where the rest begins."""
    place, length = 0, len(data)
    while place < length:
        end = data.find(b"\r\n", place, place + 10)
        size = None if end < 0 else _size(data[place:end])
        if not size:
            return place
        after = end + 2 + size
        if data[after : after + 2] != b"\r\n":
            return place
        parts.append(data[end + 2 : after])
        place = after + 2
    return place


class ChunkedBody:
    """A body in chunks, each with its size before it."""

    __slots__ = ("_held", "_is_after_data", "_is_in_trailer", "_left", "error", "is_ended", "rest")

    def __init__(self) -> None:
        self._left = 0
        self._held = b""
        self._is_after_data = False
        self._is_in_trailer = False
        self.error: NotHttpError | None = None
        self.is_ended = False
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """The bodies of the chunks in some bytes, joined; also of those before an error."""
        parts: list[bytes] = []
        is_between = not (self._held or self._left or self._is_after_data or self._is_in_trailer)
        place = _whole_chunks(data, parts) if is_between else 0
        if place == len(data):
            return parts[0] if len(parts) == 1 else b"".join(parts)
        if self._held:
            data, self._held = self._held + data, b""
        while not self.is_ended and self.error is None:
            if self._left:
                part = data[place : place + self._left]
                parts.append(part)
                place += len(part)
                self._left -= len(part)
                if self._left:
                    break
                self._is_after_data = True
            end = data.find(b"\n", place)
            if end < 0:
                self._held = data[place:]
                if len(self._held) > MAX_LINE_BYTES:
                    self.error = NotHttpError("the size of a chunk is too long")
                break
            self._take_line(data[place:end].strip(b" \t\r"))
            place = end + 1
        if self.is_ended:
            self.rest = data[place:]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _take_line(self, line: bytes) -> None:
        if self._is_after_data:
            self._is_after_data = False
            if line:
                self.error = NotHttpError("a chunk is longer than its size")
        elif self._is_in_trailer:
            self.is_ended = not line
        else:
            size = _size(line)
            if size is None:
                self.error = NotHttpError(f"the size of a chunk is {line[:40]!r}")
                return
            self._left = size
            self._is_in_trailer = size == 0
