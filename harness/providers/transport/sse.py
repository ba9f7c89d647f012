"""Server-sent events out of bytes, however the network cut them.

Covers the wire format of the WHATWG standard as chat endpoints use it: CR, LF and CRLF line ends, comments, event
names, data over several lines, a leading byte-order mark. Works on bytes, so a character cut in half at a border is
whole again before anyone decodes it. Does not cover `id:` and `retry:` (nobody reconnects a billed stream), nor JSON.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6 (read 2026-11).
"""

from __future__ import annotations

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


def looks_like_events(head: bytes) -> bool | None:
    """Whether a body that begins so is a stream of events; None while too little of it has come to tell."""
    if head[:1] == b"{":  # as nearly every body that is none
        return False
    start = head.removeprefix(BYTE_ORDER_MARK).lstrip(b"\r\n\t ")
    if start.startswith(_FIELDS):
        return True
    may_become = any(field.startswith(start) for field in _FIELDS)
    return None if may_become or BYTE_ORDER_MARK.startswith(head) else False


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
        if self.is_between and piece.endswith(b"\n\n") and b"\r" not in piece:
            self._take_blocks(piece, events)
        else:
            self._take_lines(piece, events)
        return events

    def _take_blocks(self, piece: bytes, events: list[tuple[str, bytes]]) -> None:
        """The usual case, whole events and nothing else, at half the cost."""
        for block in piece[:-2].split(b"\n\n"):
            if block.startswith(b"data: ") and b"\n" not in block:
                events.append(("", block[6:]))
            else:
                for line in block.split(b"\n"):
                    self._take_line(line, events)
                self._take_line(b"", events)

    def _take_lines(self, piece: bytes, events: list[tuple[str, bytes]]) -> None:
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

    @property
    def is_between(self) -> bool:
        """Whether what comes next begins a new event."""
        return not (self._tail or self._data or self._event or self._at_start)

    def finish(self) -> list[tuple[str, bytes]]:
        """The event that the body's end cut off before its blank line, if any: servers forget that line.

        A last line that is cut inside its JSON is no event: the stream was cut, it was not garbled.
        """
        events: list[tuple[str, bytes]] = []
        if self._tail and not self._tail[-1].rstrip().endswith((b"}", b"]")):
            self._tail.clear()
        if self._tail:
            line = b"".join(self._tail)
            self._tail.clear()
            self._take_line(line, events)
        self._take_line(b"", events)
        return events

    def _take_line(self, line: bytes, events: list[tuple[str, bytes]]) -> None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(BYTE_ORDER_MARK)
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
