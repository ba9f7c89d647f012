"""Providers' model lists. They are asked for with a blocking client, so the server lives in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.core.errors import EXIT_CHECK_FAILED, HarnessError
from harness.core.types import FailureKind
from harness.mock.testing import running_mock
from harness.providers.model_list import ModelListError, list_models
from tests.cases import all_cases
from tests.ports import closed_port
from tests.providers.calling import KEY, job

K = FailureKind
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


@all_cases(
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
