"""One request for an answer, from its arrival to the last byte: which draw it gets, what goes wrong, when it is billed.

Which draw: the runner tells simulated endpoints `x-harness-repeat` and `x-harness-attempt`. Without them the repeat is
the request's `seed`, or else how often this model has answered this prompt before; the attempt is counted.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web

from harness.core.labels import Effort, closest_names
from harness.core.types import Sample
from harness.mock.agent_answers import is_repository
from harness.mock.answer_plan import AnswerRequest, chunks_of, plan_answer
from harness.mock.choose_step import step_for
from harness.mock.effort import effort_of
from harness.mock.faults import ScriptedStep
from harness.mock.formats.base import AnswerPlan, Body, ErrorKind, ErrorReply, ResponseFormat, dumps, not_simulated
from harness.mock.formats.context_length import context_length_text
from harness.mock.formats.known import FORMATS, format_at_route
from harness.mock.prompt_cache import CacheUse
from harness.mock.scenario import DrawKey, DrawnBehavior, SimulatedModel, answers_instead, digest_of, draw
from harness.mock.send_answer import RequestContext, error_response, send_answer
from harness.mock.state import STATE, MockState, ReceivedRequest
from harness.mock.tokens import prompt_tokens
from harness.mock.writer import close, write_raw

WRONG_KEY = "wrong-key"
"""A request with this key is refused the way the provider refuses a bad key; any other key, or none, is accepted."""

KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_SECRETS = (*KEY_HEADERS, "cookie")
FAULT_ERRORS = {
    "rate_limit": ErrorKind.RATE_LIMIT,
    "server_error": ErrorKind.SERVER_ERROR,
    "overloaded": ErrorKind.OVERLOADED,
}


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
    response_format = _format_of(request, state, body)
    if isinstance(response_format, ErrorReply):
        return error_response(response_format)
    name = str(body.get("model")) if body is not None else ""
    step = step_for(request, state, name, response_format, body)
    if isinstance(step, str):
        return error_response(response_format.error(ErrorKind.BAD_REQUEST, step, 0))
    context = RequestContext(
        request=request,
        number=number,
        started=started,
        at=at,
        response_format=response_format,
        step=step,
        body=body or {},
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
        return await _scripted_response(context)
    if body is None:
        return error_response(response_format.error(ErrorKind.BAD_REQUEST, "the body is not a JSON object", 0))
    return await _model_answer(state, context)


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


def _format_of(request: web.Request, state: MockState, body: Body | None) -> ResponseFormat | ErrorReply:
    dialect = request.match_info.get("dialect") or ("azure" if "deployment" in request.match_info else None)
    if dialect is None:
        model = state.models.get(str(body.get("model"))) if body is not None else None
        dialect = model.simulation.dialect if model is not None else "generic"
    response_format = FORMATS.get(dialect)
    if response_format is None:
        said = f"the mock speaks no dialect {dialect!r}; {closest_names(dialect, FORMATS)}"
        return ErrorReply(status=404, body=dumps({"error": {"message": said}}))
    return format_at_route(response_format, request.match_info["route"])


async def _scripted_response(context: RequestContext) -> web.StreamResponse:
    step, response_format = context.step, context.response_format
    if step.delay_body_s:
        await asyncio.sleep(step.delay_body_s)
    if step.redirect is not None:
        return web.Response(status=step.status or 307, headers={"location": step.redirect})
    if step.empty:
        return web.Response(status=200, headers=step.headers)
    if step.error is not None:
        reply = response_format.error(step.error, step.message, step.retry_after_s)
        headers = {**reply.headers, **step.headers}
        return error_response(replace(reply, status=step.status or reply.status, headers=headers))
    content_type = step.content_type or ("text/plain" if isinstance(step.body, str) else "application/json")
    data = step.body.encode() if isinstance(step.body, str) else b"" if step.body is None else dumps(step.body)
    return web.Response(status=step.status or 200, body=data, headers={"content-type": content_type, **step.headers})


async def _model_answer(state: MockState, context: RequestContext) -> web.StreamResponse:
    response_format, body = context.response_format, context.body
    name = str(body.get("model"))
    model = state.models.get(name)
    if has_wrong_key(context.request):
        return error_response(response_format.error(ErrorKind.BAD_KEY, "", 0))
    if model is None:
        said = f"the mock has no model {name!r}; {closest_names(name, state.models)}"
        return error_response(response_format.error(ErrorKind.NOT_FOUND, said, 0))
    effort = Effort.NONE if response_format.thinking_is_off(body) else effort_of(body)
    model = replace(model, simulation=model.simulation.at_effort(effort))
    try:
        texts, user_message = response_format.messages(body)
    except ValueError as error:
        return error_response(response_format.error(ErrorKind.BAD_REQUEST, str(error), 0))
    sample = state.answers.find_in(texts, user_message)
    texts += tool_texts(body)
    refused = refusal_of(response_format, body, model, prompt_tokens(texts), sample)
    if refused is not None:
        return error_response(refused)
    occasion = _occasion(state, context, name, digest_of(texts))
    instead = answers_instead(model.simulation, occasion)
    if instead is not None:
        model = state.models.get(instead.model) or replace(model, name=instead.model)
    drawn = draw(model.simulation, _drawn_on(occasion, sample), _difficulty(sample))
    stopped = await _drawn_fault(context, model, drawn, scale=state.time_scale)
    if stopped is not None:
        return stopped
    asked = AnswerRequest(
        body=body,
        texts=tuple(texts),
        occasion=occasion,
        sample=sample,
        at=context.at,
        cache=_cache_use(state, context, model, texts),
    )
    turn = plan_answer(asked, model, response_format, drawn, context.step)
    if instead is not None and instead.host is not None:
        turn = replace(turn, host=instead.host)
    if response_format.route == "responses" and body.get("store") is not False:
        state.keep_response(response_format, turn)
    context = replace(context, step=_with_fault(context, drawn, turn, model, scale=state.time_scale))
    return await send_answer(state, context, asked, model, turn, is_correct=turn.is_correct)


def _cache_use(state: MockState, context: RequestContext, model: SimulatedModel, texts: list[str]) -> CacheUse | None:
    """What the model's prompt cache has of the prompt; None without one, or where the reply could not say it."""
    rules = model.simulation.prompt_cache
    if rules is None or not context.response_format.reports_cache:
        return None
    return state.caches.look_up(model.name, rules, texts, context.body, now=context.started)


