"""An event loop that reads streams in rounds: who is read when, and that every answer is the same."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.types import Attempt, Completion
from harness.providers.transport.http.paced_loop import MIN_STREAMS, SLICE, PacedLoop, PacedSelector, run_paced
from tests.providers.calling import DONE, STOP, Visit, calling, content, job, one_attempt, raw_server, self_signed

Pairs = list[tuple[socket.socket, socket.socket]]
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


@pytest.fixture
def pairs() -> Iterator[Pairs]:
    """Connected sockets, enough for rounds and one more."""
    with contextlib.ExitStack() as stack:
        made = [socket.socketpair() for _ in range(MIN_STREAMS + 1)]
        for one in (end for pair in made for end in pair):
            stack.enter_context(one)
        yield made


@pytest.fixture
def paced(pairs: Pairs) -> Iterator[PacedSelector]:
    """A selector with the near ends of all pairs, all but the last two deferred, and something to read at each."""
    with PacedSelector() as selector:
        for number, (near, far) in enumerate(pairs):
            selector.register(near, READ, number)
            far.send(b"x")
        deferred = [selector.defer(near.fileno()) for near, _ in pairs[:-1]]
        assert deferred == [False] * (MIN_STREAMS - 1) + [True]
        for near, _ in pairs[: MIN_STREAMS - 2]:
            assert selector.defer(near.fileno())
        yield selector


def test_what_is_not_deferred_comes_before_each_slice_of_a_round(paced: PacedSelector) -> None:
    found = [[key.data for key, _ in paced.select(0)] for _ in range(3)]
    for slice_of_round in found:
        assert slice_of_round[:2] == [MIN_STREAMS - 2, MIN_STREAMS]
        assert len(slice_of_round) == 2 + SLICE
    assert len({number for numbers in found for number in numbers}) == 2 + 3 * SLICE


def test_deferred_file_is_found_and_changed_like_any_other(paced: PacedSelector, pairs: Pairs) -> None:
    near = pairs[0][0]
    assert paced.get_key(near).data == 0
    assert paced.modify(near, READ | WRITE, "both").events == READ | WRITE
    assert paced.get_map()[near].data == "both"
    assert ("both", READ | WRITE) in [(key.data, events) for key, events in paced.select(0)]


def test_file_that_went_during_a_round_is_not_reported(paced: PacedSelector, pairs: Pairs) -> None:
    seen = {key.data for key, _ in paced.select(0)}
    gone = [number for number in range(MIN_STREAMS - 2) if number not in seen]
    for number in gone:
        paced.unregister(pairs[number][0])
    later = {key.data for _ in range(MIN_STREAMS) for key, _ in paced.select(0)}
    assert not later & set(gone)


def test_hastened_file_is_reported_at_once(paced: PacedSelector, pairs: Pairs) -> None:
    paced.select(0)
    paced.hasten(pairs[MIN_STREAMS - 1][0].fileno())
    assert MIN_STREAMS - 1 in [key.data for key, _ in paced.select(0)]


def test_closed_file_is_no_more_hastened_or_deferred(paced: PacedSelector, pairs: Pairs) -> None:
    near, before = pairs[0][0], paced.deferred
    number = near.fileno()
    paced.unregister(near)
    near.close()
    assert paced.deferred == before - 1
    for descriptor in (number, near.fileno()):
        paced.hasten(descriptor)
    assert not paced.defer(number)
    assert paced.deferred == before - 1


def test_waiting_ends_with_the_pause_between_two_rounds(paced: PacedSelector, pairs: Pairs) -> None:
    for near, _ in pairs:
        near.recv(1)
    rounds = 0
    while rounds < 3:  # would wait for ever if a round did not end it
        assert paced.select(None) == []
        rounds += 1


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
PARTS = 20


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "TLS"])
def test_many_streams_read_in_rounds_bring_their_whole_answers(tmp_path: Path, is_secure: bool) -> None:
    streams = 2 * MIN_STREAMS
    context = self_signed(tmp_path) if is_secure else None
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem")) if is_secure else None

    async def run() -> tuple[list[Attempt], int]:
        visits: list[Visit] = []
        most_deferred = 0
        all_began = asyncio.Event()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, PacedLoop)

        async def answer(visit: Visit) -> None:
            nonlocal most_deferred
            visits.append(visit)
            await visit.send(HEAD + content("0 "))
            if len(visits) == streams:
                all_began.set()
            await all_began.wait()
            for part in range(1, PARTS):
                await visit.send(content(f"{part} "))
                await asyncio.sleep(0)
                most_deferred = max(most_deferred, loop.pacing.deferred)
            await visit.send(STOP + DONE)
            visit.writer.close()

        async with (
            raw_server(answer, ssl_context=context) as server,
            calling(ssl_context=trusting) as caller,
        ):
            url = server.url.replace("http:", "https:") if is_secure else server.url
            asked = (one_attempt(caller, job(url)) for _ in range(streams))
            return await asyncio.gather(*asked), most_deferred

    attempts, most_deferred = run_paced(run())
    text = "".join(f"{part} " for part in range(PARTS))
    answers = [(attempt.text, attempt.timing.text_chunks) for attempt in attempts if isinstance(attempt, Completion)]
    assert answers == [(text, PARTS)] * streams
    assert most_deferred > 1


def test_stream_that_brings_much_at_once_is_read_as_it_comes() -> None:
    async def run() -> list[Attempt]:
        visits = 0
        was_hastened = asyncio.Event()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, PacedLoop)

        async def answer(visit: Visit) -> None:
            nonlocal visits
            visits += 1
            is_last = visits == MIN_STREAMS
            await visit.send(HEAD + content("0 "))
            while loop.pacing.deferred < MIN_STREAMS and not was_hastened.is_set():
                await visit.send(content("0 "))
                await asyncio.sleep(0)
            while is_last and loop.pacing.deferred == MIN_STREAMS:
                await visit.send(content("x" * 100_000))
                await asyncio.sleep(0)
            if is_last:
                was_hastened.set()
            await was_hastened.wait()
            await visit.send(STOP + DONE)
            visit.writer.close()

        async with raw_server(answer) as server, calling() as caller, asyncio.timeout(60):
            return await asyncio.gather(*(one_attempt(caller, job(server.url)) for _ in range(MIN_STREAMS)))

    attempts = run_paced(run())
    lengths = sorted(attempt.text.count("x") for attempt in attempts if isinstance(attempt, Completion))
    assert lengths[:-1] == [0] * (MIN_STREAMS - 1)
    assert lengths[-1] >= 100_000
