"""HTTP/1.1 responses out of bytes, however they are cut and written."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.providers.transport.http.framing import (
    MAX_HEAD_BYTES,
    BodyUntilClose,
    ChunkedBody,
    Framing,
    Head,
    NotHttpError,
    SizedBody,
    end_of_head,
    framing_of,
    read_head,
)
from tests.cases import all_cases


def head_of(*fields: str, version: str = "1.1", status: int = 200) -> Head:
    return read_head("\r\n".join([f"HTTP/{version} {status} OK", *fields, "", ""]).encode())


@all_cases(
    ("data", "place"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 25),
        (b"HTTP/1.1 200 OK\nA: b\n\nbody\r\n\r\n", 22),
        (b"HTTP/1.1 200 OK\r\nA: b\n\nbody", 23),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", -1),
        (b"HT", -1),
        (b"", -1),
    ],
)
def test_end_of_a_head_is_found_in_either_line_end(data: bytes, place: int) -> None:
    assert end_of_head(data) == place


@pytest.mark.parametrize("data", [b"SSH-2.0-OpenSSH", b"HTTP/2 200", b"HTTP/1.1 200 OK\r\nA: " + b"x" * MAX_HEAD_BYTES])
def test_what_will_never_be_a_head_is_given_up(data: bytes) -> None:
    with pytest.raises(NotHttpError):
        end_of_head(data)


def test_fields_are_read_in_lower_case_folded_and_repeated() -> None:
    head = head_of("X-One:  a ", "Folded: b", "\tc", "x-one: d", "Empty:", "Naïve: ü")
    assert head.headers == {"x-one": "d", "folded": "b c", "empty": "", "naïve": "ü"}


@all_cases("first", ["HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/2.0 200 OK", "HTTP/1.1 OK", "ICY 200 OK", ""])
def test_status_line_of_another_protocol_is_refused(first: str) -> None:
    with pytest.raises(NotHttpError):
        read_head(f"{first}\r\nA: b\r\n\r\n".encode())


@pytest.mark.parametrize("first", ["HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 200 Très bien"])
def test_reason_is_of_no_account(first: str) -> None:
    assert read_head(f"{first}\r\n\r\n".encode()).status == 200


@pytest.mark.parametrize("line", ["no colon", ": no name", "two words: a"])
def test_line_that_is_no_field_is_refused(line: str) -> None:
    with pytest.raises(NotHttpError):
        head_of(line)


@all_cases(
    ("version", "field", "is_persistent"),
    [
        ("1.1", "A: b", True),
        ("1.1", "Connection: Close", False),
        ("1.0", "A: b", False),
        ("1.0", "Connection: Keep-Alive", True),
    ],
)
def test_connection_lives_on_as_the_version_and_the_field_say(version: str, field: str, is_persistent: bool) -> None:
    assert head_of(field, version=version).is_persistent is is_persistent


@all_cases(
    ("fields", "kind"),
    [
        (["Content-Length: 5"], SizedBody),
        (["Transfer-Encoding: Chunked"], ChunkedBody),
        (["Transfer-Encoding: chunked", "Content-Length: 5"], ChunkedBody),  # RFC 9112, section 6.3
        (["Transfer-Encoding: identity"], BodyUntilClose),
        ([], BodyUntilClose),
    ],
)
def test_body_ends_as_the_fields_say(fields: list[str], kind: type[Framing]) -> None:
    assert isinstance(framing_of(head_of(*fields)), kind)


def test_body_until_the_close_leaves_no_connection() -> None:
    head = head_of()
    framing_of(head)
    assert not head.is_persistent


def test_status_without_a_body_has_none_whatever_the_fields_say() -> None:
    assert framing_of(head_of("Content-Length: 5", status=204)).is_ended


@all_cases(
    "fields",
    [
        ["Content-Length: -1"],
        ["Content-Length: 5x"],
        ["Content-Length: ٣"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: " + "9" * 40],
        ["Transfer-Encoding: gzip, chunked"],
    ],
)
def test_length_that_is_none_is_refused(fields: list[str]) -> None:
    with pytest.raises(NotHttpError):
        framing_of(head_of(*fields))


CHUNKS = [b"hello", b"\r\n\r\n", b"0\r\n\r\n", bytes(range(256)), b"x" * 5000]


def chunked(parts: list[bytes], *, size: str = "%x", end: bytes = b"\r\n", trailer: bytes = b"") -> bytes:
    written = [(size % len(part)).encode() + end + part + end for part in parts]
    return b"".join([*written, b"0", end, trailer, end])


def fed(data: bytes, cuts: list[int]) -> tuple[bytes, ChunkedBody]:
    framing, body, places = ChunkedBody(), b"", sorted({0, *cuts, len(data)})
    for begin, end in itertools.pairwise(places):
        assert not framing.is_ended
        body += framing.feed(data[begin:end])
    return body, framing


@given(st.lists(st.integers(0, 5400), max_size=40))
def test_chunks_are_joined_wherever_the_network_cuts_them(cuts: list[int]) -> None:
    data = chunked(CHUNKS, trailer=b"Checksum: x\r\n")
    body, framing = fed(data, [cut for cut in cuts if cut < len(data)])
    assert body == b"".join(CHUNKS)
    assert framing.is_ended
    assert framing.rest == b""
    assert framing.error is None


@all_cases("size", ["%x", "%X", "00%x", "%x;name=value", "%x ", "%x\t; name"])
@all_cases("end", [b"\r\n", b"\n"])
def test_sizes_are_read_in_every_spelling(size: str, end: bytes) -> None:
    assert fed(chunked(CHUNKS, size=size, end=end), [7, 8])[0] == b"".join(CHUNKS)


def test_bytes_after_the_last_chunk_are_no_body() -> None:
    body, framing = fed(chunked([b"one"]) + b"HTTP/1.1", [])
    assert (body, framing.rest) == (b"one", b"HTTP/1.1")


@all_cases("data", [b"-5\r\n", b"0x5\r\n", b"\r\n", b"5\r\nhelloXX\r\n", b"g\r\n", b"f" * 16 + b"\r\n"])
def test_size_that_is_none_is_refused(data: bytes) -> None:
    framing = ChunkedBody()
    framing.feed(data)
    assert isinstance(framing.error, NotHttpError)


def test_size_without_an_end_is_given_up() -> None:
    framing = ChunkedBody()
    assert framing.feed(b"0" * 10_000) == b""
    assert isinstance(framing.error, NotHttpError)


def test_length_counts_what_is_body() -> None:
    framing = SizedBody(5)
    assert (framing.feed(b"hel"), framing.is_ended) == (b"hel", False)
    assert (framing.feed(b"lo and"), framing.is_ended, framing.rest) == (b"lo", True, b" and")
