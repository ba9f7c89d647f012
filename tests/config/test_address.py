"""Base addresses: which are accepted and how they are sent."""

from __future__ import annotations

import pytest

from harness.config.address import ascii_address, is_address
from tests.cases import all_cases


@all_cases(
    "text",
    [
        "https://api.example.com/v1",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/v1",
        "https://me.openai.azure.com/openai/deployments/gpt-5?api-version=2024-10-21",
        "https://me.openai.azure.com/openai/v1/?api-version=preview",
        "http://127.0.0.1/模型/v1",
        "http://例え.jp/v1",
    ],
)
def test_accepted(text: str) -> None:
    assert is_address(text)


@all_cases(
    "text",
    [
        "ftp://a/v1",
        "api.example.com/v1",
        "http://",
        "http://a:0/v1",
        "http://a:99999/v1",
        "http://me:word@a/v1",
        "http://a/v1#part",
        "http://a/v 1",
        "http://a/v1?key=sk-1",
        "http://a/v1?api-version=1&key=sk-1",
        "http://a/v1?api-version",
        "http://a/v1?api-version=",
        "http://a/v1?sk-1",
    ],
)
def test_refused(text: str) -> None:
    assert not is_address(text)


@all_cases(
    ("text", "sent"),
    [
        ("https://api.example.com/v1?api-version=1", "https://api.example.com/v1?api-version=1"),
        ("http://127.0.0.1:81/模型/v1", "http://127.0.0.1:81/%E6%A8%A1%E5%9E%8B/v1"),
        ("http://127.0.0.1/%E6%A8%A1型", "http://127.0.0.1/%E6%A8%A1%E5%9E%8B"),
        ("http://例え.jp:81/v1", "http://xn--r8jz45g.jp:81/v1"),
        ("http://Bücher.example/v1", "http://xn--bcher-kva.example/v1"),
        ("http://a/é?api-version=ü", "http://a/%C3%A9?api-version=%C3%BC"),
    ],
)
def test_address_in_ascii(text: str, sent: str) -> None:
    assert ascii_address(text) == sent


@pytest.mark.parametrize("text", ["http://faß.de/v1", "http://a\u200db.example/v1", f"http://{'ü' * 70}.example/v1"])
def test_host_of_two_meanings_must_be_written_in_ascii(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII form"):
        ascii_address(text)
