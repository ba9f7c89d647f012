"""`harness view`: pages over run folders on 127.0.0.1, read-only.

The address holds a token that becomes a cookie; Host and Origin must be this server's, so that no page of another site
can read along (DNS rebinding). Nothing is loaded from elsewhere and no script stands in a page: the content security
policy forbids both. Sends no request to anyone.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from aiohttp import web

from harness.core.errors import HarnessError, LocalError
from harness.report.charts.page import style as chart_style
from harness.store.run_dir import RunDir, is_run_folder, run_folders
from harness.viewer.filters import Filters
from harness.viewer.index import RunIndex
from harness.viewer.pages import run_page, runs_page, waiting_page
from harness.viewer.sample_page import sample_page
from harness.viewer.samples_page import samples_page

HOST = "127.0.0.1"
COOKIE = "harness_view"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_SAMPLES = 50
_STATIC = {"viewer.css": ("text/css", ("viewer.css",)), "viewer.js": ("text/javascript", ("pages.js", "live.js"))}
"""Each served file: its type, and the files of the folder static that it is made of."""
Number = TypeVar("Number", int, float)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True)
class Viewer:
    """The runs that are shown, by name, and the token that opens them."""

    runs: Sequence[Path]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    port: int = 0
    _indexes: dict[str, RunIndex] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        """Where to open it, token included."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def folders(self) -> dict[str, Path]:
        """Run folders by name: those given, and those directly below a given folder that is none."""
        found: dict[str, Path] = {}
        for path in self.runs:
            for folder in [path] if is_run_folder(path) else run_folders(path):
                found.setdefault(folder.resolve().name, folder)
        return found

    def index(self, name: str) -> RunIndex:
        """The index of a run, made or refreshed. Raises HTTPNotFound for none, LocalError for a damaged run."""
        folder = self.folders().get(name)
        if folder is None:
            raise web.HTTPNotFound(text=f"no run {name!r} here")
        with self._lock:
            if name not in self._indexes:
                self._indexes[name] = RunIndex(RunDir.open(folder))
        self._indexes[name].refresh()
        return self._indexes[name]

    def close(self) -> None:
        """Give up what was opened."""
        for index in self._indexes.values():
            index.close()


VIEWER: web.AppKey[Viewer] = web.AppKey("viewer", Viewer)


def make_app(viewer: Viewer) -> web.Application:
    """The application: every route, behind the checks of `_guard`."""
    app = web.Application(middlewares=[_guard], client_max_size=0)
    app[VIEWER] = viewer
    app.router.add_get("/", _runs)
    app.router.add_get("/static/{name}", _static)
    app.router.add_get("/run/{run}", _run)
    app.router.add_get("/run/{run}/version", _version)
    app.router.add_get("/run/{run}/samples", _samples)
    app.router.add_get("/run/{run}/sample/{task}/{sample}", _sample)
    app.router.add_get("/run/{run}/raw/{task}/{sample}/{number}/{field}", _raw)
    return app


async def serve(viewer: Viewer, *, port: int, ready: Callable[[Viewer], None]) -> None:
    """Serve until cancelled; `ready` is told once the port is known. Raises LocalError where it is taken."""
    runner = web.AppRunner(make_app(viewer), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise LocalError(
            f"cannot listen on {HOST}:{port}: {error.strerror or error}; --port 0 takes a free one"
        ) from error
    viewer.port = runner.addresses[0][1]
    try:
        ready(viewer)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
        viewer.close()


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    viewer = request.app[VIEWER]
    own = {f"{HOST}:{viewer.port}", f"localhost:{viewer.port}"}
    if request.host not in own:
        raise web.HTTPForbidden(text="another host")
    origin = request.headers.get("Origin")
    if origin is not None and origin not in {f"http://{host}" for host in own}:
        raise web.HTTPForbidden(text="another origin")
    given = request.query.get("token", "")
    held = request.cookies.get(COOKIE, "")
    if given and hmac.compare_digest(given, viewer.token):
        target = request.rel_url.with_query([(name, value) for name, value in request.query.items() if name != "token"])
        response = web.HTTPFound(str(target))
        response.set_cookie(COOKIE, viewer.token, httponly=True, samesite="Strict", path="/")
        return _with_headers(response)
    if not hmac.compare_digest(held, viewer.token):
        raise web.HTTPForbidden(text="open the address that harness view printed: it holds a token")
    try:
        return _with_headers(await handler(request))
    except HarnessError as error:  # a run that cannot be read
        return _with_headers(web.Response(status=500, text=str(error)))


def _with_headers(response: web.StreamResponse) -> web.StreamResponse:
    response.headers.update(
        {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
    )
    return response


def _page(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def _index(request: web.Request) -> RunIndex:
    return await asyncio.to_thread(request.app[VIEWER].index, request.match_info["run"])


async def _runs(request: web.Request) -> web.Response:
    return _page(await asyncio.to_thread(runs_page, request.app[VIEWER].folders()))


async def _run(request: web.Request) -> web.Response:
    index = await _index(request)
    return _page(await asyncio.to_thread(run_page, index))


async def _version(request: web.Request) -> web.Response:
    index = await _index(request)
    return web.json_response({"version": await asyncio.to_thread(lambda: index.version)})


async def _samples(request: web.Request) -> web.Response:
    index = await _index(request)
    filters = filters_of(request)
    page = max(1, _number(request, "page", int) or 1)
    return _page(await asyncio.to_thread(samples_page, index, filters, page=page, size=PAGE_SAMPLES))


async def _sample(request: web.Request) -> web.Response:
    index = await _index(request)
    task, sample = request.match_info["task"], request.match_info["sample"]
    shown = tuple(request.query.getall("show", []))
    text = await asyncio.to_thread(sample_page, index, task, sample, filters_of(request), shown=shown)
    if text is None and not index.built_from:
        return _page(waiting_page(index.run.name, index.progress.text()))
    if text is None:
        raise web.HTTPNotFound(text=f"no sample {sample!r} of {task!r} in this run")
    return _page(text)


async def _raw(request: web.Request) -> web.Response:
    index = await _index(request)
    name = request.match_info["field"]
    details = await asyncio.to_thread(index.details, request.match_info["task"], request.match_info["sample"])
    number = request.match_info["number"]
    if name not in ("text", "reasoning", "prompt") or not number.isdecimal() or int(number) >= len(details):
        raise web.HTTPNotFound(text="no such text")
    file = f"attachment; filename*=UTF-8''{quote(request.match_info['sample'])}-{name}.txt"
    text = str(details[int(number)][name] or "")
    return web.Response(text=text, content_type="text/plain", charset="utf-8", headers={"Content-Disposition": file})


async def _static(request: web.Request) -> web.Response:
    found = _STATIC.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound(text="no such file")
    kind, names = found
    text = "".join(files("harness.viewer").joinpath("static", name).read_text(encoding="utf-8") for name in names)
    text += chart_style() if kind == "text/css" else ""
    return web.Response(text=text, content_type=kind, charset="utf-8")


def filters_of(request: web.Request) -> Filters:
    """The filters of an address; what cannot be read as a number is left out."""
    query = request.query
    return Filters(
        task=query.get("task", ""),
        model=query.get("model", ""),
        state=query.get("state", ""),
        search=query.get("search", "").strip(),
        min_usd=_number(request, "min_usd", float),
        min_tokens=_number(request, "min_tokens", int),
        disagree=query.get("disagree", "") == "1",
        sort=query.get("sort", "order"),
    )


def _number(request: web.Request, name: str, kind: Callable[[str], Number]) -> Number | None:
    try:
        return kind(request.query.get(name, ""))
    except ValueError:
        return None
