"""Collecting the calls that a model makes, from the pieces of a stream or from a whole body.

What each format names the pieces is in its parser. The arguments stay the text that the model wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.types import Json, ToolCall
from harness.providers.format.json_payload import as_text, to_plain_json, well_formed


@dataclass(slots=True)
class _CallDraft:
    """A call of which pieces may still come. `whole`: the arguments as its start states them, used without pieces."""

    id: str | None = None
    name: str = ""
    whole: str = ""
    pieces: list[str] = field(default_factory=list)


class ToolCallCollector:
    """The calls of one reply, in the order in which they began."""

    def __init__(self) -> None:
        self._drafts: list[_CallDraft] = []
        self._by_place: dict[int | str | None, _CallDraft] = {}

    @property
    def chars(self) -> int:
        """Characters of arguments so far."""
        return sum(len(piece) for draft in self._drafts for piece in draft.pieces) if self._drafts else 0

    def add(self, place: int | str | None, *, call_id: Json = None, name: Json = None, arguments: Json = None) -> bool:
        """Take a piece of the call at a place (an index or an item's id); whether it brought a name or arguments.

        A new id at a place already taken begins another call: Gemini's compatible API and older Ollama send every
        call with index 0, whole. `place` None: the last call, unless an id or a name says that another begins.
        """
        identity, word = as_text(call_id), as_text(name)
        draft = self._by_place.get(place) if place is not None else (self._drafts[-1] if self._drafts else None)
        is_other = draft is not None and identity is not None and draft.id is not None and identity != draft.id
        is_second = draft is not None and place is None and identity is None and bool(word) and bool(draft.name)
        if draft is None or is_other or is_second:
            draft = _CallDraft()
            self._drafts.append(draft)
        self._by_place[place] = draft
        draft.id = draft.id or identity
        draft.name = draft.name or word or ""
        text = arguments_text(arguments)
        if text:
            draft.pieces.append(text)
        return bool(word or text)

    def begin(self, place: int | str | None, *, call_id: Json, name: Json, whole: Json) -> bool:
        """Take the start of a call, whose `whole` arguments are an empty object where pieces follow."""
        has_text = self.add(place, call_id=call_id, name=name)
        self._by_place[place].whole = arguments_text(whole)
        return has_text

    def has(self, place: int | str | None) -> bool:
        """Whether a call began at that place."""
        return place in self._by_place

    def end(self, place: int | str | None, *, name: Json, arguments: Json) -> None:
        """Take a call that is stated whole after its pieces, or without any."""
        if place not in self._by_place:
            self.add(place)
        draft = self._by_place[place]
        draft.name = as_text(name) or draft.name
        draft.pieces = [arguments_text(arguments)] if arguments_text(arguments) else draft.pieces

    def calls(self) -> tuple[ToolCall, ...] | None:
        """What came so far; None where there was no call."""
        if not self._drafts:
            return None
        return tuple(
            ToolCall(name=one.name, arguments=well_formed("".join(one.pieces) or one.whole)) for one in self._drafts
        )


def place_of(value: Json) -> int | str | None:
    """An index or an id as a place; None for anything else."""
    return value if isinstance(value, int | str) else None


def arguments_text(arguments: Json) -> str:
    """Arguments as text: as they came, an object (Ollama's own API, Anthropic's `input`) as JSON."""
    if isinstance(arguments, str):
        return arguments
    return json.dumps(to_plain_json(arguments), ensure_ascii=False) if isinstance(arguments, Mapping) else ""
