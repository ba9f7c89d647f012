"""The routes of all batch APIs, and the mock's own: hours that pass, and what shall go wrong with the next batches."""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from harness.mock.attempt import has_wrong_key
from harness.mock.batches.file_pages import add_file_pages, create_file_batch, problem
from harness.mock.batches.store import BatchScript
from harness.mock.faults import explained
from harness.mock.state import STATE

_SCRIPTS = TypeAdapter(list[BatchScript])


def add_batch_pages(app: web.Application, base: str) -> None:
    """The routes of every batch API below an address."""
    app.router.add_post(f"{base}/batches", _create)
    add_file_pages(app, base)


def add_batch_controls(app: web.Application) -> None:
    """`POST /_batches {"hours": 30, "scripts": [{...}]}`."""
    app.router.add_post("/_batches", _control)


async def _create(request: web.Request) -> web.Response:
    if has_wrong_key(request):
        return problem(401, "Incorrect API key provided")
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return problem(400, "the body is not a JSON object")
    return await create_file_batch(request, body)


async def _control(request: web.Request) -> web.Response:
    batches = request.app[STATE].batches
    body = await request.json()
    try:
        batches.scripts.extend(_SCRIPTS.validate_python(body.get("scripts", [])))
    except ValidationError as error:
        return web.json_response({"error": explained(error)}, status=400)
    if hours := float(body.get("hours", 0)):
        batches.advance(hours)
    return web.json_response({"hours": batches.advanced_h, "batches": len(batches.batches)})
