"""What is said of an address before Ray is asked; the cluster that asks for a token is a gRPC server of the test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import LocalError, UsageError
from harness.run.distributed.ray_address import MODE, TOKENS, check_address, why_unreachable

SECRET = "0123456789abcdef" * 4


@contextlib.contextmanager
def head() -> Iterator[str]:
    """The address of a server that answers as the head of a cluster in token mode does (Ray 2.60)."""
    import grpc

    class Refusal(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
        def service(self, details: Any) -> Any:
            def refuse(request: bytes, context: Any) -> None:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "InvalidAuthToken")

            return grpc.unary_unary_rpc_method_handler(refuse)

    with ThreadPoolExecutor(1) as threads:
        server = grpc.server(threads, handlers=(Refusal(),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield f"127.0.0.1:{port}"
        server.stop(None).wait()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_a_cluster_that_asks_for_a_token_is_explained(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("grpc")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (MODE, *TOKENS):
        monkeypatch.delenv(name, raising=False)
    with head() as place:
        address = f"{scheme}{place}"
        with pytest.raises(LocalError, match=r"asks for a token, and this environment has none. Accepted"):
            check_address(address)
        monkeypatch.setenv("RAY_AUTH_TOKEN", SECRET)
        check_address(address)  # Ray tries it
        said = why_unreachable(address, ConnectionError("ray client connection timeout"))
        assert "it refused the one of this environment" in said
        assert SECRET not in said
        assert "it refused the one" in why_unreachable("auto", ConnectionError(f"Failed to connect at {place}\n"))
        monkeypatch.setenv(MODE, "disabled")
        with pytest.raises(LocalError, match="RAY_AUTH_MODE=disabled is set here"):
            check_address(address)


def test_all_that_ray_said_is_passed_on() -> None:
    error = RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 2.50.0\n    Python: 3.12")
    assert why_unreachable("auto", error) == (
        "cannot reach the Ray cluster at auto: Version mismatch: The cluster was started with: Ray: 2.50.0 Python: 3.12"
    )
    assert why_unreachable(None, OSError()) == "cannot start a Ray cluster on this machine: OSError"


@pytest.mark.parametrize("address", ["here", "ray://", "host:port"])
def test_another_form_is_named(address: str) -> None:
    with pytest.raises(UsageError, match=r"--ray-address takes auto, HOST:PORT or ray://HOST:PORT"):
        check_address(address)


def test_auto_without_a_cluster_names_the_options_of_this_command() -> None:
    error = ConnectionError("Could not find any running Ray instance. Please specify the one by setting `--address`.")
    said = why_unreachable("auto", error)
    assert said.startswith("no Ray cluster runs on this machine; accepted: --ray-address HOST:PORT")
    assert "`--address`" not in said
