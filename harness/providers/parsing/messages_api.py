"""Reading a reply of Anthropic's native Messages API, streamed or whole.

Covers named events, thinking blocks, cumulative usage and errors inside a stream. What all formats share is in
`chat_completions`.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.types import FailureKind, Json
from harness.providers.format.dialect_spec import Dialect
from harness.providers.format.json_payload import as_text, get_path, shown
from harness.providers.format.wire_types import ChunkKind, ResponseParser
from harness.providers.parsing.base import BaseResponseParser
from harness.providers.parsing.billed_items import FREE_SERVER_TOOLS
from harness.providers.parsing.counts import is_stated
from harness.providers.parsing.errors import retryable
from harness.providers.parsing.tool_calls import place_of

AT_START = "output_tokens_at_start"
"""Where the raw usage keeps message_start's output count: it covers the first tokens only, never the whole answer."""
SEARCH_CITATION = "web_search_result_location"
TOOL_RESULT = "_tool_result"
"""Ending of the kinds of blocks that hold what a tool of the server gave."""


class MessagesApiParser(BaseResponseParser):
    """Reads one message."""

    def _read_event(self, event: str, chunk: Mapping[str, Json]) -> ChunkKind:
        """Take one event of a stream; the kind in the data counts, not the event's name."""
        kind = chunk.get("type")
        if kind == "content_block_delta":
            return self._piece(chunk.get("delta"), place_of(chunk.get("index")))
        if kind == "content_block_start":
            return self._piece(chunk.get("content_block"), place_of(chunk.get("index")))
        if kind == "message_start":
            self._start(chunk.get("message"))
        elif kind == "message_delta":
            self._note_finish(get_path(chunk, "delta.stop_reason"))
            self._merge_usage(chunk.get("usage"))
            self._is_running = self._finish is None
        elif kind == "message_stop":
            self._ended = True
        elif kind == "error" or chunk.get("error") or event == "error":
            self._read_error(chunk)
        return ChunkKind.NOTHING

    def feed_body(self, body: bytes) -> None:
        """Take a whole body."""
        message = self._whole(body)
        if message is None:
            return
        self._first = self._last = message
        self._merge_usage(message.get("usage"))
        content = message.get("content")
        if message.get("type") == "error" or message.get("error"):
            self._read_error(message)
        elif isinstance(content, list):
            for place, block in enumerate(content):
                self._piece(block, place)
            self._ended = True
        else:
            what = f"the response holds no content: {shown(message)}"
            self._note_error(retryable(FailureKind.MALFORMED_RESPONSE, what))
        self._note_finish(message.get("stop_reason"))

    def _start(self, message: Json) -> None:
        if not isinstance(message, Mapping):
            return
        self._first = self._last = message
        usage = message.get("usage")
        if isinstance(usage, Mapping) and "output_tokens" in usage:
            usage = {AT_START if name == "output_tokens" else name: count for name, count in usage.items()}
            usage.pop("iterations", None)  # their output counts are of the start as well
        self._merge_usage(usage)

    def _merge_usage(self, usage: Json) -> None:
        """Counts are cumulative: a later one replaces an earlier one, unless it is null or an unfilled zero."""
        if not isinstance(usage, Mapping):
            self._raw_usage = usage if self._raw_usage is None else self._raw_usage
            return
        merged = dict(self._raw_usage) if isinstance(self._raw_usage, Mapping) else {}
        merged |= {name: count for name, count in usage.items() if is_stated(count) or merged.get(name) is None}
        if merged.get("output_tokens") is not None:
            merged.pop(AT_START, None)
        if merged.get("iterations") and "model" in self._first:  # their prices are those of their models
            merged["model"] = self._first["model"]
        self._raw_usage = merged

    def _read_usage_of(self, chunk: Mapping[str, Json]) -> None:
        self._merge_usage(chunk.get("usage"))

    def _server_tool(self, name: str, identity: str | None) -> None:
        """Note a tool that the server ran, once for its call and its result."""
        if not name.startswith(FREE_SERVER_TOOLS):
            known = {seen for ids in self._items.values() for seen in ids}
            if identity is None or identity not in known:
                self._note_item(name, identity=identity)

    def _piece(self, piece: Json, place: int | str | None) -> ChunkKind:
        """A block, or a delta of one: both name their text `text`, `thinking` or, through a gateway, `refusal`."""
        if not isinstance(piece, Mapping):
            return ChunkKind.NOTHING
        if piece.get("type") in ("tool_use", "server_tool_use"):
            self._has_tool_calls = True
            name = piece.get("name")
            if piece["type"] == "server_tool_use":
                self._server_tool(str(name), as_text(piece.get("id")))
            elif self._calls.begin(place, call_id=piece.get("id"), name=name, whole=piece.get("input")):
                return ChunkKind.ANSWER
        elif piece.get("type") == "input_json_delta" and self._calls.has(place):  # not of a tool that the server runs
            is_text = self._calls.add(place, arguments=piece.get("partial_json"))
            return ChunkKind.ANSWER if is_text else ChunkKind.NOTHING
        elif str(piece.get("type")).endswith(TOOL_RESULT):  # a gateway may pass on the result without the call
            name = str(piece["type"]).removesuffix(TOOL_RESULT)
            self._server_tool(name, as_text(piece.get("tool_use_id")))
        cited = piece.get("citations")
        if isinstance(cited, list) and any(get_path(one, "type") == SEARCH_CITATION for one in cited):
            self._note_item(SEARCH_CITATION, identity=SEARCH_CITATION)
        text, thinking, refusal = piece.get("text"), piece.get("thinking"), piece.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._is_refusal = True
            text = refusal
        if isinstance(thinking, str) and thinking:
            return self._reason(thinking)
        if isinstance(text, str) and text:
            return self._content(text)
        return ChunkKind.NOTHING


def messages_api_parser(dialect: Dialect, traits: frozenset[str]) -> ResponseParser:
    """A reader for one message."""
    return MessagesApiParser(dialect, traits)
