"""What of an address a connection and a request line need."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from harness.core.types import FailureKind
from harness.providers.transport.backend import TransportError

_PORTS = {"http": 80, "https": 443}
_KEPT = "/:?#[]@!$&'()*+,;=-._~%"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection leads: scheme, host and port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """`host:port`, the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed address. `credentials`: the value of a Basic authorization field, where the address holds a user."""

    place: Place
    path: str
    credentials: str | None


def parse_address(url: str) -> Address:
    """The parts of an http or https address. Raises TransportError for any other."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        scheme, host, port = "", "", None
    if scheme not in _PORTS or not host:
        raise TransportError(FailureKind.BAD_REQUEST, "the address is not one of HTTP", was_sent=False)
    path = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    place = Place(scheme, host, _PORTS[scheme] if port is None else port)
    return Address(place, path, _basic(parts.username, parts.password))


def _basic(user: str | None, password: str | None) -> str | None:
    if user is None:
        return None
    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
