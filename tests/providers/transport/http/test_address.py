"""Addresses as a connection and a request line need them."""

from __future__ import annotations

import pytest

from harness.core.types import FailureKind
from harness.providers.transport.backend import TransportError
from harness.providers.transport.http.address import parse_address
from tests.cases import all_cases


@all_cases(
    ("url", "authority", "path"),
    [
        ("http://a.example/v1", "a.example", "/v1"),
        ("HTTPS://A.example:443/v1", "a.example", "/v1"),
        ("https://a.example:8443/v1?x=1&y=%20", "a.example:8443", "/v1?x=1&y=%20"),
        ("http://[::1]:80", "[::1]", "/"),
        ("http://[::1]:8000/a b", "[::1]:8000", "/a%20b"),
        ("http://bücher.example/ü", "xn--bcher-kva.example", "/%C3%BC"),
        ("http://a.example/v1#part", "a.example", "/v1"),
    ],
)
def test_parts_of_an_address(url: str, authority: str, path: str) -> None:
    address = parse_address(url)
    assert (address.place.authority, address.path) == (authority, path)


def test_user_of_an_address_becomes_a_field() -> None:
    # base64 of "me:p@ss" by hand: bWU6cEBzcw==
    assert parse_address("http://me:p%40ss@a.example/").credentials == "Basic bWU6cEBzcw=="
    assert parse_address("http://a.example/").credentials is None


@all_cases("url", ["ftp://a.example/", "http:///v1", "a.example/v1", "http://a:port/", "http://[::1/"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(TransportError) as caught:
        parse_address(url)
    assert (caught.value.kind, caught.value.was_sent) == (FailureKind.BAD_REQUEST, False)
