"""Recordings to cassettes and back: what a cassette can hold is the same afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from harness.core.errors import DataError
from harness.providers.recording.vcr import cassette_of, exchanges_of
from tests.providers.recording.test_exchange import AT, exchange

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_recording_is_the_same_but_for_pieces_and_times(tmp_path: Path) -> None:
    written = [
        exchange(pieces=((0.1, b"data: 1\n\n"), (0.9, "data: für\n\n".encode()))),
        exchange(body=b'{"model": "n"}', pieces=((0.5, b"\xff\x00"),)),
    ]
    file = tmp_path / "cassette.yaml"
    file.write_text(cassette_of(written))
    again = exchanges_of(file, DAY)
    assert [one.request_digest for one in again] == [one.request_digest for one in written]
    assert [one.pieces[0][1] for one in again] == ["data: 1\n\ndata: für\n\n".encode(), b"\xff\x00"]
    assert [(one.status, dict(one.headers)) for one in again] == [(200, {"content-type": "text/event-stream"})] * 2
    assert {one.recorded_at for one in again} == {DAY}


def test_requests_with_the_same_body_are_numbered(tmp_path: Path) -> None:
    file = tmp_path / "cassette.yaml"
    file.write_text(cassette_of([exchange(), exchange()]))
    assert [one.repeat for one in exchanges_of(file, AT)] == [0, 1]


def test_what_a_cassette_of_others_holds_of_an_account_is_left_out(tmp_path: Path) -> None:
    interaction: dict[str, dict[str, object]] = {
        "request": {
            "method": "POST",
            "uri": "https://api.openai.com/v1/chat/completions?key=AIza",
            "body": '{"model": "m"}',
            "headers": {"authorization": ["Bearer sk-x"]},
        },
        "response": {
            "status": {"code": 429, "message": "Too Many Requests"},
            "headers": {"Retry-After": ["2"], "openai-organization": ["firm"]},
            "body": {"string": '{"error": "limit of org-Abcdefghij0123456789"}'},
        },
    }
    other = {**interaction, "request": {**interaction["request"], "method": "GET"}}
    file = tmp_path / "cassette.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "interactions": [interaction, other]}))
    [one] = exchanges_of(file, AT)
    assert (one.address, one.status, dict(one.headers)) == (
        "api.openai.com/v1/chat/completions",
        429,
        {"retry-after": "2"},
    )
    assert one.pieces == ((0.0, b'{"error": "limit of org-removed"}'),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "is not a vcrpy cassette"),
        ("version: 2\ninteractions: []\n", "version 1 is read"),
        ("version: 1\n", "no 'interactions'"),
        ("version: 1\ninteractions: [{request: {method: POST}}]\n", "no "),
        (": :", "is not a vcrpy cassette"),
    ],
)
def test_a_file_that_is_no_cassette_is_named(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "cassette.yaml"
    file.write_text(content)
    with pytest.raises(DataError, match=said):
        exchanges_of(file, AT)
