"""The address of a Ray cluster before Ray is asked: its form, whether a cluster listens there and asks for a token.

Ray itself waits half a minute and more, and then says that it cannot connect, whatever is wrong.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from harness.core.errors import LocalError, UsageError

CONNECT_S = 5.0
MODE = "RAY_AUTH_MODE"
TOKENS = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
TOKEN_FILE = Path(".ray", "auth_token")
"""Below the home folder. The names and this place: Ray, "Ray token authentication", read November 2026."""
NO_CLUSTER = "Could not find any running Ray instance"
"""Ray's words for `auto` where no cluster runs; found with Ray 2.60."""
_SERVICES = ("/ray.rpc.NodeInfoGcsService/GetClusterId", "/ray.rpc.RayletDriver/ClusterInfo")
"""What a head answers at HOST:PORT, and at ray://HOST:PORT, to whoever has the token; found with Ray 2.60."""


def check_address(address: str) -> None:
    """Raises UsageError for another form than HOST:PORT or ray://HOST:PORT, LocalError where Ray could not connect."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"--ray-address takes auto, HOST:PORT or ray://HOST:PORT, not {address!r}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise LocalError(
            f"no Ray cluster answers at {address}: {error}; accepted: auto, HOST:PORT of a head (6379 as Ray starts "
            "it) or ray://HOST:PORT of its client server (10001)"
        ) from error
    if asks_for_token(address) and (lack := _lack_of_token()) is not None:
        raise LocalError(token_needed(address, lack))


def asks_for_token(address: str) -> bool:
    """Whether the cluster refuses a request without a token; also False where it is not known."""
    import grpc  # of Ray's

    service = _SERVICES[address.startswith("ray://")]
    with grpc.insecure_channel(address.removeprefix("ray://")) as channel:
        try:
            channel.unary_unary(service)(b"", timeout=CONNECT_S)
        except grpc.RpcError as error:
            return bool(error.code() is grpc.StatusCode.UNAUTHENTICATED)
    return False


def why_unreachable(address: str | None, error: BaseException) -> str:
    """What to say of a cluster that Ray did not connect to. `address` None: one was to be started here."""
    said = re.sub(r"\s+", " ", str(error)).strip() or type(error).__name__
    if address is None:
        return f"cannot start a Ray cluster on this machine: {said}"
    if address == "auto" and NO_CLUSTER in said:  # Ray names options of its own command
        return (
            "no Ray cluster runs on this machine; accepted: --ray-address HOST:PORT or ray://HOST:PORT of one that "
            "runs elsewhere, or no --ray-address, which starts one here for the run"
        )
    place = re.search(r" at (\S+:\d+)", said) if address == "auto" else None
    if asks_for_token(place[1]) if place is not None else (address != "auto" and asks_for_token(address)):
        return token_needed(address, _lack_of_token() or "it refused the one of this environment")
    return f"cannot reach the Ray cluster at {address}: {said}"


def _lack_of_token() -> str | None:
    """Why Ray would send no token from here; None where it has one, right or not. The token itself is not read."""
    mode = os.environ.get(MODE, "").lower()
    if mode == "disabled":
        return f"{MODE}=disabled is set here"
    has_token = any(os.environ.get(name) for name in TOKENS) or (Path.home() / TOKEN_FILE).exists()
    return None if has_token else "this environment has none"


def token_needed(address: str, found: str) -> str:
    """The message for a cluster that asks for a token."""
    return (
        f"the Ray cluster at {address} asks for a token, and {found}. Accepted: {MODE}=token with the cluster's token "
        f"in {' or '.join(f'${name}' for name in TOKENS)} (a file), or in ~/{TOKEN_FILE}; each node needs it too"
    )
