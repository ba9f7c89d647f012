"""Base addresses of providers: which are accepted, and how one is written in ASCII, as HTTP sends it.

The one query accepted is `api-version`, which Azure requires (Microsoft's page "Azure OpenAI REST API reference",
read 2026-11): addresses are stored with every run, and queries are where some APIs take their key.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

QUERY = frozenset({"api-version"})
_SAFE = "/%:!$&'()*+,;=~-._"


def is_address(text: str) -> bool:
    """Whether `text` is an http address without variables, name, password, fragment, or any query but `api-version`."""
    try:
        parts = urlsplit(text)
        has_port = parts.port != 0
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:  # a port that is no number up to 65535, a query that is no list of names and values
        return False
    is_plain = has_port and bool(parts.hostname) and text.isprintable() and not set(" @#") & set(text)
    return parts.scheme in {"http", "https"} and is_plain and all(name in QUERY and value for name, value in query)


def ascii_address(address: str) -> str:
    """The address with its path percent-encoded and its host in the form that the name system knows (`xn--...`).

    Raises ValueError for a host that has another meaning in the older standard which Python's codec follows (IDNA 2003,
    where `ß` is `ss`), so that no key is sent to a host of nearly that name.
    """
    if address.isascii():
        return address
    parts = urlsplit(address)
    host = unicodedata.normalize("NFKC", parts.hostname or "").lower()
    try:
        written = host.encode("idna")
    except UnicodeError:
        written = b""
    if not written or written.decode("idna") != host:
        raise ValueError(f"the host {parts.hostname!r} must be written in its ASCII form (xn--...)")
    port = "" if parts.port is None else f":{parts.port}"
    path = quote(parts.path, safe=_SAFE)
    return urlunsplit(parts._replace(netloc=written.decode() + port, path=path, query=quote(parts.query, safe=_SAFE)))