def tool_texts(body: Body) -> list[str]:
    """The tools of a request as text, which is part of its prompt and counted as such."""
    return [dumps(body["tools"]).decode()] if body.get("tools") else []


def refusal_of(
    response_format: ResponseFormat, body: Body, model: SimulatedModel, prompt: int, sample: Sample | None
) -> ErrorReply | None:
    """The error for what the provider or the mock does not take, and for a prompt of too many tokens."""
    thinks = model.simulation.reasoning_share > 0 and not response_format.thinking_is_off(body)
    refusal = response_format.refusal(body, thinks=thinks)
    if refusal is not None:
        return refusal
    missing = not_simulated(body, can_call=sample is not None and sample.tools is not None)
    if missing is not None:
        said = f"the mock does not simulate {missing}: send the request without"
        return response_format.error(ErrorKind.BAD_REQUEST, said, 0)
    limit = model.context_tokens
    if limit is None or prompt <= limit:
        return None
    said = context_length_text(response_format.name, tokens=prompt, limit=limit)
    return response_format.error(ErrorKind.CONTEXT_LENGTH_EXCEEDED, said, 0)


def _difficulty(sample: Sample | None) -> str | None:
    return sample.tags.get("difficulty") if sample is not None else None


def _drawn_on(occasion: DrawKey, sample: Sample | None) -> DrawKey:
    """What the draw depends on: of an agent's conversation its first message, for it succeeds or fails as a whole."""
    if sample is None or not is_repository(sample):
        return occasion
    return replace(occasion, prompt_digest=digest_of([sample.prompt]))


def _occasion(state: MockState, context: RequestContext, model: str, digest: str) -> DrawKey:
    headers, seed = context.request.headers, context.body.get("seed")
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
    context: RequestContext, model: SimulatedModel, drawn: DrawnBehavior, *, scale: float
) -> web.StreamResponse | None:
    """The reply of a fault that leaves no answer; None for none, and for the faults that break one."""
    if drawn.fault in FAULT_ERRORS:
        wait_s = model.simulation.faults.retry_after_s * scale
        return error_response(context.response_format.error(FAULT_ERRORS[drawn.fault], "", wait_s))
    if drawn.fault == "refused_connection":
        close(context.request, "fin")
        return web.Response()
    return web.Response(status=200) if drawn.fault == "empty" else None


def _with_fault(
    context: RequestContext, drawn: DrawnBehavior, turn: AnswerPlan, model: SimulatedModel, *, scale: float
) -> ScriptedStep:
    """The step with the drawn fault that breaks the answer, if there is one, after a drawn share of its chunks."""
    if drawn.fault not in ("truncate_stream", "reset", "stall"):
        return context.step
    chunks = sum(not chunk.is_reasoning for chunk in chunks_of(turn, context.response_format))
    after = max(1, int(drawn.break_share * chunks))
    changes: dict[str, object] = {"after_chunks": after, "cut": "rst" if drawn.fault == "reset" else "fin"}
    if drawn.fault == "stall":
        changes["stall_s"] = model.simulation.faults.stall_s * scale
    return context.step.model_copy(update=changes)
