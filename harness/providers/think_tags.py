"""Telling thinking from the answer where both come as one text: `<think>...</think>answer`.

Covers a leading block, several in a row, a block that never closes, and a closing tag whose opening one is missing
(templates that open it in the prompt). Not here: reasoning that comes in a field of its own (reply).
"""

from __future__ import annotations

from harness.providers.wire import Seen


def split_thinking(text: str, tags: tuple[str, ...], *, starts_inside: bool = False) -> tuple[str, str]:
    """(reasoning, answer) of a whole text.

    An unclosed block is all reasoning. A closing tag without an opening one ends reasoning that began with the text;
    `starts_inside` says so even where the closing tag never came.
    """
    reasoning: list[str] = []
    rest = text
    while True:
        bare = rest.lstrip()
        tag = next((tag for tag in tags if bare.startswith(f"<{tag}>")), None)
        if tag is None:
            break
        inside, closed, rest = bare[len(tag) + 2 :].partition(f"</{tag}>")
        reasoning.append(inside)
        if not closed:
            return "\n".join(reasoning).strip(), ""
    if not reasoning:
        for tag in tags:
            before, closed, after = rest.partition(f"</{tag}>")
            if closed and f"<{tag}>" not in before:
                return before.strip(), after.lstrip()
        return (text.strip(), "") if starts_inside else ("", text)
    return "\n".join(part.strip() for part in reasoning).strip(), rest.lstrip()


class TagWatch:
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

    def piece(self, text: str) -> Seen:
        """What a piece of text that is not empty brought."""
        if self.settled:
            return Seen.ANSWER
        return self._inner(text) if self._inside else self._first(text)

    def _first(self, text: str) -> Seen:
        self._head = (self._head + text).lstrip()
        for tag in self._tags:
            opening = f"<{tag}>"
            if self._head.startswith(opening):
                self._inside, self._closing = True, f"</{tag}>"
                return self._inner(self._head[len(opening) :])
            if opening.startswith(self._head):  # white space, or the beginning of the tag
                return Seen.REASONING
        self.settled = True
        return Seen.ANSWER

    def _inner(self, text: str) -> Seen:
        seen = self._tail + text
        end = seen.find(self._closing)
        if end < 0:
            self._tail = seen[-(len(self._closing) - 1) :]
            return Seen.REASONING
        after = seen[end + len(self._closing) :]
        self._inside, self._tail, self._head = False, "", ""
        return self._first(after) if after.strip() else Seen.REASONING
