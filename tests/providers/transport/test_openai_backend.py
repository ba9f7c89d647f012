"""The openai package as a backend, and providers' model lists through it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import EXIT_CHECK_FAILED, HarnessError
from harness.core.types import Completion, EndpointLimits, FailureKind
from harness.mock.testing import running_mock
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.openai_backend import ModelListError, list_models, make
from harness.providers.transport.timing import Stopwatch
from tests.providers.calling import KEY, Visit, answer_stream, calling, closed_port, job, one_attempt, raw_server

K = FailureKind
ACCOUNT = {
    "OPENAI_API_KEY": "sk-from-the-environment",
    "OPENAI_ADMIN_KEY": "sk-admin-from-the-environment",
    "OPENAI_ORG_ID": "org-from-the-environment",
    "OPENAI_PROJECT_ID": "proj-from-the-environment",
    "OPENAI_BASE_URL": "http://elsewhere.invalid/v1",
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's environment, of which nothing may reach another provider."""
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


def seen_by_server(headers: dict[str, str], body: bytes = b"{}") -> Visit:
    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> Visit:
        async with raw_server(good) as server:
            backend = make()
            request = WireRequest(url=f"{server.url}/chat?api-version=1", headers=headers, body=body, effective={})
            async with backend.open(request, EndpointLimits(), Stopwatch(SYSTEM_CLOCK, None)) as exchange:
                assert exchange.status == 200
                assert b"".join([data async for _, data in exchange.pieces]).endswith(b"[DONE]\n\n")
            await backend.close()
            return server.visits[0]

    return asyncio.run(run())


@pytest.mark.usefixtures("account")
def test_body_and_headers_are_ours_and_nobody_is_named() -> None:
    body = '{"model":"m","text":"naïve \\u2028 𝄞","n":1e-7}'.encode()
    visit = seen_by_server({"content-type": "application/json", "authorization": f"Bearer {KEY}", "x-own": "1"}, body)
    assert visit.body == body
    assert visit.head.startswith(b"POST /v1/chat?api-version=1 HTTP/1.1\r\n")
    names = [name for name, _ in visit.headers]
    headers = dict(visit.headers)
    assert len(names) == len(set(names))
    assert (headers["authorization"], headers["x-own"]) == (f"Bearer {KEY}", "1")
    assert headers["accept-encoding"] == "identity"
    assert [value for value in ACCOUNT.values() if value.encode() in visit.head] == []


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("headers", [{}, {"x-api-key": KEY}])
def test_no_key_in_our_headers_means_none_is_sent(headers: dict[str, str]) -> None:
    sent = dict(seen_by_server(headers).headers)
    assert "authorization" not in sent
    assert sent.get("x-api-key") == headers.get("x-api-key")


def test_works_without_any_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    async def run() -> None:
        async with running_mock() as mock, calling("openai") as caller:
            wanted = job(mock.base_url("openai"), backend="openai", api_key_env=None)
            assert isinstance(await one_attempt(caller, wanted), Completion)
            assert "authorization" not in mock.requests[0].headers

    asyncio.run(run())


def test_both_backends_read_the_same_answer_from_the_same_draw() -> None:
    async def run() -> None:
        answers = []
        async with running_mock() as mock:
            for backend in ("http", "openai"):
                async with calling(backend) as caller:
                    wanted = job(mock.base_url("openai"), backend=backend, simulated=True)
                    answers.append(await one_attempt(caller, wanted))
            bodies = {request.body for request in mock.requests}
        first, second = answers
        assert isinstance(first, Completion)
        assert isinstance(second, Completion)
        assert len(bodies) == 1
        assert (first.text, first.usage, first.request_id) == (second.text, second.usage, second.request_id)

    asyncio.run(run())


def test_its_own_retries_are_off() -> None:
    async def run() -> None:
        async with running_mock() as mock, calling("openai") as caller:
            mock.script([{"status": 500, "times": 5}])
            await one_attempt(caller, job(mock.base_url("openai"), backend="openai"))
            assert len(mock.requests) == 1

    asyncio.run(run())


def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://proxy.invalid:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    assert seen_by_server({}).head


