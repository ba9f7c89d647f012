"""Whose certificates are trusted."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import LocalError
from harness.core.types import Attempt, Completion, Failure, FailureKind
from harness.providers.backends import make_backend
from harness.providers.client import ClientContext
from harness.providers.model_list import ModelListError, list_models
from harness.providers.transport.trust import bundle_context
from tests.providers.calling import (
    BACKENDS,
    KEY,
    Visit,
    answer_stream,
    job,
    one_attempt,
    raw_server,
    self_signed,
    whole,
)


@pytest.fixture(autouse=True)
def _no_other_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def ask(backend: str, folder: Path) -> tuple[Attempt, list[str] | Exception]:
    """One attempt at a server with a certificate of its own, and the models that it lists."""

    async def answer(visit: Visit) -> None:
        is_list = visit.head.startswith(b"GET ")
        await visit.send(whole(b'{"data": [{"id": "a"}]}') if is_list else answer_stream())

    async def run() -> tuple[Attempt, list[str] | Exception]:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the server's side of a refused handshake
        async with raw_server(answer, ssl_context=self_signed(folder)) as server:
            wanted = job(f"https://127.0.0.1:{server.port}/v1", backend=backend)
            mover = make_backend(backend)
            caller = ClientContext(backends={backend: mover}, keys={"PLANTED_KEY": KEY}, clock=SYSTEM_CLOCK)
            try:
                made = await one_attempt(caller, wanted)
                listed = await asyncio.to_thread(list_models, wanted.endpoint, KEY)
            except ModelListError as error:
                return made, error
            finally:
                await mover.close()
            return made, listed

    return asyncio.run(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_bundle_of_the_environment_is_trusted(backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "cert.pem"))
    made, listed = ask(backend, tmp_path)
    assert isinstance(made, Completion), made
    assert listed == ["a"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_without_a_bundle_it_is_refused(backend: str, tmp_path: Path) -> None:
    made, listed = ask(backend, tmp_path)
    assert isinstance(made, Failure)
    assert made.kind is FailureKind.TLS
    assert isinstance(listed, ModelListError)


def test_bundle_alone_is_trusted_and_with_openssls_variable_both_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        self_signed(tmp_path / name)
    environ = {"REQUESTS_CA_BUNDLE": str(tmp_path / "one" / "cert.pem")}
    alone = bundle_context(environ)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "two" / "cert.pem"))  # OpenSSL looks at the process's own
    both = bundle_context({**environ, "SSL_CERT_FILE": str(tmp_path / "two" / "cert.pem")})
    assert alone is not None
    assert both is not None
    assert (len(alone.get_ca_certs()), len(both.get_ca_certs())) == (1, 2)


def test_no_variable_means_the_libraries_own_trust() -> None:
    assert bundle_context({}) is None
    assert bundle_context({"REQUESTS_CA_BUNDLE": ""}) is None


def test_bundle_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"REQUESTS_CA_BUNDLE names .*gone\.pem, which does not exist"):
        bundle_context({"REQUESTS_CA_BUNDLE": str(tmp_path / "gone.pem")})
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(LocalError, match="holds no certificates"):
        bundle_context({"REQUESTS_CA_BUNDLE": str(tmp_path / "empty.pem")})


def test_bundle_may_be_a_folder(tmp_path: Path) -> None:
    context = bundle_context({"REQUESTS_CA_BUNDLE": str(tmp_path)})
    assert isinstance(context, ssl.SSLContext)
