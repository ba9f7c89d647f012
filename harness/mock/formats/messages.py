"""Anthropic's native Messages API: typed blocks, named events, usage that leaves the cache out of the input count."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import dropwhile, takewhile, tee

from harness.mock.formats import errors
from harness.mock.formats.base import (
    AnswerPlan,
    Body,
    Chunk,
    ErrorKind,
    ErrorReply,
    Frame,
    FrameKind,
    JsonObject,
    PlannedCall,
    StopCause,
    at_path,
    dumps,
    messages_of,
    named_event,
    text_of,
    texts_at,
)

_STOP_REASONS = {StopCause.STOP: "end_turn", StopCause.LENGTH: "max_tokens", StopCause.REFUSED: "refusal"}
_STOP_REASONS[StopCause.TOOL_CALLS] = "tool_use"
_SIGNATURE = "bW9jaw=="


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesFormat:
    """The native API; `tells_thinking` adds the thinking count that only newer models report."""

    name: str = "anthropic_messages"
    tells_thinking: bool = False
    route: str = "messages"
    reports_cache: bool = True
    reports_cache_writes: bool = True
    chunk_tokens: int = 1

    def messages(self, body: Body) -> tuple[list[str], str]:
        """All texts of the prompt, the system text first, and the last user message."""
        texts, last_user = messages_of(body)
        system = text_of(body.get("system"))
        return ([system, *texts] if system else texts), last_user

    def token_limit(self, body: Body) -> int | None:
        """`max_tokens`, which this API requires."""
        limit = body.get("max_tokens")
        return limit if isinstance(limit, int) and limit > 0 else None

    def stop_sequences(self, body: Body) -> tuple[str, ...]:
        """`stop_sequences`."""
        return texts_at(body, "stop_sequences")

    def thinking_is_off(self, body: Body) -> bool:
        """Thinking happens unless it is switched off by name."""
        return at_path(body, "thinking.type") == "disabled"

    def refusal(self, body: Body, *, thinks: bool) -> ErrorReply | None:
        """A missing limit, a temperature out of range, or one other than 1 with thinking asked for."""
        if self.token_limit(body) is None:
            return self.error(ErrorKind.BAD_REQUEST, "max_tokens: Field required", 0)
        temperature = body.get("temperature")
        if isinstance(temperature, int | float) and not 0 <= temperature <= 1:
            return self.error(ErrorKind.BAD_REQUEST, "temperature: range: 0..1", 0)
        asked = at_path(body, "thinking.type") in ("enabled", "adaptive")
        if asked and temperature not in (None, 1):
            said = "`temperature` may only be set to 1 when thinking is enabled."
            return self.error(ErrorKind.BAD_REQUEST, said, 0)
        for name in ("n", "seed", "presence_penalty", "frequency_penalty"):
            if name in body:
                return self.error(ErrorKind.BAD_REQUEST, f"{name}: Extra inputs are not permitted", 0)
        return None

    def headers(self, turn: AnswerPlan) -> Mapping[str, str]:
        """The request id and what is left of the limits."""
        return {
            "request-id": f"req_{turn.id}",
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "49",
            "anthropic-ratelimit-requests-reset": "2026-11-21T00:00:01Z",
        }

    def usage(self, turn: AnswerPlan, output_tokens: int) -> JsonObject:
        """Input without the cached and written tokens, which stand beside it; no total."""
        tokens = turn.tokens
        value: JsonObject = {
            "input_tokens": tokens.prompt - tokens.cached - tokens.written,
            "cache_creation_input_tokens": tokens.written,
            "cache_read_input_tokens": tokens.cached,
            "cache_creation": {"ephemeral_5m_input_tokens": tokens.written, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output_tokens,
            "service_tier": turn.service_tier("standard"),
        }
        if self.tells_thinking and output_tokens == tokens.completion:
            value["output_tokens_details"] = {"thinking_tokens": tokens.reasoning}
        return value

    def whole(self, turn: AnswerPlan) -> bytes:
        """A message with its thinking block first."""
        content: list[JsonObject] = []
        if turn.reasoning:
            content.append({"type": "thinking", "thinking": turn.reasoning_text, "signature": _SIGNATURE})
        if turn.answer:
            content.append({"type": "text", "text": turn.answer_text})
        content += [{**_tool_use(call), "input": _input(call)} for call in turn.calls]
        return dumps(
            {
                "model": turn.model,
                "id": f"msg_{turn.id}",
                "type": "message",
                "role": "assistant",
                "content": content,
                "stop_reason": _stop_reason(turn),
                "stop_sequence": turn.stop_sequence,
                "usage": self.usage(turn, turn.tokens.completion),
            }
        )

    def frames(self, turn: AnswerPlan, chunks: Iterable[Chunk]) -> Iterator[Frame]:
        """`message_start`, blocks of deltas with a ping among them, the cumulative `message_delta`, `message_stop`."""
        half = turn.ttft_s * 0.5
        yield Frame(at=half, data=self._start(turn), kind=FrameKind.OPENING)
        ping = named_event("ping", {"type": "ping"})
        yield Frame(at=half, data=ping, kind=FrameKind.KEEPALIVE)
        index, open_kind = -1, None
        chunks, calls = _without_calls(chunks)
        at, generated = turn.ttft_s, 0
        for chunk in chunks:
            at, generated = chunk.at, chunk.generated
            if chunk.is_reasoning is not open_kind:
                if open_kind is not None:
                    stop = self._block_stop(index, was_thinking=open_kind)
                    yield Frame(at=at, data=stop, kind=FrameKind.CLOSING, generated=generated)
                index, open_kind = index + 1, chunk.is_reasoning
                start = self._block_start(index, is_thinking=open_kind)
                yield Frame(at=at, data=start, kind=FrameKind.OPENING, generated=generated)
            delta = _delta(chunk)
            event = {"type": "content_block_delta", "index": index, "delta": delta}
            data = named_event("content_block_delta", event, padding=generated % 9)
            yield Frame(at=at, data=data, kind=FrameKind.TEXT, generated=generated)
        if open_kind is not None:
            stop = self._block_stop(index, was_thinking=open_kind)
            yield Frame(at=at, data=stop, kind=FrameKind.CLOSING, generated=generated)
        for chunk in calls:
            at, generated = chunk.at, chunk.generated
            index += chunk.starts_call
            yield from self._call_frames(turn, chunk, index)
        yield Frame(at=at, data=self._end(turn), kind=FrameKind.USAGE, generated=generated)
        done = named_event("message_stop", {"type": "message_stop"}, padding=4)
        yield Frame(at=at, data=done, kind=FrameKind.DONE, generated=generated)

    def _call_frames(self, turn: AnswerPlan, chunk: Chunk, index: int) -> Iterator[Frame]:
        """The block of a call opened before its first piece, the piece, and the block closed after its last one."""
        call = turn.calls[chunk.call or 0]
        at, generated = chunk.at, chunk.generated
        if chunk.starts_call:
            block = {"type": "content_block_start", "index": index, "content_block": {**_tool_use(call), "input": {}}}
            data = named_event("content_block_start", block, padding=2)
            yield Frame(at=at, data=data, kind=FrameKind.OPENING, generated=generated)
        delta = {"type": "input_json_delta", "partial_json": chunk.text}
        event = {"type": "content_block_delta", "index": index, "delta": delta}
        data = named_event("content_block_delta", event, padding=generated % 9)
        yield Frame(at=at, data=data, kind=FrameKind.TEXT, generated=generated)
        ends = len(turn.reasoning) + len(turn.answer)
        ends += sum(len(one.pieces) for one in turn.calls[: (chunk.call or 0) + 1])
        if generated == ends:
            stop = self._block_stop(index, was_thinking=False)
            yield Frame(at=at, data=stop, kind=FrameKind.CLOSING, generated=generated)

    def _start(self, turn: AnswerPlan) -> bytes:
        message: JsonObject = {
            "model": turn.model,
            "id": f"msg_{turn.id}",
            "type": "message",
            "role": "assistant",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self.usage(turn, min(1, turn.tokens.completion)),
        }
        return named_event("message_start", {"type": "message_start", "message": message}, padding=3)

    def _block_start(self, index: int, *, is_thinking: bool) -> bytes:
        block: JsonObject = {"type": "text", "text": ""}
        if is_thinking:
            block = {"type": "thinking", "thinking": "", "signature": ""}
        return named_event(
            "content_block_start", {"type": "content_block_start", "index": index, "content_block": block}, padding=2
        )

    def _block_stop(self, index: int, *, was_thinking: bool) -> bytes:
        stop = named_event("content_block_stop", {"type": "content_block_stop", "index": index}, padding=5)
        if not was_thinking:
            return stop
        delta = {"type": "signature_delta", "signature": _SIGNATURE}
        return (
            named_event("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}) + stop
        )

    def _end(self, turn: AnswerPlan) -> bytes:
        usage = self.usage(turn, turn.tokens.completion)
        delta = {"stop_reason": _stop_reason(turn), "stop_sequence": turn.stop_sequence}
        return named_event("message_delta", {"type": "message_delta", "delta": delta, "usage": usage}, padding=7)

    def error(self, kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
        """A cause in Anthropic's words."""
        return errors.anthropic(kind, message, retry_after_s)

    def error_event(self, kind: ErrorKind) -> bytes:
        """`event: error` with the same body."""
        return b"event: error\ndata: " + self.error(kind, "", 1.0).body + b"\n\n"

    def padding(self, turn: AnswerPlan, size: int) -> bytes:
        """A ping with a long string beside it."""
        return named_event("ping", {"type": "ping", "padding": "x" * size})


def _stop_reason(turn: AnswerPlan) -> str:
    usual = _STOP_REASONS[turn.finish] if turn.stop_sequence is None else "stop_sequence"
    return turn.finish_word or usual


def _tool_use(call: PlannedCall) -> JsonObject:
    return {"type": "tool_use", "id": f"toolu_{call.id}", "name": call.name}


def _input(call: PlannedCall) -> object:
    """The arguments as an object; as the text they are where they are no JSON, as a careless gateway passes them on."""
    try:
        return json.loads(call.arguments)
    except ValueError:
        return call.arguments


def _without_calls(chunks: Iterable[Chunk]) -> tuple[Iterator[Chunk], Iterator[Chunk]]:
    """The chunks of reasoning and text, and those of calls, which come after them."""
    texts, calls = tee(chunks)
    return takewhile(lambda one: one.call is None, texts), dropwhile(lambda one: one.call is None, calls)


def _delta(chunk: Chunk) -> JsonObject:
    if chunk.is_reasoning:
        return {"type": "thinking_delta", "thinking": chunk.text}
    return {"type": "text_delta", "text": chunk.text}


MESSAGES = MessagesFormat()
MESSAGES_NEW = MessagesFormat(name="anthropic_messages_new", tells_thinking=True)
