"""One request for an answer, from its arrival to the last byte: which draw it gets, what goes wrong, when it is billed.

Which draw: the runner tells simulated endpoints `x-harness-repeat` and `x-harness-attempt`. Without them the repeat is
the request's `seed`, or else how often this model has answered this prompt before; the attempt is counted.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from aiohttp import web
from pydantic import ValidationError

from harness.core.labels import closest_names
from harness.core.types import Sample
from harness.mock.answer_plan import AnswerRequest, chunks_of, plan_answer, ready_after_s, service_tier_of, tokens_until
from harness.mock.billing import LedgerEntry, bill
from harness.mock.faults import USUAL, ScriptedStep, apply, explained
from harness.mock.formats.base import (
    AnswerPlan,
    Body,
    ErrorKind,
    ErrorReply,
    Frame,
    ResponseFormat,
    dumps,
    not_simulated,
)
from harness.mock.formats.errors import context_length_text
from harness.mock.formats.known import SHAPES, shape_at
from harness.mock.scenario import DrawKey, DrawnBehavior, SimulatedModel, answers_instead, digest_of, draw
from harness.mock.state import STATE, MockState, ReceivedRequest
from harness.mock.tokens import prompt_tokens
from harness.mock.writer import BillingTrigger, ResponseWriter, close, send_frames, send_slowly, write_raw

WRONG_KEY = "wrong-key"
"""A request with this key is refused the way the provider refuses a bad key; any other key, or none, is accepted."""

KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_SECRETS = (*KEY_HEADERS, "cookie")
_FAULT_ERRORS = {
    "rate_limit": ErrorKind.RATE_LIMIT,
    "server_error": ErrorKind.SERVER_ERROR,
    "overloaded": ErrorKind.OVERLOADED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _RequestHandler:
    """One request on its way to an answer. `started` is the loop's clock."""

    request: web.Request
    number: int
    started: float
    at: datetime
    shape: ResponseFormat
    step: ScriptedStep
    body: Body


