"""Google's Files API, as far as batches need it: a resumable upload in one piece, and downloads."""

from __future__ import annotations

from aiohttp import web

from harness.mock.batches.file_pages import content_of, delete_file, problem
from harness.mock.state import STATE


def add_google_pages(app: web.Application) -> None:
    """The routes beside the versions of the API."""
    app.router.add_post("/{dialect}/upload/v1beta/files", _upload)
    app.router.add_delete("/{dialect}/v1beta/files/{file}", _delete)
    app.router.add_get("/{dialect}/download/v1beta/files/{file:[^:]+}:download", _download)


async def _upload(request: web.Request) -> web.Response:
    command = request.headers.get("x-goog-upload-command", "")
    if command == "start":
        url = str(request.url.with_query(upload_id="1"))
        return web.json_response({}, headers={"x-goog-upload-url": url})
    if command != "upload, finalize" or "upload_id" not in request.query:
        return problem(400, f"the mock takes uploads in one piece, not {command!r}")
    file_id = request.app[STATE].batches.add_file(await request.read())
    return web.json_response({"file": {"name": f"files/{file_id}"}})


async def _delete(request: web.Request) -> web.Response:
    return delete_file(request)


async def _download(request: web.Request) -> web.Response:
    return content_of(request)
