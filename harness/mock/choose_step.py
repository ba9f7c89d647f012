"""Which step a request gets: its header's, else the next scripted one, else the scenario's, else the usual answer."""

from __future__ import annotations

from aiohttp import web
from pydantic import ValidationError

from harness.mock.faults import USUAL, ScriptedStep, explained
from harness.mock.formats.base import Body, ResponseFormat
from harness.mock.state import MockState


def step_for(
    request: web.Request, state: MockState, model: str, response_format: ResponseFormat, body: Body | None
) -> ScriptedStep | str:
    """The step of the header, else the next scripted one, else the scenario's; a text says what is wrong with it."""
    text = request.headers.get("x-mock-script")
    try:
        step = state.next_step(model) if text is None else ScriptedStep.model_validate_json(text)
    except ValidationError as error:
        return f"x-mock-script: {explained(error)}"
    step = step or _scenario_step(state, model, response_format, body) or USUAL
    return _unreported(step, response_format) or step


def _scenario_step(
    state: MockState, model: str, response_format: ResponseFormat, body: Body | None
) -> ScriptedStep | None:
    try:
        texts, user_message = response_format.messages(body or {})
    except ValueError:
        texts, user_message = [], ""
    sample = state.answers.find_in(texts, user_message)
    return state.scenario.step(model, None if sample is None else sample.id, user_message)


def _unreported(step: ScriptedStep, response_format: ResponseFormat) -> str | None:
    """Which tokens of a step's usage the dialect has no field for; None where it can state them all."""
    usage = step.usage
    if usage is None:
        return None
    if usage.cached_tokens and not response_format.reports_cache:
        return f"the dialect {response_format.name} states no cached_tokens"
    if usage.cache_write_tokens and not response_format.reports_cache_writes:
        return f"the dialect {response_format.name} states no cache_write_tokens"
    return None
