"""The format of chat completions, with every difference between providers as a field.

One frozen value writes one provider: where its reasoning text and its usage stand, what its chunks carry beside them,
what it refuses. The values themselves are in `harness.mock.formats.vendors` and `hosts`; the Messages and Responses
APIs, which share no envelope with this one, are modules of their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from harness.mock.formats.base import (
    DONE_EVENT,
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
    data_event,
    dumps,
    messages_of,
    texts_at,
)
from harness.mock.formats.errors import ErrorWriter


class ParamRejection(Protocol):
    """A rule on parameters."""

    def __call__(self, body: Body, *, thinks: bool) -> ErrorReply | None:
        """The error for a body this provider refuses; `thinks`: the model reasons before it answers."""


class Reasoning(Enum):
    """Where reasoning text is shown: nowhere, in a field of its own, in tags inside the content."""

    HIDDEN = "hidden"
    FIELD = "field"
    TAGS = "tags"


class UsagePosition(Enum):
    """Where a stream's final usage stands."""

    EXTRA_CHUNK = "a chunk of its own with choices: []"
    FINISH_CHUNK = "the chunk with the finish reason"
    IN_CHOICE = "choices[0].usage of the finish chunk, and an extra chunk when asked"
    AFTER_FINISH = "a chunk after the finish chunk whose choices are not empty"
    WHOLE_MESSAGE = "a closing chat.completion object that repeats the text"


class InterimUsage(Enum):
    """What chunks before the final usage say under `usage`."""

    ABSENT = "absent"
    NULL = "null"
    ZERO = "zero"
    RUNNING = "running"


class RolePlacement(Enum):
    """Where `delta.role` appears: a chunk of its own, the first delta with text, or every delta."""

    OWN_CHUNK = "own_chunk"
    FIRST_DELTA = "first_delta"
    EVERY_DELTA = "every_delta"


def _nothing(_turn: AnswerPlan) -> JsonObject:
    return {}


def _no_headers(_turn: AnswerPlan) -> Mapping[str, str]:
    return {}


def _no_details(_text: str) -> JsonObject:
    return {}


