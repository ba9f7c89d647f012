"""Splitting bytes into events, wherever the network cut them."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from harness.providers.transport.sse import SseParser, looks_like_events
from tests.cases import all_cases

Events = list[tuple[str, bytes]]

CASES: dict[str, tuple[bytes, Events]] = {
    "one event": (b"data: a\n\n", [("", b"a")]),
    "no space after the colon": (b"data:a\n\n", [("", b"a")]),
    "only one space is taken off": (b"data:  a\n\n", [("", b" a")]),
    "carriage return and line feed": (b"data: a\r\n\r\ndata: b\r\n\r\n", [("", b"a"), ("", b"b")]),
    "carriage return alone": (b"data: a\r\rdata: b\r\r", [("", b"a"), ("", b"b")]),
    "line ends mixed": (b"data: a\r\n\ndata: b\n\r\ndata: c\r\r", [("", b"a"), ("", b"b"), ("", b"c")]),
    "data over lines": (b"data: a\ndata: b\n\n", [("", b"a\nb")]),
    "empty data line": (b"data\ndata\n\n", [("", b"\n")]),
    "named event": (b"event: ping\ndata: {}\n\ndata: x\n\n", [("ping", b"{}"), ("", b"x")]),
    "a name without data is no event": (b"event: ping\n\ndata: x\n\n", [("", b"x")]),
    "comments": (b": hello\n\n:\n\ndata: x\n: between\ndata: y\n\n", [("", b"x\ny")]),
    "blank lines before": (b"\n\n\n\ndata: x\n\n", [("", b"x")]),
    "three line ends between": (b"data: x\n\n\ndata: y\n\n", [("", b"x"), ("", b"y")]),
    "byte order mark": (b"\xef\xbb\xbfdata: x\n\n", [("", b"x")]),
    "unknown fields": (b"id: 7\nretry: 3\nwhat: ever\ndata: x\n\n", [("", b"x")]),
    "half characters are not decoded": ("data: ü€𝄞\n\n".encode(), [("", "ü€𝄞".encode())]),
    "unicode line separators are text": ("data: a\u2028b\u0085c\n\n".encode(), [("", "a\u2028b\u0085c".encode())]),
    "end without the blank line": (b"data: a\n\ndata: [DONE]\n", [("", b"a"), ("", b"[DONE]")]),
    "end without any line end": (b'data: a\n\ndata: {"x": 1}', [("", b"a"), ("", b'{"x": 1}')]),
    "end inside JSON is no event": (b'data: a\n\ndata: {"choices":[{"del', [("", b"a")]),
}


def split_at(stream: bytes, cuts: list[int]) -> Events:
    parser, events, last = SseParser(), [], 0
    for cut in [*sorted(cuts), len(stream)]:
        events += parser.feed(stream[last:cut])
        last = cut
    return events + parser.finish()


@all_cases(("stream", "events"), CASES.values(), ids=CASES.keys())
def test_events_come_out_whole(stream: bytes, events: Events) -> None:
    assert split_at(stream, []) == events


@all_cases(("stream", "events"), CASES.values(), ids=CASES.keys())
def test_events_are_the_same_cut_at_every_byte(stream: bytes, events: Events) -> None:
    assert split_at(stream, list(range(len(stream)))) == events


@given(st.data(), st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.text(), max_size=6))
def test_any_cuts_give_what_was_written(data: st.DataObject, end: str, texts: list[str]) -> None:
    plain = [text.replace("\n", " ").replace("\r", " ") for text in texts]
    stream = "".join(f"data: {text}x{end}{end}" for text in plain).encode()
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    assert split_at(stream, cuts) == [("", f"{text}x".encode()) for text in plain]


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_any_bytes_split_alike_and_never_raise(stream: bytes, cuts: list[int]) -> None:
    cuts = [min(cut, len(stream)) for cut in cuts]
    assert split_at(stream, cuts) == split_at(stream, [])


def test_a_long_line_in_small_pieces_costs_no_more_than_its_length() -> None:
    def seconds(size: int) -> float:
        parser, piece = SseParser(), b"x" * 1000
        start = time.process_time()
        parser.feed(b"data: ")
        for _ in range(size // 1000):
            parser.feed(piece)
        assert len(parser.feed(b"\n\n")[0][1]) == size
        return time.process_time() - start

    small, large = min(seconds(250_000) for _ in range(3)), min(seconds(4_000_000) for _ in range(3))
    assert (
        large < 16 * small * 4 + 0.02
    )  # 16 times the bytes; joined anew for each piece it would be 256 times the time


@all_cases(
    ("head", "verdict"),
    [
        (b"data: {}", True),
        (b"event: x", True),
        (b": comment", True),
        (b"\n\n data:x", True),
        (b"\xef\xbb\xbfdata:", True),
        (b"id: 4", True),
        (b"", None),
        (b"\r\n", None),
        (b"dat", None),
        (b"\xef\xbb", None),
        (b"{", False),
        (b"\n\n\n{", False),
        (b"<html>", False),
        (b"database", False),
    ],
)
def test_the_first_bytes_tell_a_stream_from_a_body(head: bytes, verdict: bool | None) -> None:
    assert looks_like_events(head) is verdict