async def complete(request: web.Request) -> web.StreamResponse:
    """Answer one request, as its model, its dialect and the script have it."""
    state = request.app[STATE]
    started, at = asyncio.get_running_loop().time(), datetime.now(UTC)
    data = await request.read()
    state.received += 1
    number = state.received
    state.requests.append(_noted(request, number, data))
    body = _decoded(data)
    if body is not None and "deployment" in request.match_info:
        body = {**body, "model": request.match_info["deployment"]}
    shape = _shape_of(request, state, body)
    if isinstance(shape, ErrorReply):
        return _error_response(shape)
    name = str(body.get("model")) if body is not None else ""
    step = _step_for(request, state, name, shape, body)
    if isinstance(step, str):
        return _error_response(shape.error(ErrorKind.BAD_REQUEST, step, 0))
    visit = _RequestHandler(
        request=request, number=number, started=started, at=at, shape=shape, step=step, body=body or {}
    )
    if step.delay_s:
        await asyncio.sleep(step.delay_s)
    if step.refuse is not None:
        close(request, step.refuse)
        return web.Response()
    if step.cut_headers is not None:
        write_raw(request, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-str")
        close(request, step.cut_headers)
        return web.Response()
    if step.replaces_answer:
        return await _scripted_response(visit)
    if body is None:
        return _error_response(shape.error(ErrorKind.BAD_REQUEST, "the body is not a JSON object", 0))
    return await _model_answer(state, visit)


def has_wrong_key(request: web.Request) -> bool:
    """Whether the request carries the key that is refused, in any of the headers that vendors use."""
    given = (request.headers.get(name, "").removeprefix("Bearer ") for name in KEY_HEADERS)
    return WRONG_KEY in given


def _noted(request: web.Request, number: int, data: bytes) -> ReceivedRequest:
    headers = {
        name.lower(): "present" if name.lower() in _SECRETS else value for name, value in request.headers.items()
    }
    text = data.decode("utf-8", "replace")
    return ReceivedRequest(number=number, method=request.method, path=request.path_qs, headers=headers, body=text)


def _decoded(data: bytes) -> Body | None:
    try:
        body = json.loads(data)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _shape_of(request: web.Request, state: MockState, body: Body | None) -> ResponseFormat | ErrorReply:
    dialect = request.match_info.get("dialect") or ("azure" if "deployment" in request.match_info else None)
    if dialect is None:
        model = state.models.get(str(body.get("model"))) if body is not None else None
        dialect = model.simulation.dialect if model is not None else "generic"
    shape = SHAPES.get(dialect)
    if shape is None:
        said = f"the mock speaks no dialect {dialect!r}; {closest_names(dialect, SHAPES)}"
        return ErrorReply(status=404, body=dumps({"error": {"message": said}}))
    return shape_at(shape, request.match_info["route"])


def _step_for(
    request: web.Request, state: MockState, model: str, shape: ResponseFormat, body: Body | None
) -> ScriptedStep | str:
    """The step of the header, else the next scripted one, else the scenario's; a text says what is wrong with it."""
    text = request.headers.get("x-mock-script")
    try:
        step = state.next_step(model) if text is None else ScriptedStep.model_validate_json(text)
    except ValidationError as error:
        return f"x-mock-script: {explained(error)}"
    step = step or _scenario_step(state, model, shape, body) or USUAL
    return _unreported(step, shape) or step


def _scenario_step(state: MockState, model: str, shape: ResponseFormat, body: Body | None) -> ScriptedStep | None:
    try:
        _, user_message = shape.messages(body or {})
    except ValueError:
        user_message = ""
    sample = state.answers.find(user_message)
    return state.scenario.step(model, None if sample is None else sample.id, user_message)


def _unreported(step: ScriptedStep, shape: ResponseFormat) -> str | None:
    """Which tokens of a step's usage the dialect has no field for; None where it can state them all."""
    usage = step.usage
    if usage is None:
        return None
    if usage.cached_tokens and not shape.reports_cache:
        return f"the dialect {shape.name} states no cached_tokens"
    if usage.cache_write_tokens and not shape.reports_cache_writes:
        return f"the dialect {shape.name} states no cache_write_tokens"
    return None


async def _scripted_response(visit: _RequestHandler) -> web.StreamResponse:
    step, shape = visit.step, visit.shape
    if step.delay_body_s:
        await asyncio.sleep(step.delay_body_s)
    if step.redirect is not None:
        return web.Response(status=step.status or 307, headers={"location": step.redirect})
    if step.empty:
        return web.Response(status=200, headers=step.headers)
    if step.error is not None:
        reply = shape.error(step.error, step.message, step.retry_after_s)
        headers = {**reply.headers, **step.headers}
        return _error_response(replace(reply, status=step.status or reply.status, headers=headers))
    content_type = step.content_type or ("text/plain" if isinstance(step.body, str) else "application/json")
    data = step.body.encode() if isinstance(step.body, str) else b"" if step.body is None else dumps(step.body)
    return web.Response(status=step.status or 200, body=data, headers={"content-type": content_type, **step.headers})


def _error_response(reply: ErrorReply) -> web.Response:
    headers = {"content-type": reply.content_type, **reply.headers}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


async def _model_answer(state: MockState, visit: _RequestHandler) -> web.StreamResponse:
    shape, body = visit.shape, visit.body
    if has_wrong_key(visit.request):
        return _error_response(shape.error(ErrorKind.BAD_KEY, "", 0))
    name = str(body.get("model"))
    model = state.models.get(name)
    if model is None:
        said = f"the mock has no model {name!r}; {closest_names(name, state.models)}"
        return _error_response(shape.error(ErrorKind.NOT_FOUND, said, 0))
    try:
        texts, user_message = shape.messages(body)
    except ValueError as error:
        return _error_response(shape.error(ErrorKind.BAD_REQUEST, str(error), 0))
    thinks = model.simulation.reasoning_share > 0 and not shape.thinking_is_off(body)
    refusal = shape.refusal(body, thinks=thinks)
    missing = not_simulated(body)
    if refusal is None and missing is not None:
        said = f"the mock does not simulate {missing}: send the request without"
        refusal = shape.error(ErrorKind.BAD_REQUEST, said, 0)
    if refusal is not None:
        return _error_response(refusal)
    tokens, limit = prompt_tokens(texts), model.context_tokens
    if limit is not None and tokens > limit:
        said = context_length_text(shape.name, tokens=tokens, limit=limit)
        return _error_response(shape.error(ErrorKind.CONTEXT_LENGTH_EXCEEDED, said, 0))
    sample = state.answers.find(user_message)
    occasion = _occasion(state, visit, name, digest_of(texts))
    instead = answers_instead(model.simulation, occasion)
    if instead is not None:
        model = state.models.get(instead.model) or replace(model, name=instead.model)
    drawn = draw(model.simulation, occasion, sample.tags.get("difficulty") if sample is not None else None)
    asked = AnswerRequest(body=body, texts=tuple(texts), occasion=occasion, sample=sample, at=visit.at)
    if drawn.fault is not None:
        stopped = await _drawn_fault(visit, model, drawn, scale=state.time_scale)
        if stopped is not None:
            return stopped
    turn = plan_answer(asked, model, shape, drawn, visit.step)
    if instead is not None and instead.host is not None:
        turn = replace(turn, host=instead.host)
    if shape.route == "responses" and body.get("store") is not False:
        state.keep_response(shape, turn)
    visit = replace(visit, step=_with_fault(visit, drawn, turn, model, scale=state.time_scale))
    return await _send(state, visit, asked, model, turn, is_correct=drawn.is_correct)


def _occasion(state: MockState, visit: _RequestHandler, model: str, digest: str) -> DrawKey:
    headers, seed = visit.request.headers, visit.body.get("seed")
    prompt = f"{model}|{digest}"
    repeat = headers.get("x-harness-repeat")
    if repeat is None:
        repeat = f"seed {seed}" if isinstance(seed, int) else f"{state.answered[prompt]}"
    attempt = headers.get("x-harness-attempt")
    if attempt is None:
        state.tried[f"{prompt}|{repeat}"] += 1
        attempt = str(state.tried[f"{prompt}|{repeat}"])
    return DrawKey(model=model, prompt_digest=digest, repeat=repeat, attempt=attempt)


async def _drawn_fault(
    visit: _RequestHandler, model: SimulatedModel, drawn: DrawnBehavior, *, scale: float
) -> web.StreamResponse | None:
    """The reply of a fault that leaves no answer; None for the faults that break one."""
    if drawn.fault in _FAULT_ERRORS:
        wait_s = model.simulation.faults.retry_after_s * scale
        return _error_response(visit.shape.error(_FAULT_ERRORS[drawn.fault], "", wait_s))
    if drawn.fault == "refused_connection":
        close(visit.request, "fin")
        return web.Response()
    return web.Response(status=200) if drawn.fault == "empty" else None


def _with_fault(
    visit: _RequestHandler, drawn: DrawnBehavior, turn: AnswerPlan, model: SimulatedModel, *, scale: float
) -> ScriptedStep:
    """The step with the drawn fault that breaks the answer, if there is one, after a drawn share of its chunks."""
    if drawn.fault not in ("truncate_stream", "reset", "stall"):
        return visit.step
    chunks = sum(not chunk.is_reasoning for chunk in chunks_of(turn, visit.shape))
    after = max(1, int(drawn.break_share * chunks))
    changes: dict[str, object] = {"after_chunks": after, "cut": "rst" if drawn.fault == "reset" else "fin"}
    if drawn.fault == "stall":
        changes["stall_s"] = model.simulation.faults.stall_s * scale
    return visit.step.model_copy(update=changes)


async def _send(
    state: MockState,
    visit: _RequestHandler,
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
        if visit.step.billed:
            state.ledger.append(
                _entry(visit, asked, model, turn, meter, outcome=outcome, generated=generated, is_correct=is_correct)
            )

    meter = BillingTrigger(charge_once=charge)
    try:
        if visit.step.slow_loris_s:
            return await _send_slowly(visit, turn, meter, is_streamed=is_streamed)
        if is_streamed:
            return await _send_stream(state, visit, turn, meter)
        return await _send_whole(state, visit, turn, meter)
    except (ConnectionResetError, asyncio.CancelledError):
        if is_streamed:
            meter.generated = max(meter.generated, _generated_by_now(state, visit, turn))
        meter.charge("client_gone")
        raise


async def _send_stream(
    state: MockState, visit: _RequestHandler, turn: AnswerPlan, meter: BillingTrigger
) -> web.StreamResponse:
    shape, step = visit.shape, visit.step
    response = web.StreamResponse(headers=_headers(visit, turn, "text/event-stream; charset=utf-8"))
    await response.prepare(visit.request)
    frames = apply(step, shape.frames(turn, chunks_of(turn, shape)), shape=shape, turn=turn)
    pipe = ResponseWriter(request=visit.request, response=response, step=step)
    await send_frames(pipe, frames, meter, started=visit.started, scale=state.time_scale)
    return response


async def _send_whole(
    state: MockState, visit: _RequestHandler, turn: AnswerPlan, meter: BillingTrigger
) -> web.StreamResponse:
    step = visit.step
    meter.generated = turn.tokens.completion
    data = b"\n" * step.blank_lines + visit.shape.whole(turn)
    response = web.StreamResponse(headers=_headers(visit, turn, "application/json"))
    if not step.gzip and not step.crlf:
        response.content_length = len(data)
    due = visit.started + ready_after_s(turn) * state.time_scale + step.delay_body_s + step.stall_s
    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
    meter.charge("complete" if step.cut is None else "cut")
    await response.prepare(visit.request)
    pipe = ResponseWriter(request=visit.request, response=response, step=step)
    if step.cut is None:
        await pipe.write(data)
        await pipe.finish()
        return response
    await pipe.write(data[: len(data) // 2])
    close(visit.request, "rst" if step.cut == "rst" else "fin")
    return response


async def _send_slowly(
    visit: _RequestHandler, turn: AnswerPlan, meter: BillingTrigger, *, is_streamed: bool
) -> web.StreamResponse:
    shape = visit.shape
    data, content_type = shape.whole(turn), "application/json"
    if is_streamed:
        frames = apply(visit.step, shape.frames(turn, chunks_of(turn, shape)), shape=shape, turn=turn)
        data = b"".join(frame.data for frame in frames if isinstance(frame, Frame))
        content_type = "text/event-stream"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n\r\n"
    meter.generated = turn.tokens.completion
    meter.charge("complete")
    await send_slowly(visit.request, head.encode() + data, visit.step.slow_loris_s)
    return web.Response()


def _headers(visit: _RequestHandler, turn: AnswerPlan, content_type: str) -> dict[str, str]:
    headers = {"content-type": visit.step.content_type or content_type, **visit.shape.headers(turn)}
    if visit.step.gzip:
        headers["content-encoding"] = "gzip"
    return {**headers, **visit.step.headers}


def _generated_by_now(state: MockState, visit: _RequestHandler, turn: AnswerPlan) -> int:
    """How many tokens the model had generated when the client left, whether shown or not."""
    elapsed = asyncio.get_running_loop().time() - visit.started
    if state.time_scale == 0:
        return 0
    tokens = int((elapsed / state.time_scale - turn.ttft_s) * turn.tokens_per_s) + 1
    return max(0, min(tokens, turn.tokens.completion))


def _entry(
    visit: _RequestHandler,
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
        name.lower(): value for name, value in visit.request.headers.items() if name.lower().startswith("x-harness-")
    }
    return LedgerEntry(
        request=visit.number,
        model=model.name,
        dialect=visit.shape.name,
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
        received_s=visit.started,
        first_token_s=meter.first_text_s,
        last_byte_s=asyncio.get_running_loop().time(),
        text_sha256=sha256(turn.answer_text.encode()).hexdigest(),
    )