_HOLE = "\x00hole\x00"
_HOLE_JSON = json.dumps(_HOLE).encode()
_NOT_ASKED = "n must be 1: this server gives one choice per request"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFormat:
    """How one provider writes chat completions.

    `usage` builds the usage object; `details` the fields that repeat reasoning text beside `reasoning_field`.
    `choice_extras`, `chunk_extras`, `body_extras`, `finish_extras`, `usage_extras` add keys to each choice, each chunk,
    the whole body, the finish choice and the chunk with usage. `tags` are what opens and closes reasoning in content.
    `sends_whole_calls`: a tool call comes in one chunk instead of in pieces. `not_simulated`: fields that ask
    for more than text, refused because a client would take an answer without it for a model's.
    """

    name: str
    usage: Callable[[AnswerPlan], JsonObject]
    write_error: ErrorWriter
    refusals: tuple[ParamRejection, ...] = ()
    not_simulated: tuple[str, ...] = ("logprobs", "top_logprobs", "prompt_logprobs", "audio")
    limit_fields: tuple[str, ...] = ("max_completion_tokens", "max_tokens")
    thinking_switches: Mapping[str, object] = field(default_factory=dict)
    reasoning: Callable[[Body], Reasoning] = lambda _body: Reasoning.FIELD
    reasoning_field: str = "reasoning_content"
    details: Callable[[str], JsonObject] = _no_details
    tags: tuple[str, str] = ("<think>\n", "\n</think>\n\n")
    placeholder: str | None = None
    usage_place: UsagePosition = UsagePosition.EXTRA_CHUNK
    usage_must_be_asked: bool = True
    usage_before: Callable[[AnswerPlan], InterimUsage] = lambda _turn: InterimUsage.ABSENT
    role: RolePlacement = RolePlacement.OWN_CHUNK
    opening_content: str | None = ""
    empty_first_chunk: bool = False
    finish_carries_text: bool = False
    finish_delta: Mapping[str, object] = field(default_factory=dict)
    finish_is_always_present: bool = True
    chunk_extras: Callable[[AnswerPlan], JsonObject] = _nothing
    choice_extras: Mapping[str, object] = field(default_factory=dict)
    finish_extras: Callable[[AnswerPlan], JsonObject] = _nothing
    body_extras: Callable[[AnswerPlan], JsonObject] = _nothing
    message_extras: Mapping[str, object] = field(default_factory=dict)
    usage_extras: Callable[[AnswerPlan], JsonObject] = _nothing
    obfuscates: bool = False
    shuffles_keys: bool = False
    keepalive: bytes = b""
    blank_lines: int = 0
    ends_with_done: bool = True
    finish_words: Mapping[StopCause, str] = field(
        default_factory=lambda: {
            StopCause.STOP: "stop",
            StopCause.LENGTH: "length",
            StopCause.REFUSED: "content_filter",
        }
    )
    id_prefix: str = "chatcmpl-"
    answer_headers: Callable[[AnswerPlan], Mapping[str, str]] = _no_headers
    error_event_name: str = ""
    error_event_extras: Mapping[str, object] = field(default_factory=dict)
    reports_cache: bool = True
    reports_cache_writes: bool = False
    chunk_tokens: int = 1
    sends_whole_calls: bool = False
    route: str = "chat/completions"

    def messages(self, body: Body) -> tuple[list[str], str]:
        """All texts of the prompt, and the last user message."""
        return messages_of(body)

    def token_limit(self, body: Body) -> int | None:
        """The first of the limit fields that holds a whole number above zero."""
        for name in self.limit_fields:
            limit = body.get(name)
            if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0:
                return limit
        return None

    def stop_sequences(self, body: Body) -> tuple[str, ...]:
        """`stop`, a text or a list."""
        return texts_at(body, "stop")

    def thinking_is_off(self, body: Body) -> bool:
        """Whether one of this provider's switches is set to the value that stops thinking."""
        return any(at_path(body, path) == value for path, value in self.thinking_switches.items())

    def refusal(self, body: Body, *, thinks: bool) -> ErrorReply | None:
        """The first refusal that applies; more than one choice and what is not simulated are refused by all."""
        if body.get("n") not in (None, 1):
            return self.error(ErrorKind.BAD_REQUEST, _NOT_ASKED, 0)
        for name in self.not_simulated:
            if body.get(name) not in (None, False):
                return self.error(ErrorKind.BAD_REQUEST, f"{name} is not simulated by this server: leave it out", 0)
        for rule in self.refusals:
            found = rule(body, thinks=thinks)
            if found is not None:
                return found
        return None

    def headers(self, turn: AnswerPlan) -> Mapping[str, str]:
        """Headers of a good answer."""
        return self.answer_headers(turn)

    def error(self, kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
        """A cause in the provider's words."""
        return self.write_error(kind, message, retry_after_s)

    def error_event(self, kind: ErrorKind) -> bytes:
        """The error body as an event, the array of one error opened, for a stream has no arrays."""
        name = b"event: " + self.error_event_name.encode() + b"\n" if self.error_event_name else b""
        value = json.loads(self.error(kind, "", 1.0).body)
        return name + data_event({**(value[0] if isinstance(value, list) else value), **self.error_event_extras})

    def padding(self, turn: AnswerPlan, size: int) -> bytes:
        """A chunk with an empty delta and a long string beside it."""
        return data_event({**self._envelope(turn), "choices": [self._choice({}, None)], "padding": "x" * size})

    def whole(self, turn: AnswerPlan) -> bytes:
        """A `chat.completion` object, after the blank lines of a provider that sends them while waiting."""
        return b"\n" * self.blank_lines + dumps(self._completion(turn))

    def _completion(self, turn: AnswerPlan) -> JsonObject:
        message: JsonObject = {"role": "assistant", "content": turn.answer_text, **self.message_extras}
        shown = self.reasoning(turn.body)
        if turn.reasoning and shown is Reasoning.TAGS:
            close = self.tags[1] if turn.answer else ""
            message["content"] = self.tags[0] + turn.reasoning_text + close + turn.answer_text
        if turn.reasoning and shown is Reasoning.FIELD:
            text = self.placeholder or turn.reasoning_text
            message |= {self.reasoning_field: text, **self.details(text)}
        if turn.calls:
            message |= {"content": message["content"] or None, "tool_calls": [*map(_whole_call, turn.calls)]}
        choice = {
            "index": 0,
            "message": message,
            **self.choice_extras,
            "finish_reason": self._finish_word(turn),
            **self.finish_extras(turn),
        }
        envelope = {**self._envelope(turn), "object": "chat.completion"}
        return {**envelope, "choices": [choice], "usage": self.usage(turn), **self.body_extras(turn)}

    def frames(self, turn: AnswerPlan, chunks: Iterable[Chunk]) -> Iterator[Frame]:
        """Keep-alives, the role, the text, the finish, the usage and the end mark, as this provider orders them."""
        yield from self._opening(turn)
        template = _Template(self, turn)
        held: Chunk | None = None
        last_at, generated = turn.ttft_s, 0
        for chunk in chunks:
            last_at, generated = chunk.at, chunk.generated
            if chunk.call is not None:
                if held is not None:
                    yield template.frame(held)
                held = None
                yield from self._call_frames(turn, chunk, chunk.call)
                continue
            if chunk.is_reasoning and template.shown is Reasoning.HIDDEN:
                continue
            if held is not None:
                yield template.frame(held)
            held = chunk
        keeps_last = self.finish_carries_text and held is not None and not held.is_reasoning
        if held is not None and not keeps_last:
            yield template.frame(held)
        carried = template.delta_of(held) if keeps_last and held is not None else {}
        yield from self._closing(turn, carried, last_at, generated)

    def _opening(self, turn: AnswerPlan) -> Iterator[Frame]:
        if self.keepalive:
            yield Frame(at=0.0, data=self.keepalive, kind=FrameKind.KEEPALIVE)
            yield Frame(at=turn.ttft_s * 0.25, data=self.keepalive, kind=FrameKind.KEEPALIVE)
        half = turn.ttft_s * 0.5
        if self.empty_first_chunk:
            yield Frame(at=half, data=data_event({**self._chunk(turn), "choices": []}), kind=FrameKind.OPENING)
        if self.role is RolePlacement.OWN_CHUNK:
            delta = {"role": "assistant", "content": self.opening_content}
            yield Frame(at=half, data=self._event(turn, delta, None), kind=FrameKind.OPENING)

    def _call_frames(self, turn: AnswerPlan, chunk: Chunk, number: int) -> Iterator[Frame]:
        """A piece of a call; before the first one a chunk with its id and name, as OpenAI sends it."""
        call = turn.calls[number]
        deltas: list[JsonObject] = []
        if chunk.starts_call:
            whole = _whole_call(call)
            deltas.append({**whole, "index": number, "function": {"name": call.name, "arguments": ""}})
            if self.sends_whole_calls:
                deltas = [{**whole, "index": number}]
        if not self.sends_whole_calls:
            deltas.append({"index": number, "function": {"arguments": chunk.text}})
        for delta in deltas:
            role = {"role": "assistant"} if self.role is RolePlacement.EVERY_DELTA else {}
            data = self._event(turn, {**role, "tool_calls": [delta]}, None, chunk.generated)
            yield Frame(at=chunk.at, data=data, kind=FrameKind.TEXT, generated=chunk.generated)

    def _closing(self, turn: AnswerPlan, carried: JsonObject, at: float, generated: int) -> Iterator[Frame]:
        delta = {**self.finish_delta, **carried}
        if self.role is RolePlacement.EVERY_DELTA:
            delta = {"role": "assistant", **delta}
        choice = {**self._choice(delta, self._finish_word(turn)), **self.finish_extras(turn)}
        wanted = turn.asks_usage or not self.usage_must_be_asked
        finish: JsonObject = {**self._chunk(turn, generated), "choices": [choice]}
        place = self.usage_place
        if place is UsagePosition.IN_CHOICE:
            choice["usage"] = self.usage(turn)
        if place is UsagePosition.FINISH_CHUNK and wanted:
            finish |= {"usage": self.usage(turn), **self.usage_extras(turn)}
        kind = FrameKind.USAGE if place in (UsagePosition.FINISH_CHUNK, UsagePosition.IN_CHOICE) else FrameKind.CLOSING
        yield Frame(at=at, data=data_event(finish), kind=kind, generated=generated)
        if place is UsagePosition.WHOLE_MESSAGE:
            data = data_event(self._completion(turn))
            yield Frame(at=at, data=data, kind=FrameKind.USAGE, generated=generated)
        if (place is UsagePosition.EXTRA_CHUNK and wanted) or (place is UsagePosition.IN_CHOICE and turn.asks_usage):
            yield self._usage_frame(turn, [], at, generated)
        if place is UsagePosition.AFTER_FINISH:
            repeated = self._choice({"role": "assistant", "content": ""}, None)
            yield self._usage_frame(turn, [repeated], at, generated)
        if self.ends_with_done:
            yield Frame(at=at, data=DONE_EVENT, kind=FrameKind.DONE, generated=generated)

    def _usage_frame(self, turn: AnswerPlan, choices: list[JsonObject], at: float, generated: int) -> Frame:
        value = {**self._chunk(turn), "choices": choices, "usage": self.usage(turn), **self.usage_extras(turn)}
        return Frame(at=at, data=data_event(value), kind=FrameKind.USAGE, generated=generated)

    def _finish_word(self, turn: AnswerPlan) -> str:
        usual = "tool_calls" if turn.finish is StopCause.TOOL_CALLS else self.finish_words[turn.finish]
        return turn.finish_word or usual

    def _envelope(self, turn: AnswerPlan) -> JsonObject:
        return {
            "id": self.id_prefix + turn.id,
            "object": "chat.completion.chunk",
            "created": turn.created,
            "model": turn.model,
            **self.chunk_extras(turn),
        }

    def _chunk(self, turn: AnswerPlan, generated: int = 0) -> JsonObject:
        value = self._envelope(turn)
        match self.usage_before(turn):
            case InterimUsage.ABSENT:
                return value
            case InterimUsage.NULL:
                return {**value, "usage": None}
            case InterimUsage.ZERO:
                return {**value, "usage": {"total_tokens": 0, "total_characters": 0}}
            case InterimUsage.RUNNING:
                prompt = turn.tokens.prompt
                running = {"prompt_tokens": prompt, "total_tokens": prompt + generated, "completion_tokens": generated}
                return {**value, "usage": running}

    def _choice(self, delta: Mapping[str, object], finish: str | None) -> JsonObject:
        choice: JsonObject = {"index": 0, "delta": dict(delta), **self.choice_extras}
        if finish is not None or self.finish_is_always_present:
            choice["finish_reason"] = finish
        return choice

    def _event(self, turn: AnswerPlan, delta: Mapping[str, object], finish: str | None, generated: int = 0) -> bytes:
        return data_event({**self._chunk(turn, generated), "choices": [self._choice(delta, finish)]})


def _whole_call(call: PlannedCall) -> JsonObject:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_{call.id}", "type": "function", "function": function}


class _Template:
    """The chunk of one stream with a hole for its text: each event is then one replacement, not a serialisation."""

    def __init__(self, response_format: ChatFormat, turn: AnswerPlan) -> None:
        self.response_format = response_format
        self.turn = turn
        self.shown = response_format.reasoning(turn.body)
        self._written = 0
        self._in_answer = False
        self._by_kind: dict[tuple[bool, bool, int], bytes] = {}

    def delta_of(self, chunk: Chunk) -> JsonObject:
        """The delta of a chunk with its text, without a role."""
        return self._delta(self._text_of(chunk), is_reasoning=chunk.is_reasoning)

    def frame(self, chunk: Chunk) -> Frame:
        """The event of a chunk."""
        text = self._text_of(chunk)
        first = self._written == 0
        self._written += 1
        is_running = self.response_format.usage_before(self.turn) is InterimUsage.RUNNING
        key = (chunk.is_reasoning, first, self._written % 3 if self.response_format.shuffles_keys else 0)
        if is_running or key not in self._by_kind:
            self._by_kind[key] = self._event_with_hole(chunk, first=first)
        data = self._by_kind[key].replace(_HOLE_JSON, json.dumps(text, ensure_ascii=False).encode())
        if self.response_format.obfuscates:  # OpenAI pads each chunk, so that its size does not tell the text's length
            padding = b"mock" * (1 + (self._written * 7) % 5)
            data = data[:-3] + b',"obfuscation":"' + padding + b'"}\n\n'
        return Frame(at=chunk.at, data=data, kind=FrameKind.TEXT, generated=chunk.generated)

    def _text_of(self, chunk: Chunk) -> str:
        response_format = self.response_format
        if self.shown is Reasoning.TAGS and self.turn.reasoning:
            if chunk.is_reasoning:
                return (response_format.tags[0] if self._written == 0 else "") + chunk.text
            if not self._in_answer:
                self._in_answer = True
                return response_format.tags[1] + chunk.text
        if chunk.is_reasoning and response_format.placeholder:
            return response_format.placeholder
        return chunk.text

    def _delta(self, text: str, *, is_reasoning: bool) -> JsonObject:
        if is_reasoning and self.shown is Reasoning.FIELD:
            return {self.response_format.reasoning_field: text, **self.response_format.details(text)}
        return {"content": text}

    def _event_with_hole(self, chunk: Chunk, *, first: bool) -> bytes:
        response_format = self.response_format
        delta = self._delta(_HOLE, is_reasoning=chunk.is_reasoning)
        if response_format.role is RolePlacement.EVERY_DELTA or (
            response_format.role is RolePlacement.FIRST_DELTA and first
        ):
            delta = {"role": "assistant", **delta}
        value = {
            **response_format._chunk(self.turn, chunk.generated),
            "choices": [response_format._choice(delta, None)],
        }
        if response_format.shuffles_keys:
            turn_by = self._written % 3
            items = list(value.items())
            value = dict(items[turn_by:] + items[:turn_by])
        return data_event(value)
