"""Servers that should run on this machine: whether they answer, and whether what answers is the mock.

A mock that somebody started by hand and pointed an entry of their own at would look like a live model; its answers say
what they are. Only this machine's own addresses are probed, because the mock listens nowhere else.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import SplitResult, quote, urlsplit

from harness.core.errors import LocalError
from harness.core.labels import is_simulated
from harness.core.types import Endpoint

_ANSWERS_WITHIN_S = 3.0
"""For a connection on this machine: one that is not there is refused at once, a stopped one would never answer."""
_PATH_CHARACTERS = "/%:@!$&'()*+,;=~"
"""What stays as it is in a path (RFC 3986); anything else, such as Chinese, is sent percent-encoded."""


def unreachable_servers(endpoints: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """The endpoints, marked simulated where a mock answers.

    Raises LocalError when a server that should run on this machine does not answer.
    """
    return tuple(endpoint if endpoint.starts_with_run else _reached(endpoint) for endpoint in endpoints)


def _reached(endpoint: Endpoint) -> Endpoint:
    address = urlsplit(endpoint.base_url)
    if address.hostname is None or not _is_here(address.hostname):
        return endpoint
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname, port), timeout=_ANSWERS_WITHIN_S).close()
    except OSError as error:
        hint = "; start it with: harness local up" if endpoint.provider == "local" else ""
        raise LocalError(
            f"{endpoint.label}: nothing answers at {endpoint.base_url} ({error.strerror or error}){hint}"
        ) from None
    return replace(endpoint, simulated=endpoint.simulated or _is_mock(address, port))


def _is_here(host: str) -> bool:
    """Whether the name or number of a host means this machine; no name is looked up."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or host == socket.gethostname().lower()
    return number.is_loopback or number.is_unspecified


def _is_mock(address: SplitResult, port: int) -> bool:
    """Whether the list of models there comes with the mock's header; no answer is no."""
    if address.scheme != "http" or address.hostname is None:
        return False  # the mock speaks no TLS
    asked = http.client.HTTPConnection(address.hostname, port, timeout=_ANSWERS_WITHIN_S)
    try:
        asked.request("GET", f"{quote(address.path.rstrip('/'), safe=_PATH_CHARACTERS)}/models")
        return is_simulated(name.lower() for name in asked.getresponse().headers)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
