"""Batches in OpenAI's form: files of requests, batches made of them, files of results; and Together's variant of it."""

from __future__ import annotations

import json

from aiohttp import web

from harness.mock.batches.answer import answers_of
from harness.mock.batches.store import BatchAnswer, BatchLine, StoredBatch
from harness.mock.formats.base import JsonObject, dumps
from harness.mock.state import STATE, MockState

_PAGE = 20


def add_file_pages(app: web.Application, base: str) -> None:
    """The routes below an address."""
    app.router.add_post(f"{base}/files", _upload)
    app.router.add_post(f"{base}/files/upload", _upload)
    app.router.add_get(f"{base}/files/{{file}}/content", _content)
    app.router.add_delete(f"{base}/files/{{file}}", _delete)
    app.router.add_get(f"{base}/batches", _list)
    app.router.add_post(f"{base}/batches/{{batch}}/cancel", _cancel)


async def _upload(request: web.Request) -> web.Response:
    form = await request.post()
    is_together = dialect_of(request) == "together"
    if is_together is not request.path.endswith("/upload") or (is_together and not form.get("file_name")):
        return problem(404, "files are uploaded at /files; at Together at /files/upload, with a file_name")
    part = form.get("file")
    if not isinstance(part, web.FileField) or not str(form.get("purpose", "")).startswith("batch"):
        return problem(400, "a file and the purpose `batch` are required")
    data = part.file.read()
    file_id = request.app[STATE].batches.add_file(data)
    return web.json_response({"id": file_id, "object": "file", "bytes": len(data), "purpose": form["purpose"]})


async def _delete(request: web.Request) -> web.Response:
    return delete_file(request)


def delete_file(request: web.Request) -> web.Response:
    """Delete the uploaded file that the address names."""
    batches, file_id = request.app[STATE].batches, request.match_info["file"]
    if file_id not in batches.files:
        return problem(404, f"there is no file {file_id!r}")
    if any(one.script.keeps_upload and one.name.endswith(file_id) for one in batches.batches.values()):
        return problem(403, "this file cannot be deleted")
    batches.delete_file(file_id)
    return web.json_response({"id": file_id, "object": "file", "deleted": True})


def create_file_batch(request: web.Request, body: JsonObject) -> web.Response:
    """Make a batch of an uploaded file."""
    state = request.app[STATE]
    data = state.batches.files.get(str(body.get("input_file_id")).removeprefix("files/"))
    if data is None:
        return problem(404, f"there is no file {body.get('input_file_id')!r}")
    route = str(body.get("endpoint", "")).removeprefix("/v1/")
    lines = _lines(data)
    if isinstance(lines, str):
        return problem(400, lines)
    batch = state.batches.add_batch(
        dialect=dialect_of(request), route=route, name=str(body["input_file_id"]), lines=lines
    )
    if batch.script.lost_response:
        assert request.transport is not None
        request.transport.abort()
    shown = _shown(state, batch)
    return web.json_response({"job": shown} if batch.dialect == "together" else shown)


def _lines(data: bytes) -> tuple[BatchLine, ...] | str:
    """The requests of a file, or what is wrong with it."""
    found: dict[str, BatchLine] = {}
    for number, text in enumerate(data.splitlines(), 1):
        try:
            row = json.loads(text)
            line = BatchLine(custom_id=row["custom_id"], body=row["body"])
        except (ValueError, KeyError, TypeError):
            return f"line {number} is no request with custom_id and body"
        if line.custom_id in found:
            return f"line {number}: the custom_id {line.custom_id} stands twice"
        found[line.custom_id] = line
    return tuple(found.values()) if found else "the file is empty"


