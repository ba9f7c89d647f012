"""Which requests go through a proxy of the environment."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from harness.core.types import Completion
from harness.providers.transport.backend import TransportError
from harness.providers.transport.proxies import Proxies, is_loopback
from tests.cases import all_cases
from tests.providers.calling import (
    KEY,
    Visit,
    answer_stream,
    calling,
    job,
    one_attempt,
    raw_server,
    self_signed,
)


def test_other_addresses_go_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def proxy(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> Visit:
        async with raw_server(proxy) as server, calling() as caller:
            monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.port}")
            assert isinstance(await one_attempt(caller, job("http://provider.invalid/v1")), Completion)
            return server.visits[0]

    assert asyncio.run(run()).head.startswith(b"POST http://provider.invalid/v1/chat/completions HTTP/1.1\r\n")


def test_tls_goes_through_the_tunnel_of_a_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()

    async def run() -> None:
        context = self_signed(tmp_path)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        async with raw_server(good, ssl_context=context) as behind:

            async def tunnel(visit: Visit) -> None:
                assert visit.head.startswith(b"CONNECT provider.invalid:443 ")
                assert KEY.encode() not in visit.head
                reader, writer = await asyncio.open_connection("127.0.0.1", behind.port)
                await visit.send(b"HTTP/1.1 200 Connected\r\n\r\n")
                try:
                    await asyncio.gather(pump(visit.reader, writer), pump(reader, visit.writer))
                finally:
                    writer.close()

            async with raw_server(tunnel) as proxy, calling(ssl_context=trusting) as caller:
                monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
                answer = await one_attempt(caller, job("https://provider.invalid/v1"))
        assert isinstance(answer, Completion), answer
        assert answer.timing.ttft_s is not None
        assert answer.timing.waits["connect"] > 0

    asyncio.run(run())


def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> None:
        async with raw_server(good) as server, calling() as caller:
            assert isinstance(await one_attempt(caller, job(server.url)), Completion)

    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://proxy.invalid:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    asyncio.run(run())


def test_password_file_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login somebody password planted\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> Visit:
        async with raw_server(good) as server, calling() as caller:
            await one_attempt(caller, job(server.url, api_key_env=None))
            return server.visits[0]

    assert "authorization" not in dict(asyncio.run(run()).headers)


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "https://a.example/v1", None),
        ({"https_proxy": "http://p:1"}, "https://a.example/v1", "http://p:1"),
        ({"https_proxy": "p:1"}, "https://a.example/v1", "http://p:1"),
        ({"https_proxy": "http://p:1"}, "http://a.example/v1", None),
        ({"all_proxy": "http://p:1"}, "http://a.example/v1", "http://p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "a.example"}, "https://a.example/v1", None),
        ({"https_proxy": "http://p:1", "no_proxy": "b.example"}, "https://a.example/v1", "http://p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "a.example:8443"}, "https://a.example:8443/v1", None),
        ({"https_proxy": "http://p:1"}, "https://127.0.0.9:8443/v1", None),
        ({"https_proxy": "http://p:1"}, "https://[::1]:8443/v1", None),
        ({"https_proxy": "http://p:1"}, "https://localhost/v1", None),
    ],
)
def test_proxy_of_an_address(
    environ: dict[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert Proxies().proxy_for(url) == proxy


def test_socks_proxy_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://user:hidden@p:1")
    with pytest.raises(TransportError, match=r"socks5 proxy for a\.example") as caught:
        Proxies().proxy_for("https://a.example/v1")
    assert "hidden" not in str(caught.value)


@all_cases(
    ("host", "verdict"),
    [("localhost", True), ("x.localhost", True), ("127.8.8.8", True), ("::1", True), ("10.0.0.1", False), ("a", False)],
)
def test_loopback_is_told_from_other_hosts(host: str, verdict: bool) -> None:
    assert is_loopback(host) is verdict
