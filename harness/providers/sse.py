"""Server-sent events out of bytes, however the network cut them.

Covers the wire format of the WHATWG standard as chat endpoints use it: CR, LF and CRLF line ends, comments, event
names, data over several lines, a leading byte-order mark. Works on bytes, so a character cut in half at a border is
whole again before anyone decodes it. Does not cover `id:` and `retry:` (nobody reconnects a paid stream), nor JSON.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6 (read 2026-11).
"""

from __future__ import annotations

DONE = b"[DONE]"


class SseParser:
    """Feed it pieces of a body, take whole events; memory is bounded by the longest single event."""

    def __init__(self) -> None:
        self._tail: list[bytes] = []  # pieces of the line not yet ended: joined once, so a 1 MB line stays linear
        self._after_cr = False
        self._event = ""
        self._data: list[bytes] = []
        self._at_start = True

    def feed(self, piece: bytes) -> list[tuple[str, bytes]]:
        """The events that this piece completes, as (name or "", data)."""
        if self._after_cr and piece[:1] == b"\n":
            piece = piece[1:]
        self._after_cr = False
        if not piece:
            return []
        events: list[tuple[str, bytes]] = []
        for raw in piece.splitlines(keepends=True):
            if raw[-1:] not in b"\r\n":
                self._tail.append(raw)
                continue
            line = raw.rstrip(b"\r\n")
            if self._tail:
                self._tail.append(line)
                line = b"".join(self._tail)
                self._tail.clear()
            self._take_line(line, events)
        self._after_cr = piece[-1:] == b"\r"
        return events

    def finish(self) -> list[tuple[str, bytes]]:
        """The event that the body's end cut off before its blank line, if any: servers forget that line."""
        events: list[tuple[str, bytes]] = []
        if self._tail:
            line = b"".join(self._tail)
            self._tail.clear()
            self._take_line(line, events)
        self._take_line(b"", events)
        return events

    def _take_line(self, line: bytes, events: list[tuple[str, bytes]]) -> None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            if self._data:
                events.append((self._event, b"\n".join(self._data)))
            self._data = []
            self._event = ""
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._event = value.decode("utf-8", "replace")
