"""xAI's batches: made empty under a name, filled by further requests, results in pages."""

from __future__ import annotations

from aiohttp import web

from harness.mock.batches.answer import answers_of
from harness.mock.batches.file_pages import batch_of, problem
from harness.mock.batches.store import BatchAnswer, BatchLine, StoredBatch
from harness.mock.formats.base import JsonObject
from harness.mock.state import STATE, MockState

_PAGE = 5
"""Rows of a page, so few that every list takes several."""


def add_added_pages(app: web.Application, base: str) -> None:
    """The routes below an address that are no others' too."""
    app.router.add_post(f"{base}/batches/{{batch}}/requests", _add)
    app.router.add_get(f"{base}/batches/{{batch}}/requests", _list_requests)
    app.router.add_get(f"{base}/batches/{{batch}}/results", _results)
    app.router.add_post(f"{base}/batches/{{batch:[^/:]+}}:cancel", _cancel)


def create_named_batch(request: web.Request, body: JsonObject) -> web.Response:
    """Make an empty batch."""
    state = request.app[STATE]
    batch = state.batches.add_batch(dialect="xai", route="chat/completions", name=str(body.get("name")), lines=())
    return web.json_response(shown_added(state, batch))


async def _add(request: web.Request) -> web.Response:
    state, batch = request.app[STATE], batch_of(request)
    if batch is None:
        return problem(404, "no such batch")
    try:
        rows = (await request.json())["batch_requests"]
        lines = tuple(
            BatchLine(custom_id=row["batch_request_id"], body=row["batch_request"]["chat_get_completion"])
            for row in rows
        )
    except (ValueError, KeyError, TypeError):
        return problem(400, "batch_requests of chat_get_completion are required")
    if {line.custom_id for line in lines} & {line.custom_id for line in batch.lines}:
        return problem(400, "a batch_request_id is in the batch already")
    if batch.script.refused:
        return problem(400, batch.script.refused)
    state.batches.add_lines(batch, lines)
    if batch.script.lost_response:
        assert request.transport is not None
        request.transport.abort()
    return web.json_response({})


async def _list_requests(request: web.Request) -> web.Response:
    batch = batch_of(request)
    if batch is None:
        return problem(404, "no such batch")
    rows: list[JsonObject] = [{"batch_request_id": line.custom_id, "state": "pending"} for line in batch.lines]
    return _page(request, "batch_request_metadata", rows)


async def _results(request: web.Request) -> web.Response:
    state, batch = request.app[STATE], batch_of(request)
    if batch is None:
        return problem(404, "no such batch")
    answers = answers_of(state, batch) if state.batches.has_ended(batch) else []
    if state.batches.ended_as(batch) == "expired":  # what was not processed has no row then
        answers = [one for one in answers if one.status]
    return _page(request, "results", [_row(one) for one in answers])


async def _cancel(request: web.Request) -> web.Response:
    state, batch = request.app[STATE], batch_of(request)
    if batch is None:
        return problem(404, "no such batch")
    state.batches.cancel(batch)
    return web.json_response(shown_added(state, state.batches.batches[batch.id]))


def _page(request: web.Request, name: str, rows: list[JsonObject]) -> web.Response:
    start = int(request.query.get("pagination_token") or 0)
    following = start + _PAGE
    token = str(following) if following < len(rows) else None
    return web.json_response({name: rows[start:following], "pagination_token": token})


def _row(answer: BatchAnswer) -> JsonObject:
    if not answer.status:
        error: JsonObject = {"code": 1, "message": "cancelled"}
    elif answer.status != 200:
        code = {400: 3, 401: 16, 404: 5, 429: 8, 503: 14}.get(answer.status, 13)
        error = {"code": code, "message": str(answer.body.get("error"))}
    else:
        response = {"chat_get_completion": answer.body}
        return {"batch_request_id": answer.custom_id, "batch_result": {"response": response}}
    return {"batch_request_id": answer.custom_id, "batch_result": {"error": error}}


def shown_added(state: MockState, batch: StoredBatch) -> JsonObject:
    """The batch as xAI shows it."""
    total, done = len(batch.lines), state.batches.processed(batch)
    counts = {"num_requests": total, "num_pending": total - done, "num_success": done}
    counts |= {"num_error": 0, "num_cancelled": 0}
    is_expired = state.batches.has_ended(batch) and state.batches.ended_as(batch) == "expired"
    if total and state.batches.has_ended(batch):
        answers = answers_of(state, batch)
        succeeded, left = (sum(one.status == status for one in answers) for status in (200, 0))
        where = "num_pending" if is_expired else "num_cancelled"
        counts |= {"num_pending": 0, "num_success": succeeded, where: left}
        counts["num_error"] = total - succeeded - left
    return {
        "batch_id": batch.id,
        "name": batch.name,
        "create_time": batch.created_at.isoformat(),
        "expire_time": batch.created_at.isoformat() if is_expired else None,
        "cancel_time": None if batch.cancelled_after_h is None else batch.created_at.isoformat(),
        "state": counts,
    }
