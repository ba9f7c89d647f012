"""The openai package as a backend."""

from __future__ import annotations

import asyncio

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Completion, EndpointLimits, FailureKind
from harness.mock.testing import running_mock
from harness.providers.format.wire_types import WireRequest
from harness.providers.transport.openai_backend import make
from harness.providers.transport.timing import Stopwatch
from tests.providers.calling import KEY, Visit, all_pieces, answer_stream, calling, job, one_attempt, raw_server
from tests.providers.conftest import ACCOUNT

K = FailureKind


def seen_by_server(headers: dict[str, str], body: bytes = b"{}") -> Visit:
    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> Visit:
        async with raw_server(good) as server:
            backend = make()
            request = WireRequest(url=f"{server.url}/chat?api-version=1", headers=headers, body=body, effective={})
            async with backend.open(request, EndpointLimits(), Stopwatch(SYSTEM_CLOCK, None)) as exchange:
                assert exchange.status == 200
                assert b"".join([data for _, data in await all_pieces(exchange)]).endswith(b"[DONE]\n\n")
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
