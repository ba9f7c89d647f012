"""Recorded exchanges as files: nothing lost, nothing of an account kept, nothing hostile let in."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import DataError
from harness.providers.recording.exchange import (
    Exchange,
    kept_headers,
    public_address,
    read_exchange,
    read_recording,
    request_digest,
    without_account,
    write_exchange,
)

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def exchange(
    body: bytes = b'{"model": "m"}', pieces: tuple[tuple[float, bytes], ...] = ((0.5, b"data: {}\n\n"),)
) -> Exchange:
    return Exchange(
        recorded_at=AT,
        address="api.example.com/v1/chat/completions",
        body=body,
        repeat=1,
        attempt=0,
        status=200,
        headers={"content-type": "text/event-stream"},
        pieces=pieces,
    )


@given(
    pieces=st.lists(
        st.tuples(st.integers(0, 10**7).map(lambda n: n / 10**4), st.binary(max_size=40) | st.text().map(str.encode)),
        max_size=6,
    )
)
def test_an_exchange_is_read_as_it_was_written(pieces: list[tuple[float, bytes]], tmp_path_factory: object) -> None:
    folder = tmp_path_factory.mktemp("recording")  # type: ignore[attr-defined]
    written = exchange(pieces=tuple(pieces))
    again = read_exchange(write_exchange(folder, written))
    assert again.pieces == written.pieces
    assert again.request_digest == written.request_digest
    assert (again.status, again.headers, again.repeat, again.recorded_at) == (200, written.headers, 1, AT)


def test_a_large_exchange_is_compressed_and_replaces_a_small_one(tmp_path: Path) -> None:
    small = write_exchange(tmp_path, exchange())
    large = write_exchange(tmp_path, exchange(pieces=((0.1, b"x" * 70_000),)))
    assert (small.suffix, large.suffix, small.exists()) == (".json", ".gz", False)
    assert read_recording(tmp_path)[0].pieces[0][1] == b"x" * 70_000


def test_the_file_can_be_reviewed(tmp_path: Path) -> None:
    file = write_exchange(tmp_path, exchange(body='{"model": "m", "text": "für 你"}'.encode()))
    text = file.read_text()
    assert file.parent.name == "api.example.com-m"
    assert '"text": "für 你"' in text
    assert '   [0.5, "data: {}\\n\\n"]\n' in text


def test_requests_are_the_same_whatever_the_order_of_their_keys() -> None:
    assert request_digest("a", b'{"x": 1, "y": 2}') == request_digest("a", b'{"y":2,"x":1}')
    assert request_digest("a", b'{"x": 1}') != request_digest("b", b'{"x": 1}')


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://user:pass@api.example.com/v1/chat?key=AIzaSecret", "api.example.com/v1/chat"),
        (
            "https://my-firm.openai.azure.com/openai/deployments/d/chat/completions?api-version=2025-04-01&k=1",
            "resource.openai.azure.com/openai/deployments/d/chat/completions?api-version=2025-04-01",
        ),
        ("http://127.0.0.1:8080/generic/v1/chat/completions", "127.0.0.1:8080/generic/v1/chat/completions"),
    ],
)
def test_an_address_names_no_account(url: str, kept: str) -> None:
    assert public_address(url) == kept


def test_bodies_keep_no_key_and_no_account() -> None:
    body = b'{"error": "Rate limit for org-AbC12345xyzDEF678gh in proj_0123456789abcdefg on key sk-topsecret"}'
    assert without_account(body, ["sk-topsecret"]) == (
        b'{"error": "Rate limit for org-removed in proj_removed on key removed"}'
    )


def test_names_in_a_program_are_left_alone() -> None:
    program = b"def user_permissions(proj_transform, account_balance2, org_chart): return proj_coordinates12"
    assert without_account(program) == program


def test_of_headers_only_those_are_kept_that_a_client_acts_on() -> None:
    headers = {
        "Content-Type": "application/json",
        "Retry-After": "3",
        "X-RateLimit-Remaining-Requests": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-30T12:00:00Z",
        "x-harness-simulated": "1",
        "Set-Cookie": "a=b",
        "openai-organization": "firm",
        "x-request-id": "req_1",
        "anthropic-organization-id": "id",
    }
    assert set(kept_headers(headers)) == {
        "content-type",
        "retry-after",
        "x-ratelimit-remaining-requests",
        "anthropic-ratelimit-requests-reset",
        "x-harness-simulated",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "is not a recorded exchange"),
        ("{}", "no 'request'"),
        ("not json", "is not a recorded exchange"),
        (json.dumps({"format": 2, "request": {}, "response": {}}), "this version reads format 1"),
    ],
)
def test_a_file_that_is_no_exchange_is_named(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(content)
    with pytest.raises(DataError, match=said) as caught:
        read_recording(tmp_path)
    assert str(file) in str(caught.value)


@pytest.mark.slow
def test_a_small_file_that_unpacks_without_end_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b"0" * (257 * 2**20), compresslevel=1))
    with pytest.raises(DataError, match="more than 256 MB when unpacked"):
        read_recording(tmp_path)


def test_a_folder_without_exchanges_says_how_they_are_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--record"):
        read_recording(tmp_path / "none")