def test_the_client_alone_does_not_import_the_package() -> None:
    code = (
        "import sys, harness.providers.client, harness.providers.transport.http_backend; print('openai' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


# Model lists: asked with a blocking client, so the server lives in a thread

Pages = dict[str, tuple[int, object]]


class _Lister(BaseHTTPRequestHandler):
    pages: Pages
    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        after = parse_qs(urlsplit(self.path).query).get("after_id", [""])[0]
        status, document = self.pages[after]
        body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def listing(pages: Pages) -> Iterator[tuple[str, list[dict[str, str]]]]:
    seen: list[dict[str, str]] = []
    handler = type("Lister", (_Lister,), {"pages": pages, "seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1", seen
        finally:
            server.shutdown()
            thread.join()


def rows(*ids: str) -> list[object]:
    return [{"id": name, "object": "model"} for name in ids]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("pages", "ids", "asked"),
    [
        ({"": (200, {"object": "list", "data": rows("a", "b")})}, ["a", "b"], 1),
        ({"": (200, rows("a", "b"))}, ["a", "b"], 1),  # Together sends the bare array
        ({"": (200, {"data": []})}, [], 1),
        ({"": (200, {"data": [*rows("a"), {"name": "no id"}, "text", {"id": 7}]})}, ["a"], 1),
        (
            {
                "": (200, {"data": rows("a", "b"), "has_more": True, "last_id": "b"}),
                "b": (200, {"data": rows("c"), "has_more": False, "last_id": "c"}),
            },
            ["a", "b", "c"],
            2,
        ),
    ],
)
def test_models_are_listed_over_all_pages(pages: Pages, ids: list[str], asked: int) -> None:
    with listing(pages) as (url, seen):
        assert list_models(job(url).endpoint, KEY) == ids
    assert len(seen) == asked
    assert seen[0]["path"] == "/v1/models"
    assert seen[0]["authorization"] == f"Bearer {KEY}"
    assert "openai-organization" not in seen[0]


def test_list_that_never_ends_ends() -> None:
    endless: Pages = {name: (200, {"data": rows("a"), "has_more": True}) for name in ("", "a")}
    with listing(endless) as (url, seen):
        assert set(list_models(job(url).endpoint, KEY)) == {"a"}
    assert len(seen) == 50


def test_key_goes_where_the_dialect_wants_it() -> None:
    with listing({"": (200, {"data": rows("claude")})}) as (url, seen):
        endpoint = job(f"{url}/messages", dialect="anthropic_messages").endpoint
        assert list_models(endpoint, KEY) == ["claude"]
    assert seen[0]["path"] == "/v1/models"
    assert seen[0]["x-api-key"] == KEY
    assert "anthropic-version" in seen[0]
    assert "authorization" not in seen[0]


@pytest.mark.parametrize("key", [None, ""])
@pytest.mark.usefixtures("account")
def test_list_is_asked_for_without_a_key(key: str | None) -> None:
    with listing({"": (200, {"data": rows("a")})}) as (url, seen):
        assert list_models(job(url).endpoint, key) == ["a"]
    assert "authorization" not in seen[0]


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (
            (401, {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}),
            K.UNAUTHORIZED,
        ),
        ((404, "nothing here"), K.NOT_FOUND),
        ((500, f"oh {KEY}"), K.SERVER_ERROR),
        ((307, ""), K.REDIRECTED),
        ((200, "<html>welcome</html>"), K.MALFORMED_RESPONSE),
        ((200, {"models": []}), K.MALFORMED_RESPONSE),
        ((200, ""), K.MALFORMED_RESPONSE),
    ],
)
def test_bad_list_is_an_error_with_its_cause_and_no_key(page: tuple[int, object], kind: FailureKind) -> None:
    with listing({"": page}) as (url, _), pytest.raises(HarnessError) as caught:
        list_models(job(url).endpoint, KEY)
    assert isinstance(caught.value, ModelListError)
    assert caught.value.kind is kind
    assert str(caught.value).startswith(f"{kind.value}: ")
    assert caught.value.exit_code == EXIT_CHECK_FAILED
    assert KEY not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://no-such-host.invalid/v1", K.DNS),
        ("http://127.0.0.1:{port}/v1", K.CONNECTION_FAILED),
        ("ftp://a/v1", K.BAD_REQUEST),
    ],
)
def test_unreachable_list_is_an_error_with_its_cause(url: str, kind: FailureKind) -> None:
    with pytest.raises(ModelListError) as caught:
        list_models(job(url.format(port=closed_port())).endpoint, KEY)
    assert caught.value.kind is kind


def test_list_of_the_mock_is_read() -> None:
    async def run() -> list[str]:
        async with running_mock() as mock:
            return await asyncio.to_thread(list_models, job(mock.base_url("openai")).endpoint, KEY)

    assert asyncio.run(run()) == ["mock-model"]
