"""Reading a reply in the chat-completions format, streamed or whole, in every provider's variation.

Covers text, reasoning in fields or tags, finish reasons, usage wherever it stands, the provider's own charge, and
errors under HTTP 200. Decodes each event once, looks only at what is needed, keeps no object per chunk.

The native formats of Anthropic and of OpenAI's Responses have parsers of their own (messages_api, responses_api).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from harness.core.think_blocks import split_thinking
from harness.core.types import FailureKind, Json, Usage
from harness.providers.format.dialect_spec import Dialect
from harness.providers.format.json_payload import as_text, get_path, shown
from harness.providers.format.wire_types import ChunkKind, ParsedResponse, ResponseParser
from harness.providers.parsing.base import (
    EMPTY,
    GEMINI_TIER_HEADER,
    NO_FINISH,
    BaseResponseParser,
    stated_request_id,
)
from harness.providers.parsing.billed_items import items_of_envelope, items_of_message
from harness.providers.parsing.errors import retryable
from harness.providers.parsing.plain_body import PlainBody, read_plain_body
from harness.providers.parsing.plain_usage import plain_usage
from harness.providers.parsing.think_tags import ThinkTagParser
from harness.providers.parsing.tool_calls import place_of

ERROR_FIELDS = frozenset({"error", "base_resp", "message"})
"""Fields of a chunk that may hold an error."""


class ChatCompletionParser(BaseResponseParser):
    """Reads one chat completion."""

    def __init__(self, dialect: Dialect, traits: frozenset[str]) -> None:
        super().__init__(dialect, traits)
        self._fields = dialect.reasoning_fields
        self._placeholders = _stripped(dialect.placeholders)
        self._tags = ThinkTagParser(dialect.think_tags, starts_inside=self._starts_inside)
        self._plain: PlainBody | None = None
        self._plain_usage: Usage | None = None

    def _read_event(self, event: str, chunk: Mapping[str, Json]) -> ChunkKind:
        if not self._first:
            self._first = chunk
        if "choices" in chunk:
            self._last = chunk
        self._read_error_of(chunk, event)
        self._read_usage_of(chunk)
        choice = _first_choice(chunk)
        return ChunkKind.NOTHING if choice is None else self._choice(choice, chunk)

    def feed_body(self, body: bytes) -> None:
        """Take a whole body."""
        plain = None if self._starts_inside else read_plain_body(self._dialect, body)
        if plain is None or not self._take_plain(plain):
            self.feed_any_body(body)

    def _take_plain(self, plain: PlainBody) -> bool:
        """Take a plain body; False, with nothing taken, where its values need another look."""
        text, finish = plain.choices[0].message.content, plain.choices[0].finish_reason
        usage = plain_usage(plain.usage, self._dialect.usage)
        if not text or not finish or usage is None or not usage.completion_tokens:
            return False
        word = finish.lower()
        if word in NO_FINISH or word in self._dialect.failing_finishes:
            return False
        if "<" in text and split_thinking(text, self._dialect.think_tags) != ("", text):
            return False
        self._text, self._finish, self._raw_usage, self._ended = [text], finish, plain.usage, True
        self._plain, self._plain_usage = plain, usage
        return True

    def reply(self, headers: Mapping[str, str]) -> ParsedResponse:
        """The reply as far as it came."""
        plain = self._plain
        if plain is None:
            return super().reply(headers)
        return ParsedResponse(
            text=self._text[0],
            reasoning="",
            finish_reason=self._finish_reason(self._text[0]),
            native_finish_reason=self._finish,
            is_complete=True,
            usage=self._plain_usage,
            raw_usage=self._raw_usage,
            reported_cost_usd=self._charge(headers),
            served_model=plain.model or None,
            served_by=plain.provider or plain.system_fingerprint or None,
            service_tier=plain.service_tier or as_text(headers.get(GEMINI_TIER_HEADER)),
            request_id=stated_request_id(headers) or plain.id or None,
            error=None,
            undecoded=None,
        )

    def feed_any_body(self, body: bytes) -> None:
        """Take a whole body, plain or not."""
        whole = self._whole(body)
        if whole is None:
            return
        self._first = self._last = whole
        self._read_error_of(whole, "")
        self._read_usage_of(whole)
        choice = _first_choice(whole)
        if choice is not None:
            self._choice(choice, whole)
            self._ended = True
        elif self._error is None:
            kind = FailureKind.EMPTY_RESPONSE if "choices" in whole else FailureKind.MALFORMED_RESPONSE
            self._note_error(retryable(kind, f"the response holds no choices: {shown(whole)}"))

    def _read_error_of(self, chunk: Mapping[str, Json], event: str) -> None:
        is_error = event == "error" or chunk.get("object") == "error"  # the object: older vLLM
        if is_error or (not ERROR_FIELDS.isdisjoint(chunk) and _has_error(chunk)):
            self._read_error(chunk)
        for name in items_of_envelope(chunk):
            self._note_item(name, identity=name)

    def _read_usage_of(self, chunk: Mapping[str, Json]) -> None:
        usage = chunk.get("usage")
        if usage is None and "x_groq" in chunk:
            usage = get_path(chunk, "x_groq.usage")
        if usage is None and "timings" in chunk and "timings" in self._dialect.usage.extra_usage_keys:
            usage = EMPTY
        if usage is None and "choices" not in chunk:  # a Responses event that reached this dialect through a proxy
            usage = get_path(chunk, "response.usage")
        if usage is not None:
            self._note_usage(usage, chunk, is_running=self._is_before_end(chunk))

    def _is_before_end(self, chunk: Mapping[str, Json]) -> bool:
        """Whether the answer goes on after this chunk, as far as it says; usage alone comes with empty choices."""
        choice = _first_choice(chunk)
        return self._finish is None and choice is not None and not (choice.get("finish_reason") or chunk.get("error"))

    def _choice(self, choice: Mapping[str, Json], chunk: Mapping[str, Json]) -> ChunkKind:
        usage = choice.get("usage")  # Moonshot
        if usage is not None:
            self._note_usage(usage, chunk)
        self._note_finish(choice.get("finish_reason"))
        delta = choice.get("delta")
        if isinstance(delta, dict):
            return self._delta(delta)
        message = choice.get("message")
        if isinstance(message, Mapping) and not (self._text or self._reasoning or self._calls.chars):
            return self._delta(message)  # a whole message at the end of a stream repeats the text: not taken again
        text = choice.get("text")
        return self._content(text) if delta is None and message is None and isinstance(text, str) else ChunkKind.NOTHING

    def _delta(self, delta: Mapping[str, Json]) -> ChunkKind:
        """The text of a delta or of a whole message; the answer, where one piece brings both."""
        for name in items_of_message(delta):
            self._note_item(name, identity=name)
        seen = ChunkKind.NOTHING
        for name in self._fields:
            piece = delta.get(name)
            if isinstance(piece, str) and piece:
                seen = self._reason(piece)
                break
        else:
            if delta.get("reasoning_details"):
                seen = self._reason(_details_text(delta["reasoning_details"]))
        if delta.get("tool_calls") or delta.get("function_call"):
            seen = ChunkKind.ANSWER if self._call_pieces(delta) else seen
        content = delta.get("content")
        if content:
            brought = self._content(content) if isinstance(content, str) else self._parts(content)
            seen = seen if brought is ChunkKind.NOTHING else brought
        refusal = delta.get("refusal")  # beside a null or an empty content, or after some of it
        if isinstance(refusal, str) and refusal:
            self._is_refusal = True
            seen = self._content(refusal)
        return seen

    def _call_pieces(self, delta: Mapping[str, Json]) -> bool:
        """Pieces of calls, or whole ones; whether any text of them came. `function_call`: the form before tools."""
        listed = delta.get("tool_calls")
        pieces = listed if isinstance(listed, list) else []
        self._has_tool_calls = self._has_tool_calls or bool(listed or delta.get("function_call"))
        has_text = False
        for piece in pieces:
            name, arguments = get_path(piece, "function.name"), get_path(piece, "function.arguments")
            place, call_id = place_of(get_path(piece, "index")), get_path(piece, "id")
            has_text = self._calls.add(place, call_id=call_id, name=name, arguments=arguments) or has_text
        old = delta.get("function_call")
        if isinstance(old, Mapping) and not pieces:
            return self._calls.add("function_call", name=old.get("name"), arguments=old.get("arguments"))
        return has_text

    def _reason(self, piece: str) -> ChunkKind:
        if not piece or piece.strip() in self._placeholders:
            return ChunkKind.NOTHING
        self._reasoning.append(piece)
        self._tags.settled = self._tags.settled or not self._text  # thinking comes in a field: no tags to watch for
        return ChunkKind.REASONING

    def _content(self, text: str) -> ChunkKind:
        if not text:
            return ChunkKind.NOTHING
        self._text.append(text)
        return self._tags.piece(text)

    def _contents(self, texts: list[str]) -> tuple[ChunkKind, int]:
        if not self._tags.settled:
            return super()._contents(texts)
        self._text += texts
        return ChunkKind.ANSWER, len(texts)

    def _parts(self, parts: Json) -> ChunkKind:
        """Content as a list of typed parts, as Mistral sends it; a refusal may be one of them (OpenAI's reference)."""
        seen = ChunkKind.NOTHING
        for part in parts if isinstance(parts, list) else ():
            thinking, text, refusal = (get_path(part, name) for name in ("thinking", "text", "refusal"))
            if isinstance(refusal, str) and refusal:
                self._is_refusal = True
                seen = self._content(refusal)
            elif thinking:
                said = thinking if isinstance(thinking, str) else _details_text(thinking)
                seen = self._reason(said)
            elif isinstance(text, str):
                seen = self._content(text)
        return seen


def chat_completion_parser(dialect: Dialect, traits: frozenset[str]) -> ResponseParser:
    """A reader for one chat completion."""
    return ChatCompletionParser(dialect, traits)


@lru_cache(maxsize=64)
def _stripped(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(text.strip() for text in texts)


def _has_error(chunk: Mapping[str, Json]) -> bool:
    base = chunk.get("base_resp")
    has_failed_base = isinstance(base, dict) and bool(base.get("status_code"))
    is_bare = "choices" not in chunk and isinstance(chunk.get("message"), str)  # code and message alone
    return bool(chunk.get("error")) or has_failed_base or is_bare


def _first_choice(chunk: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """The first choice; a further one (n > 1) is not read."""
    choices = chunk.get("choices")
    if not isinstance(choices, list) or not choices:
        return None
    choice = choices[0]
    return choice if isinstance(choice, dict) and not choice.get("index") else None


def _details_text(details: Json) -> str:
    """The readable text of reasoning details; encrypted ones have none."""
    if not isinstance(details, list):
        return ""
    pieces = (get_path(item, "text") or get_path(item, "summary") for item in details)
    return "".join(piece for piece in pieces if isinstance(piece, str))
