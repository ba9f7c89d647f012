"""A recording made against real servers on loopback, and served again to the same client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import EndpointLimits
from harness.mock.testing import running_mock, simulated
from harness.providers.format.wire_types import WireRequest
from harness.providers.recording.exchange import Exchange, read_recording
from harness.providers.recording.recording_backend import RecordingBackend
from harness.providers.recording.replay_server import ReplayServer
from harness.providers.transport.backend import Backend, TransportError
from harness.providers.transport.http_backend import HttpBackend
from harness.providers.transport.timing import Stopwatch
from tests.providers.calling import all_pieces

KEY = "sk-secret-of-a-test"
BODY = {"model": "mock-model", "stream": True, "messages": [{"role": "user", "content": "What is 1 + 1?"}]}


def request(url: str, *, repeat: int = 0, attempt: int = 0, **fields: object) -> WireRequest:
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {KEY}",
        "x-harness-repeat": str(repeat),
        "x-harness-attempt": str(attempt),
    }
    body = json.dumps({**BODY, **fields}).encode()
    return WireRequest(url=f"{url}/chat/completions", headers=headers, body=body, effective={})


async def ask(backend: Backend, asked: WireRequest) -> tuple[int, bytes, str | None]:
    """Status, body and how it broke, if it did."""
    data, status = b"", 0
    try:
        async with backend.open(asked, EndpointLimits(), Stopwatch(SYSTEM_CLOCK, None)) as response:
            status = response.status

            def collect(_at: float, piece: bytes) -> bool:
                nonlocal data
                data += piece  # what came before a break counts
                return False

            await response.body.read(collect)
    except TransportError as error:
        return status, data, error.kind.value
    return status, data, None


async def recorded_and_replayed(
    folder: Path, steps: list[dict[str, object]], asked: list[dict[str, object]], replayed: list[dict[str, object]]
) -> tuple[list[tuple[int, bytes, str | None]], list[tuple[int, bytes, str | None]], ReplayServer]:
    inner = HttpBackend()
    backend = RecordingBackend(inner, folder, [KEY], SYSTEM_CLOCK)
    async with running_mock([simulated()], ()) as mock:
        base = mock.base_url("generic")
        mock.script(steps)
        first = [await ask(backend, request(base, **fields)) for fields in asked]  # type: ignore[arg-type]
    server = ReplayServer(read_recording(folder), is_instant=True)
    async with server.running():
        url = server.base_url(base)
        second = [await ask(inner, request(url, **fields)) for fields in replayed]  # type: ignore[arg-type]
    await backend.close()
    return first, second, server


@pytest.mark.parametrize(
    "step",
    [
        {},
        {"gzip": True},
        {"error": "rate_limit", "retry_after_s": 2},
        {"status": 500, "body": "no JSON"},
        {"split": "byte"},
        {"answer_bytes": 200_000},
        {"cut": "rst", "after_chunks": 2},
        {"refuse": "rst"},
    ],
    ids=str,
)
def test_the_same_bytes_come_again(step: dict[str, object], tmp_path: Path) -> None:
    first, second, _ = asyncio.run(recorded_and_replayed(tmp_path, [step] if step else [], [{}], [{}]))
    assert second[0][:2] == first[0][:2]
    assert (second[0][2] is None) == (first[0][2] is None)  # a broken connection is broken again


def test_no_file_holds_the_key(tmp_path: Path) -> None:
    asyncio.run(recorded_and_replayed(tmp_path, [], [{}], [{}]))
    assert all(KEY not in file.read_text() for file in tmp_path.rglob("*.json"))
    assert len(read_recording(tmp_path)) == 1


def test_repeats_and_attempts_are_told_apart(tmp_path: Path) -> None:
    asked: list[dict[str, object]] = [{"repeat": 0, "attempt": 0}, {"repeat": 0, "attempt": 1}, {"repeat": 1}]
    steps: list[dict[str, object]] = [{"error": "overloaded"}, {"answer": "first"}, {"answer": "second"}]
    first, second, _ = asyncio.run(recorded_and_replayed(tmp_path, steps, asked, asked[::-1]))
    assert second == first[::-1]
    assert len({body for _, body, _ in first}) == 3


def test_a_changed_prompt_is_refused_with_the_difference(tmp_path: Path) -> None:
    changed = {**BODY["messages"][0], "content": "What is 1 + 2?"}  # type: ignore[index]
    _, second, server = asyncio.run(recorded_and_replayed(tmp_path, [], [{}], [{"messages": [changed]}]))
    status, body, _ = second[0]
    said = json.loads(body)["error"]["message"]
    assert status == 400
    assert '-   "content": "What is 1 + 1?"' in said
    assert '+   "content": "What is 1 + 2?"' in said
    assert list(server.unmatched) == [said.removeprefix("no recorded exchange matches this request: ")]


def test_one_attempt_too_many_says_what_was_recorded(tmp_path: Path) -> None:
    _, second, _ = asyncio.run(recorded_and_replayed(tmp_path, [], [{}], [{"attempt": 1}]))
    assert b"repeat 0, attempt 1 was not recorded; recorded (repeat, attempt): [(0, 0)]" in second[0][1]


def test_an_unknown_address_names_the_recorded_ones() -> None:
    async def run() -> tuple[int, bytes, str | None]:
        exchange = Exchange(
            recorded_at=SYSTEM_CLOCK.now(),
            address="api.example.com/v1/chat/completions",
            body=b"{}",
            repeat=0,
            attempt=0,
            status=200,
            headers={},
            pieces=(),
        )
        backend = HttpBackend()
        async with ReplayServer([exchange], is_instant=True).running() as server:
            answer = await ask(backend, request(server.base_url("https://api.other.com/v1")))
        await backend.close()
        return answer

    status, body, _ = asyncio.run(run())
    assert status == 400
    assert b"nothing was recorded at api.other.com/v1/chat/completions" in body
    assert b"api.example.com/v1/chat/completions" in body


def test_pieces_come_at_their_recorded_times() -> None:
    async def run() -> float:
        exchange = Exchange(
            recorded_at=SYSTEM_CLOCK.now(),
            address="api.example.com/v1/chat/completions",
            body=json.dumps(BODY).encode(),
            repeat=0,
            attempt=0,
            status=200,
            headers={"content-type": "text/event-stream"},
            pieces=((0.05, b"data: 1\n\n"), (0.4, b"data: 2\n\n")),
        )
        backend = HttpBackend()
        async with ReplayServer([exchange], is_instant=False).running() as server:
            asked = request(server.base_url("https://api.example.com/v1"))
            began = SYSTEM_CLOCK.monotonic()
            async with backend.open(asked, EndpointLimits(), Stopwatch(SYSTEM_CLOCK, None)) as response:
                moments = [at for at, _ in await all_pieces(response)]
        await backend.close()
        return moments[-1] - began

    assert asyncio.run(run()) > 0.39  # late is possible on a busy machine, early is not
