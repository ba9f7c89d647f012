"""Which proxy a request goes through, from the environment's `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`.

Loopback never does: a local model or a mock must be reached whatever is set. Passwords are taken from the variable
alone, never from a .netrc file that nobody named. SOCKS proxies are refused.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from harness.core.types import FailureKind
from harness.providers.transport.backend import TransportError


class Proxies:
    """Answers per address, the environment read once for each."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str | None] = {}

    def proxy_for(self, url: str) -> str | None:
        """The proxy's address, None for a direct connection. Raises TransportError for a kind that cannot be used."""
        parts = urlsplit(url)
        # Without user and password: they are no part of the place, and need not be kept in memory as a key.
        key = parts.scheme, parts.netloc.rpartition("@")[2]
        if key not in self._known:
            self._known[key] = _from_environment(parts.scheme, parts.hostname or "", key[1])
        return self._known[key]


def _from_environment(scheme: str, host: str, place: str) -> str | None:
    if is_loopback(host) or proxy_bypass(place) or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    kind = urlsplit(proxy).scheme
    if kind not in ("http", "https"):
        what = f"the environment names a {kind} proxy for {host}, which cannot be used; http and https proxies can"
        raise TransportError(FailureKind.CONNECTION_FAILED, what, was_sent=False)
    return proxy


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