async def _list(request: web.Request) -> web.Response:
    state, dialect = request.app[STATE], dialect_of(request)
    rows = [_shown(state, one) for one in state.batches.batches.values() if one.dialect == dialect][::-1]
    if dialect == "together":
        return web.json_response(rows)
    after = request.query.get("after")
    start = next((at for at, row in enumerate(rows, 1) if row["id"] == after), 0)
    size = min(_PAGE, int(request.query.get("limit", _PAGE)))
    page = rows[start : start + size]
    return web.json_response({"object": "list", "data": page, "has_more": start + size < len(rows)})


def show_file_batch(request: web.Request) -> web.Response:
    """One batch."""
    state, batch = request.app[STATE], batch_of(request)
    if batch is None:
        return problem(404, "no such batch")
    return web.json_response(_shown(state, batch))


async def _cancel(request: web.Request) -> web.Response:
    state, batch = request.app[STATE], batch_of(request)
    if batch is None:
        return problem(404, "no such batch")
    state.batches.cancel(batch)
    return web.json_response(_shown(state, state.batches.batches[batch.id]))


async def _content(request: web.Request) -> web.Response:
    return content_of(request)


def content_of(request: web.Request) -> web.Response:
    """The file of results that the address names."""
    state = request.app[STATE]
    kind, _, name = request.match_info["file"].partition("-")
    batch = state.batches.batches.get(name)
    if kind not in ("output", "error") or batch is None or not state.batches.has_ended(batch):
        return problem(404, "no such file")
    rows = [one for one in answers_of(state, batch) if (one.status == 200) == (kind == "output")]
    text = b"".join(dumps(_row(state, batch, one)) + b"\n" for one in rows)
    return web.Response(body=text, content_type="application/jsonl")


def _row(state: MockState, batch: StoredBatch, answer: BatchAnswer) -> JsonObject:
    row: JsonObject = {"id": f"batch_req_{answer.custom_id[:24]}", "custom_id": answer.custom_id}
    if not answer.status:
        word = state.batches.ended_as(batch)
        said = f"This request could not be executed before the batch ended: {word}."
        return {**row, "response": None, "error": {"code": f"batch_{word}", "message": said}}
    response = {"status_code": answer.status, "request_id": answer.custom_id[:24], "body": answer.body}
    return {**row, "response": response, "error": None}


def _shown(state: MockState, batch: StoredBatch) -> JsonObject:
    has_ended, total = state.batches.has_ended(batch), len(batch.lines)
    shown: JsonObject = {
        "id": batch.id,
        "object": "batch",
        "endpoint": f"/v1/{batch.route}",
        "input_file_id": batch.name,
        "completion_window": "24h",
        "created_at": int(batch.created_at.timestamp()),
        "request_counts": {"total": total, "completed": state.batches.processed(batch), "failed": 0},
        "status": "in_progress",
    }
    if has_ended:
        word = state.batches.ended_as(batch)
        shown["status"] = word
        if word == "failed":
            shown["errors"] = {"object": "list", "data": [{"code": "invalid", "message": batch.script.refused}]}
            return shown
        answers = answers_of(state, batch)
        failed = sum(one.status not in (0, 200) for one in answers)
        completed = sum(one.status == 200 for one in answers)
        shown["request_counts"] = {"total": total, "completed": completed, "failed": failed}
        folder = "files/" if batch.dialect == "gemini_compat" else ""
        shown["output_file_id"] = f"{folder}output-{batch.id}" if completed else None
        shown["error_file_id"] = f"{folder}error-{batch.id}" if completed < len(answers) else None
    if batch.dialect == "together":
        shown["status"] = str(shown["status"]).upper()
    return shown


def batch_of(request: web.Request) -> StoredBatch | None:
    """The batch that the address names."""
    return request.app[STATE].batches.batches.get(request.match_info["batch"])


def dialect_of(request: web.Request) -> str:
    """The dialect that the address names; OpenAI's without one."""
    return request.match_info.get("dialect") or "openai"


def problem(status: int, message: str) -> web.Response:
    """An error as most providers send it."""
    return web.json_response({"error": {"message": message, "type": "invalid_request_error"}}, status=status)
