"""Sending a planned answer, streamed, whole or byte by byte, and entering it into the ledger once.

What is billed of an answer that breaks: all that was generated until then.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aiohttp import web

from harness.core.types import Sample
from harness.mock.answer_plan import AnswerRequest, chunks_of, ready_after_s, service_tier_of, tokens_until
from harness.mock.billing import LedgerEntry, bill
from harness.mock.faults import ScriptedStep, apply
from harness.mock.formats.base import AnswerPlan, Body, ErrorReply, Frame, ResponseFormat
from harness.mock.scenario import SimulatedModel
from harness.mock.state import MockState
from harness.mock.writer import BillingTrigger, ResponseWriter, close, send_frames, send_slowly


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One request on its way to an answer. `started` is the loop's clock."""

    request: web.Request
    number: int
    started: float
    at: datetime
    response_format: ResponseFormat
    step: ScriptedStep
    body: Body


def error_response(reply: ErrorReply) -> web.Response:
    """An error as the provider sends it."""
    headers = {"content-type": reply.content_type, **reply.headers}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


async def send_answer(
    state: MockState,
    context: RequestContext,
    asked: AnswerRequest,
    model: SimulatedModel,
    turn: AnswerPlan,
    *,
    is_correct: bool,
) -> web.StreamResponse:
    is_streamed = asked.body.get("stream") is True

    def charge(outcome: str, generated: int) -> None:
        if outcome == "complete":
            state.answered[f"{asked.occasion.model}|{asked.occasion.prompt_digest}"] += 1
            if asked.cache is not None:
                state.caches.keep(model.name, asked.cache, now=asyncio.get_running_loop().time())
        if context.step.billed:
            state.ledger.append(
                _entry(context, asked, model, turn, meter, outcome=outcome, generated=generated, is_correct=is_correct)
            )

    meter = BillingTrigger(charge_once=charge)
    try:
        if context.step.slow_loris_s:
            return await _send_slowly(context, turn, meter, is_streamed=is_streamed)
        if is_streamed:
            return await _send_stream(state, context, turn, meter)
        return await _send_whole(state, context, turn, meter)
    except (ConnectionResetError, asyncio.CancelledError):
        if is_streamed:
            meter.generated = max(meter.generated, _generated_by_now(state, context, turn))
        meter.charge("client_gone")
        raise


async def _send_stream(
    state: MockState, context: RequestContext, turn: AnswerPlan, meter: BillingTrigger
) -> web.StreamResponse:
    response_format, step = context.response_format, context.step
    response = web.StreamResponse(headers=_headers(context, turn, "text/event-stream; charset=utf-8"))
    await response.prepare(context.request)
    frames = apply(
        step, response_format.frames(turn, chunks_of(turn, response_format)), response_format=response_format, turn=turn
    )
    pipe = ResponseWriter(request=context.request, response=response, step=step)
    await send_frames(pipe, frames, meter, started=context.started, scale=state.time_scale)
    return response


async def _send_whole(
    state: MockState, context: RequestContext, turn: AnswerPlan, meter: BillingTrigger
) -> web.StreamResponse:
    step = context.step
    meter.generated = turn.tokens.completion
    data = b"\n" * step.blank_lines + context.response_format.whole(turn)
    response = web.StreamResponse(headers=_headers(context, turn, "application/json"))
    if not step.gzip and not step.crlf:
        response.content_length = len(data)
    due = context.started + ready_after_s(turn) * state.time_scale + step.delay_body_s + step.stall_s
    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
    meter.charge("complete" if step.cut is None else "cut")
    await response.prepare(context.request)
    pipe = ResponseWriter(request=context.request, response=response, step=step)
    if step.cut is None:
        await pipe.write(data)
        await pipe.finish()
        return response
    await pipe.write(data[: len(data) // 2])
    close(context.request, "rst" if step.cut == "rst" else "fin")
    return response


async def _send_slowly(
    context: RequestContext, turn: AnswerPlan, meter: BillingTrigger, *, is_streamed: bool
) -> web.StreamResponse:
    response_format = context.response_format
    data, content_type = response_format.whole(turn), "application/json"
    if is_streamed:
        frames = apply(
            context.step,
            response_format.frames(turn, chunks_of(turn, response_format)),
            response_format=response_format,
            turn=turn,
        )
        data = b"".join(frame.data for frame in frames if isinstance(frame, Frame))
        content_type = "text/event-stream"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n\r\n"
    meter.generated = turn.tokens.completion
    meter.charge("complete")
    await send_slowly(context.request, head.encode() + data, context.step.slow_loris_s)
    return web.Response()


def _headers(context: RequestContext, turn: AnswerPlan, content_type: str) -> dict[str, str]:
    headers = {"content-type": context.step.content_type or content_type, **context.response_format.headers(turn)}
    if context.step.gzip:
        headers["content-encoding"] = "gzip"
    return {**headers, **context.step.headers}


def _generated_by_now(state: MockState, context: RequestContext, turn: AnswerPlan) -> int:
    """How many tokens the model had generated when the client left, whether shown or not."""
    elapsed = asyncio.get_running_loop().time() - context.started
    if state.time_scale == 0:
        return 0
    tokens = int((elapsed / state.time_scale - turn.ttft_s) * turn.tokens_per_s) + 1
    return max(0, min(tokens, turn.tokens.completion))


def _entry(
    context: RequestContext,
    asked: AnswerRequest,
    model: SimulatedModel,
    turn: AnswerPlan,
    meter: BillingTrigger,
    *,
    outcome: str,
    generated: int,
    is_correct: bool,
) -> LedgerEntry:
    tokens = turn.tokens if outcome == "complete" else tokens_until(turn, generated)
    sample: Sample | None = asked.sample
    names = {
        name.lower(): value for name, value in context.request.headers.items() if name.lower().startswith("x-harness-")
    }
    return LedgerEntry(
        request=context.number,
        model=model.name,
        dialect=context.response_format.name,
        at=asked.at,
        sample_id=sample.id if sample is not None else None,
        repeat=asked.occasion.repeat,
        attempt=asked.occasion.attempt,
        headers=names,
        streamed=asked.body.get("stream") is True,
        outcome=outcome,
        is_correct=is_correct and sample is not None,
        tokens=tokens,
        bill=bill(model.price, tokens, at=asked.at, service_tier=service_tier_of(asked.body)),
        received_s=context.started,
        first_token_s=meter.first_text_s,
        last_byte_s=asyncio.get_running_loop().time(),
        text_sha256=sha256(turn.answer_text.encode()).hexdigest(),
    )
