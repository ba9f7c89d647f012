"""OpenAI's Responses API: output items, named events, reasoning summed up or not shown, no `[DONE]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

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
)
from harness.mock.formats.errors import ErrorWriter, unsupported_parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsesFormat:
    """The API as OpenAI serves it; xAI's has its own errors and takes sampling settings from models that think."""

    name: str = "openai_responses"
    write_error: ErrorWriter = errors.openai
    route: str = "responses"
    refuses_sampling: bool = True
    reports_cache: bool = True
    reports_cache_writes: bool = True
    chunk_tokens: int = 1

    def messages(self, body: Body) -> tuple[list[str], str]:
        """All texts of the prompt, the instructions first, and the last user message."""
        given = body.get("input")
        texts, last_user = ([given], given) if isinstance(given, str) else messages_of(body, "input")
        instructions = body.get("instructions")
        return ([instructions, *texts] if isinstance(instructions, str) else texts), last_user

    def token_limit(self, body: Body) -> int | None:
        """`max_output_tokens`; it counts the reasoning."""
        limit = body.get("max_output_tokens")
        return limit if isinstance(limit, int) and limit > 0 else None

    def stop_sequences(self, body: Body) -> tuple[str, ...]:
        """None: this API refuses `stop`."""
        del body
        return ()

    def thinking_is_off(self, body: Body) -> bool:
        """Effort `none`."""
        return at_path(body, "reasoning.effort") == "none"

    def refusal(self, body: Body, *, thinks: bool) -> ErrorReply | None:
        """Names of the chat API, and sampling settings on a model that thinks."""
        for name in ("messages", "max_tokens", "max_completion_tokens", "n", "stop", "seed", "reasoning_effort"):
            if name in body:
                return unsupported_parameter(name, f"Unsupported parameter: '{name}' is not supported here.")
        for name in ("temperature", "top_p"):
            if thinks and self.refuses_sampling and body.get(name) not in (None, 1):
                said = f"Unsupported parameter: '{name}' is not supported with this model."
                return unsupported_parameter(name, said)
        return None

    def headers(self, turn: AnswerPlan) -> Mapping[str, str]:
        """The request id and the processing time."""
        return {"x-request-id": f"req_{turn.id}", "openai-processing-ms": str(round(turn.ttft_s * 1000))}

    def whole(self, turn: AnswerPlan) -> bytes:
        """A `response` object."""
        return dumps(self._response(turn, is_over=True))

    def frames(self, turn: AnswerPlan, chunks: Iterable[Chunk]) -> Iterator[Frame]:
        """Created, the reasoning item with its summary if asked for, the message item with its deltas, completed."""
        events = _Numbered()
        half = turn.ttft_s * 0.5
        for name in ("response.created", "response.in_progress"):
            data = events.write(name, {"response": self._response(turn, is_over=False)})
            yield Frame(at=half, data=data, kind=FrameKind.OPENING)
        at, generated = turn.ttft_s, 0
        shows, in_answer = _shows_summary(turn.body), False
        output_index = 1 if turn.reasoning else 0
        if turn.reasoning:
            item = {"output_index": 0, "item": {"id": f"rs_{turn.id}", "type": "reasoning", "summary": []}}
            data = events.write("response.output_item.added", item)
            yield Frame(at=half, data=data, kind=FrameKind.OPENING)
        calls: list[Chunk] = []
        for chunk in chunks:
            at, generated = chunk.at, chunk.generated
            if chunk.call is not None:
                calls.append(chunk)
                continue
            if chunk.is_reasoning:
                if shows:
                    fields: JsonObject = {"item_id": f"rs_{turn.id}", "output_index": 0, "summary_index": 0}
                    data = events.write("response.reasoning_summary_text.delta", {**fields, "delta": chunk.text})
                    yield Frame(at=at, data=data, kind=FrameKind.TEXT, generated=generated)
                continue
            if not in_answer:
                in_answer = True
                yield from _frames(self._opening(turn, output_index, events), FrameKind.OPENING, at, generated)
            fields = {"item_id": f"msg_{turn.id}", "output_index": output_index, "content_index": 0}
            name = "response.refusal.delta" if turn.finish is StopCause.REFUSED else "response.output_text.delta"
            data = events.write(name, {**fields, "delta": chunk.text})
            yield Frame(at=at, data=data, kind=FrameKind.TEXT, generated=generated)
        if in_answer:
            yield from _frames(self._closing(turn, output_index, events), FrameKind.CLOSING, at, generated)
        for chunk in calls:
            yield from _call_frames(turn, chunk, output_index + bool(turn.answer), events)
        name = "response.incomplete" if turn.finish is StopCause.LENGTH else "response.completed"
        data = events.write(name, {"response": self._response(turn, is_over=True)})
        yield Frame(at=at, data=data, kind=FrameKind.USAGE, generated=generated)

    def _opening(self, turn: AnswerPlan, output_index: int, events: _Numbered) -> list[bytes]:
        item = {"id": f"msg_{turn.id}", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
        place = {"item_id": f"msg_{turn.id}", "output_index": output_index, "content_index": 0}
        return [
            events.write("response.output_item.added", {"output_index": output_index, "item": item}),
            events.write("response.content_part.added", {**place, "part": _part(turn, "")}),
        ]

    def _closing(self, turn: AnswerPlan, output_index: int, events: _Numbered) -> list[bytes]:
        place = {"item_id": f"msg_{turn.id}", "output_index": output_index, "content_index": 0}
        refused = turn.finish is StopCause.REFUSED
        name, key = ("response.refusal.done", "refusal") if refused else ("response.output_text.done", "text")
        return [
            events.write(name, {**place, key: turn.answer_text}),
            events.write("response.content_part.done", {**place, "part": _part(turn, turn.answer_text)}),
            events.write("response.output_item.done", {"output_index": output_index, "item": _message(turn)}),
        ]

    def _response(self, turn: AnswerPlan, *, is_over: bool) -> JsonObject:
        is_cut = turn.finish is StopCause.LENGTH
        status = ("incomplete" if is_cut else "completed") if is_over else "in_progress"
        output: list[JsonObject] = []
        if is_over and turn.reasoning:
            summary = [{"type": "summary_text", "text": turn.reasoning_text}] if _shows_summary(turn.body) else []
            output.append({"id": f"rs_{turn.id}", "type": "reasoning", "summary": summary})
        if is_over and turn.answer:
            output.append(_message(turn))
        output += [_function_call(call) for call in turn.calls] if is_over else []
        return {
            "id": f"resp_{turn.id}",
            "object": "response",
            "created_at": turn.created,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if is_over and is_cut else None,
            "instructions": None,
            "model": turn.model,
            "output": output,
            "service_tier": turn.service_tier("default"),
            "usage": _usage(turn) if is_over else None,
        }

    def error(self, kind: ErrorKind, message: str, retry_after_s: float) -> ErrorReply:
        """A cause in the provider's words."""
        return self.write_error(kind, message, retry_after_s)

    def error_event(self, kind: ErrorKind) -> bytes:
        """`event: error`, then `response.failed`."""
        error = {"type": "error", "code": "server_error", "message": f"failed: {kind.value}", "param": None}
        failed = {"status": "failed", "error": {"code": "server_error", "message": f"failed: {kind.value}"}}
        return named_event("error", error) + named_event(
            "response.failed", {"type": "response.failed", "response": {**failed, "usage": None}}
        )

    def padding(self, turn: AnswerPlan, size: int) -> bytes:
        """An event of no meaning with a long string."""
        return named_event("response.in_progress", {"type": "response.in_progress", "padding": "x" * size})


class _Numbered:
    """Writes events with their running `sequence_number`."""

    def __init__(self) -> None:
        self.next = 0

    def write(self, name: str, fields: JsonObject) -> bytes:
        """One event."""
        data = named_event(name, {"type": name, "sequence_number": self.next, **fields})
        self.next += 1
        return data


def _frames(events: list[bytes], kind: FrameKind, at: float, generated: int) -> Iterator[Frame]:
    return (Frame(at=at, data=data, kind=kind, generated=generated) for data in events)


def _shows_summary(body: Body) -> bool:
    return at_path(body, "reasoning.summary") in ("auto", "concise", "detailed")


def _part(turn: AnswerPlan, text: str) -> JsonObject:
    if turn.finish is StopCause.REFUSED:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _message(turn: AnswerPlan) -> JsonObject:
    status = "incomplete" if turn.finish is StopCause.LENGTH else "completed"
    content = [_part(turn, turn.answer_text)]
    return {"id": f"msg_{turn.id}", "type": "message", "status": status, "role": "assistant", "content": content}


def _function_call(call: PlannedCall) -> JsonObject:
    place = {"id": f"fc_{call.id}", "call_id": f"call_{call.id}", "status": "completed"}
    return {"type": "function_call", **place, "name": call.name, "arguments": call.arguments}


def _call_frames(turn: AnswerPlan, chunk: Chunk, first: int, events: _Numbered) -> Iterator[Frame]:
    """The item of a call added before its first piece, the piece, and the item done after its last one."""
    number = chunk.call or 0
    call, at, generated = turn.calls[number], chunk.at, chunk.generated
    place = {"item_id": f"fc_{call.id}", "output_index": first + number}
    item = _function_call(call)
    if chunk.starts_call:
        added = {"output_index": first + number, "item": {**item, "status": "in_progress", "arguments": ""}}
        data = events.write("response.output_item.added", added)
        yield Frame(at=at, data=data, kind=FrameKind.OPENING, generated=generated)
    data = events.write("response.function_call_arguments.delta", {**place, "delta": chunk.text})
    yield Frame(at=at, data=data, kind=FrameKind.TEXT, generated=generated)
    ends = len(turn.reasoning) + len(turn.answer) + sum(len(one.pieces) for one in turn.calls[: number + 1])
    if generated == ends:
        done = [
            events.write("response.function_call_arguments.done", {**place, "arguments": call.arguments}),
            events.write("response.output_item.done", {"output_index": first + number, "item": item}),
        ]
        yield from _frames(done, FrameKind.CLOSING, at, generated)


def _usage(turn: AnswerPlan) -> JsonObject:
    tokens = turn.tokens
    details = {"cached_tokens": tokens.cached}
    if tokens.written:
        details["cache_write_tokens"] = tokens.written
    return {
        "input_tokens": tokens.prompt,
        "input_tokens_details": details,
        "output_tokens": tokens.completion,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.prompt + tokens.completion,
    }


RESPONSES = ResponsesFormat()
XAI_RESPONSES = ResponsesFormat(
    name="xai_responses", write_error=errors.xai, refuses_sampling=False, reports_cache_writes=False
)
