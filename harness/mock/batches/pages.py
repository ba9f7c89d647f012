"""The routes of all batch APIs, and the mock's own: hours that pass, and what shall go wrong with the next batches."""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from harness.mock.attempt import has_wrong_key
from harness.mock.batches.added_pages import add_added_pages, create_named_batch, shown_added
from harness.mock.batches.file_pages import (
    add_file_pages,
    batch_of,
    create_file_batch,
    dialect_of,
    problem,
    show_file_batch,
)
from harness.mock.batches.google_pages import add_google_pages
from harness.mock.batches.message_pages import add_message_pages
from harness.mock.batches.store import BatchScript
from harness.mock.faults import explained
from harness.mock.state import STATE

_SCRIPTS = TypeAdapter(list[BatchScript])


def add_batch_pages(app: web.Application, base: str) -> None:
    """The routes of every batch API below an address."""
    app.router.add_post(f"{base}/batches", _create)
    app.router.add_get(f"{base}/batches/{{batch}}", _show)
    add_file_pages(app, base)
    add_added_pages(app, base)
    add_message_pages(app, base)


def add_batch_controls(app: web.Application) -> None:
    """`POST /_batches {"hours": 30, "scripts": [{...}]}`, and Google's files, which stand beside every version."""
    add_google_pages(app)
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
    if dialect_of(request) == "xai" and "input_file_id" not in body:
        return create_named_batch(request, body)
    return create_file_batch(request, body)


async def _show(request: web.Request) -> web.Response:
    batch = batch_of(request)
    if batch is not None and batch.dialect == "xai":
        return web.json_response(shown_added(request.app[STATE], batch))
    return show_file_batch(request)


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
