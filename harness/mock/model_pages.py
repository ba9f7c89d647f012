"""What official clients ask beside answers: the models, one model, a count of tokens, a stored response, health."""

from __future__ import annotations

import json

from aiohttp import web

from harness.core.labels import closest_names
from harness.mock.attempt import has_wrong_key
from harness.mock.formats.base import ErrorKind, ResponseFormat
from harness.mock.formats.known import FORMATS
from harness.mock.formats.messages import MESSAGES
from harness.mock.send_answer import error_response
from harness.mock.state import STATE
from harness.mock.tokens import prompt_tokens


def add_model_pages(app: web.Application, base: str) -> None:
    """Serve the pages below a base path, which may hold `{dialect}`."""
    app.router.add_get(f"{base}/models", _list_models)
    app.router.add_get(f"{base}/models/{{model:.+}}", _show_model)
    app.router.add_get(f"{base}/responses/{{response}}", _show_response)
    app.router.add_post(f"{base}/messages/count_tokens", _count_tokens)


async def say_healthy(request: web.Request) -> web.Response:
    """What load balancers and vLLM's clients ask first."""
    del request
    return web.json_response({"status": "ok"})


def _writer(request: web.Request) -> ResponseFormat:
    """Whose words an error has."""
    return FORMATS.get(request.match_info.get("dialect", "openai"), FORMATS["openai"])


def _row(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "mock"}


async def _list_models(request: web.Request) -> web.Response:
    if has_wrong_key(request):
        return error_response(_writer(request).error(ErrorKind.BAD_KEY, "", 0))
    return web.json_response({"object": "list", "data": [_row(name) for name in request.app[STATE].models]})


async def _show_model(request: web.Request) -> web.Response:
    if has_wrong_key(request):
        return error_response(_writer(request).error(ErrorKind.BAD_KEY, "", 0))
    name, models = request.match_info["model"], request.app[STATE].models
    if name not in models:
        said = f"the mock has no model {name!r}; {closest_names(name, models)}"
        return error_response(_writer(request).error(ErrorKind.NOT_FOUND, said, 0))
    return web.json_response(_row(name))


async def _show_response(request: web.Request) -> web.Response:
    name = request.match_info["response"]
    kept = request.app[STATE].responses.get(name)
    if kept is None:
        said = f"Response with id '{name}' not found."
        return error_response(_writer(request).error(ErrorKind.NOT_FOUND, said, 0))
    response_format, plan = kept
    return web.Response(body=response_format.whole(plan), content_type="application/json")


async def _count_tokens(request: web.Request) -> web.Response:
    if has_wrong_key(request):
        return error_response(MESSAGES.error(ErrorKind.BAD_KEY, "", 0))
    try:
        body = json.loads(await request.read())
        texts, _ = MESSAGES.messages(body)
    except (ValueError, AttributeError) as error:
        return error_response(MESSAGES.error(ErrorKind.BAD_REQUEST, str(error), 0))
    return web.json_response({"input_tokens": prompt_tokens(texts)})
