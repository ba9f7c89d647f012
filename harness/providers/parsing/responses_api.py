"""Reading a reply of the Responses API, streamed or whole.

Covers named events, reasoning summaries, the envelope's status and usage, and failures inside a stream. What all
formats share is in `chat_completions`.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.types import FailureKind, FinishReason, Json
from harness.providers.format.dialect_spec import Dialect
from harness.providers.format.json_payload import as_text, get_path, shown
from harness.providers.format.wire_types import ChunkKind, ResponseParser
from harness.providers.parsing.base import BaseResponseParser
from harness.providers.parsing.billed_items import item_of_output
from harness.providers.parsing.errors import retryable

ANSWER_DELTAS = frozenset({"response.output_text.delta", "response.refusal.delta"})
FAILED = frozenset({"failed", "cancelled"})
CALLS = frozenset({"function_call", "custom_tool_call"})
REASONING_DELTAS = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})


class ResponsesApiParser(BaseResponseParser):
    """Reads one response."""

    def _read_event(self, event: str, chunk: Mapping[str, Json]) -> ChunkKind:
        """Take one event of a stream; the kind in the data counts, the event's name where it has none."""
        kind = as_text(chunk.get("type")) or event
        if kind in ANSWER_DELTAS or kind in REASONING_DELTAS:
            return self._delta(kind, chunk.get("delta"))
        if kind == "response.refusal.done" and not self._is_refusal:  # a gateway that sends no deltas of a refusal
            return self._delta(kind, chunk.get("refusal"))
        if kind == "response.function_call_arguments.delta":
            is_text = self._calls.add(_place(chunk.get("item_id")), arguments=chunk.get("delta"))
            return ChunkKind.ANSWER if is_text else ChunkKind.NOTHING
        if kind == "response.output_item.added" or kind == "response.output_item.done":
            self._output_item(chunk.get("item"))
        response = chunk.get("response")
        if kind == "error" or chunk.get("error"):
            self._read_error(chunk if chunk.get("error") else {"error": chunk})
        elif isinstance(response, Mapping):
            self._response(response)
        return ChunkKind.NOTHING

    def feed_body(self, body: bytes) -> None:
        """Take a whole body."""
        response = self._whole(body)
        if response is None:
            return
        is_failed = bool(response.get("error")) or str(response.get("status")) in FAILED
        if not is_failed and not isinstance(response.get("output"), list):
            what = f"the response holds no output: {shown(response)}"
            self._note_error(retryable(FailureKind.MALFORMED_RESPONSE, what))
        self._response(response)

    def _read_usage_of(self, chunk: Mapping[str, Json]) -> None:
        usage = get_path(chunk, "response.usage")
        if usage is not None:
            self._note_usage(usage, chunk)

    def _delta(self, kind: str, delta: Json) -> ChunkKind:
        if not isinstance(delta, str) or not delta:
            return ChunkKind.NOTHING
        if kind in REASONING_DELTAS:
            return self._reason(delta)
        self._is_refusal = self._is_refusal or kind.startswith("response.refusal.")
        return self._content(delta)

    def _response(self, response: Mapping[str, Json]) -> None:
        """The envelope, as it stands at the start, at the end, or as a whole body."""
        self._first = self._first or response
        self._last = response
        if response.get("usage") is not None:
            self._note_usage(response["usage"], response)
        if response.get("error"):
            self._read_error(response)
        status = str(response.get("status"))
        if status in ("completed", "incomplete"):
            reason = as_text(get_path(response, "incomplete_details.reason"))
            self._finish = reason or ("completed" if status == "completed" else "incomplete")
            self._ended = True
        elif status in FAILED and self._error is None:
            self._note_error(retryable(FailureKind.INTERRUPTED, f"the response is {status}"))
        self._output(response.get("output"))

    def _output_item(self, item: Json) -> None:
        """Note an item that is charged beside the tokens; it is shown when added, when done, and in the envelope."""
        name = item_of_output(item) if isinstance(item, Mapping) else None
        if get_path(item, "type") in CALLS:
            self._has_tool_calls = True
            self._calls.end(_place(get_path(item, "id") or get_path(item, "call_id")), **_call(item))
        if name is not None:
            assert isinstance(item, Mapping)
            self._note_item(name, identity=as_text(item.get("id")))

    def _note_citations(self, parts: Json) -> None:
        """Citations show a search that a gateway did not list; where it is listed they are no second charge."""
        cited = any(get_path(part, "annotations") for part in parts) if isinstance(parts, list) else False
        if cited and not self._items:
            self._note_item("annotations", identity="annotations")

    def _output(self, output: Json) -> None:
        """The text of the envelope, where no delta brought it."""
        had_text, had_reasoning = bool(self._text), bool(self._reasoning)
        for item in output if isinstance(output, list) else ():
            self._output_item(item)
            kind = get_path(item, "type")
            if kind == "reasoning" and not had_reasoning:
                self._reasoning += [
                    text for text in _texts(get_path(item, "summary"), get_path(item, "content")) if text
                ]
            elif kind == "message":
                self._text += () if had_text else _texts(get_path(item, "content"))
                self._note_citations(get_path(item, "content"))
                self._is_refusal = self._is_refusal or bool(_refusals(get_path(item, "content")))

    def _finish_reason(self, text: str) -> FinishReason | None:
        """`completed` says that calls were made where there are some: this API has no other word for it."""
        found = super()._finish_reason(text)
        return FinishReason.TOOL_CALLS if found is FinishReason.STOP and self._has_tool_calls else found


def _place(identity: Json) -> str:
    return f"item {as_text(identity)}"


def _call(item: Json) -> dict[str, Json]:
    """Name and arguments of a call; a custom tool's free text stands in `input`."""
    arguments = get_path(item, "arguments")
    return {"name": get_path(item, "name"), "arguments": get_path(item, "input") if arguments is None else arguments}


def _texts(*lists: Json) -> list[str]:
    parts = [part for parts in lists if isinstance(parts, list) for part in parts]
    said = (get_path(part, "text") or get_path(part, "refusal") for part in parts)
    return [text for text in said if isinstance(text, str)]


def _refusals(parts: Json) -> list[Json]:
    return [part for part in parts if get_path(part, "type") == "refusal"] if isinstance(parts, list) else []


def responses_api_parser(dialect: Dialect, traits: frozenset[str]) -> ResponseParser:
    """A reader for one response."""
    return ResponsesApiParser(dialect, traits)
