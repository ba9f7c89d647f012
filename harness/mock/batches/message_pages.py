"""Anthropic's Message Batches: requests in the body, results as lines, no name of a batch."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from harness.mock.attempt import has_wrong_key
from harness.mock.batches.answer import answers_of
from harness.mock.batches.file_pages import batch_of
from harness.mock.batches.store import EXPIRES_AFTER_H, BatchAnswer, BatchLine, StoredBatch
from harness.mock.formats.base import ErrorKind, JsonObject, dumps
from harness.mock.formats.messages import MESSAGES
from harness.mock.send_answer import error_response
from harness.mock.state import STATE, MockState

_PAGE = 100


def add_message_pages(app: web.Application, base: str) -> None:
    """The routes below an address."""
    app.router.add_post(f"{base}/messages/batches", _create)
    app.router.add_get(f"{base}/messages/batches", _list)
    app.router.add_get(f"{base}/messages/batches/{{batch}}", _show)
    app.router.add_get(f"{base}/messages/batches/{{batch}}/results", _results)
    app.router.add_post(f"{base}/messages/batches/{{batch}}/cancel", _cancel)


async def _create(request: web.Request) -> web.Response:
    if has_wrong_key(request):
        return error_response(MESSAGES.error(ErrorKind.BAD_KEY, "", 0))
    try:
        rows = (await request.json())["requests"]
        lines = tuple(BatchLine(custom_id=row["custom_id"], body=row["params"]) for row in rows)
    except (ValueError, KeyError, TypeError):
        return _problem(ErrorKind.BAD_REQUEST, "requests: a list of custom_id and params is required")
    if not lines or len({line.custom_id for line in lines}) < len(lines):
        return _problem(ErrorKind.BAD_REQUEST, "requests: none, or two with the same custom_id")
    state = request.app[STATE]
    batch = state.batches.add_batch(dialect="anthropic_messages", route="messages", name="", lines=lines)
    if batch.script.refused:  # this API checks when a batch is made
        return _problem(ErrorKind.BAD_REQUEST, batch.script.refused)
    if batch.script.lost_response:
        assert request.transport is not None
        request.transport.abort()
    return web.json_response(_shown(state, batch))


async def _list(request: web.Request) -> web.Response:
    state = request.app[STATE]
    own = [one for one in state.batches.batches.values() if one.route == "messages" and not one.script.refused][::-1]
    rows = [_shown(state, one) for one in own]
    start = next((at for at, row in enumerate(rows, 1) if row["id"] == request.query.get("after_id")), 0)
    size = min(_PAGE, int(request.query.get("limit", _PAGE)))
    return web.json_response({"data": rows[start : start + size], "has_more": start + size < len(rows)})


async def _show(request: web.Request) -> web.Response:
    batch = batch_of(request)
    return _missing() if batch is None else web.json_response(_shown(request.app[STATE], batch))


async def _results(request: web.Request) -> web.Response:
    state, batch = request.app[STATE], batch_of(request)
    if batch is None or not state.batches.has_ended(batch):
        return _missing()
    text = b"".join(dumps(_row(state, batch, one)) + b"\n" for one in answers_of(state, batch))
    return web.Response(body=text, content_type="application/x-jsonl")


async def _cancel(request: web.Request) -> web.Response:
    state, batch = request.app[STATE], batch_of(request)
    if batch is None:
        return _missing()
    state.batches.cancel(batch)
    return web.json_response(_shown(state, state.batches.batches[batch.id]))


def _row(state: MockState, batch: StoredBatch, answer: BatchAnswer) -> JsonObject:
    if not answer.status:
        word = state.batches.ended_as(batch)
        return {"custom_id": answer.custom_id, "result": {"type": "canceled" if word == "cancelled" else "expired"}}
    result: JsonObject = {"type": "succeeded", "message": answer.body}
    if answer.status != 200:
        result = {"type": "errored", "error": answer.body}
    return {"custom_id": answer.custom_id, "result": result}


def _shown(state: MockState, batch: StoredBatch) -> JsonObject:
    counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
    has_ended = state.batches.has_ended(batch)
    if has_ended:
        answers = answers_of(state, batch)
        left = "canceled" if state.batches.ended_as(batch) == "cancelled" else "expired"
        counts["succeeded"] = sum(one.status == 200 for one in answers)
        counts[left] = sum(one.status == 0 for one in answers)
        counts["errored"] = len(batch.lines) - counts["succeeded"] - counts[left]
    else:
        counts["processing"] = len(batch.lines)
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": "ended" if has_ended else "in_progress",
        "request_counts": counts,
        "created_at": batch.created_at.isoformat(),
        "expires_at": (batch.created_at + timedelta(hours=EXPIRES_AFTER_H)).isoformat(),
        "cancel_initiated_at": None if batch.cancelled_after_h is None else batch.created_at.isoformat(),
        "results_url": f"https://elsewhere.invalid/{batch.id}" if has_ended else None,
    }


def _missing() -> web.Response:
    return _problem(ErrorKind.NOT_FOUND, "no such message batch")


def _problem(kind: ErrorKind, message: str) -> web.Response:
    return error_response(MESSAGES.error(kind, message, 0))
