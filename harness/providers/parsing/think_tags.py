"""Telling thinking from the answer piece by piece while a text streams, for the time to the first answer text.

The text that is stored is split as a whole, by core.think_blocks.
"""

from __future__ import annotations

from harness.providers.format.wire_types import ChunkKind


class ThinkTagParser:
    """Says while a text streams whether a piece is thinking or answer; keeps only what a cut tag needs.

    A missing opening tag cannot be seen before its closing one: until then the text is taken for the answer.
    """

    __slots__ = ("_closing", "_head", "_inside", "_tags", "_tail", "settled")

    def __init__(self, tags: tuple[str, ...], *, starts_inside: bool) -> None:
        self._tags = tags
        self._inside = starts_inside
        self._head = ""
        self._tail = ""
        self._closing = f"</{tags[0]}>" if tags else ""
        self.settled = not tags

    def piece(self, text: str) -> ChunkKind:
        """What a piece of text that is not empty brought."""
        if self.settled:
            return ChunkKind.ANSWER
        return self._inner(text) if self._inside else self._first(text)

    def _first(self, text: str) -> ChunkKind:
        self._head = (self._head + text).lstrip()
        for tag in self._tags if not self._head or self._head[0] == "<" else ():
            opening = f"<{tag}>"
            if self._head.startswith(opening):
                self._inside, self._closing = True, f"</{tag}>"
                return self._inner(self._head[len(opening) :])
            # Until the tag is told from the answer nothing counts as answer: the time to the first answer would be too
            # short.
            if opening.startswith(self._head):  # white space, or the beginning of the tag
                return ChunkKind.REASONING
        self.settled = True
        return ChunkKind.ANSWER

    def _inner(self, text: str) -> ChunkKind:
        seen = self._tail + text
        end = seen.find(self._closing)
        if end < 0:
            # A closing tag may be cut by a chunk border anywhere; one character less than it has is all that can be
            # missing.
            self._tail = seen[-(len(self._closing) - 1) :]
            return ChunkKind.REASONING
        after = seen[end + len(self._closing) :]
        self._inside, self._tail, self._head = False, "", ""
        return self._first(after) if after.strip() else ChunkKind.REASONING
