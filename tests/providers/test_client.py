"""One attempt from request to outcome: what is kept, what is timed, and that no key is ever in it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Attempt, Completion, Endpoint, EndpointLimits, Failure, FailureKind
from harness.mock.testing import running_mock, simulated
from harness.providers.client import ClientContext, complete
from harness.providers.format.wire_types import RateLimitInfo
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.providers.transport.redact import mask_key
from tests.cases import all_cases
from tests.ports import closed_port
from tests.providers.calling import (
    BACKENDS,
    DONE,
    KEY,
    OK_STREAM,
    QUICK,
    STOP,
    USAGE,
    Visit,
    all_attempts,
    answer_stream,
    calling,
    content,
    job,
    one_attempt,
    raw_server,
    whole,
)
from tests.virtual_time import run_virtually, virtual_clock
from tests.waiting import until

K = FailureKind


def everything_in(attempt: Attempt) -> str:
    """Every byte that could reach a file or a screen."""
    return repr(attempt) + json.dumps(asdict(attempt), default=str, ensure_ascii=False)


def ask_once(handler_bytes: bytes, *, backend: str, key: str = KEY, **changes: object) -> Attempt:
    """One attempt at a server that answers with these bytes and closes."""

    async def answer(visit: Visit) -> None:
        await visit.send(handler_bytes)
        visit.writer.close()

    async def run() -> Attempt:
        async with raw_server(answer) as server, calling(backend) as caller:
            keyed = replace(caller, keys={"PLANTED_KEY": key, "OTHER_KEY": "other-0123456789-secret"})
            attempt = await one_attempt(keyed, job(server.url, backend=backend, **changes))  # type: ignore[arg-type]
            assert key.encode() in server.visits[0].head
            return attempt

    return asyncio.run(run())


ECHOES: dict[str, bytes] = {
    "JSON error": whole(
        json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}.", "code": KEY}}).encode(),
        status="401 Unauthorized",
    ),
    "plain error": whole(f"who is Bearer {KEY}?".encode(), status="500 Oh"),
    "error page": whole(f"<html><b>{KEY}</b></html>".encode(), {"Content-Type": "text/html"}, status="502 Bad"),
    "request id": whole(b"{}", {"x-request-id": f"req-{KEY}"}, status="429 Slow"),
    "redirect": whole(b"", {"location": f"http://elsewhere.example/?key={KEY}"}, status="307 There"),
    "answer": answer_stream(f"Your key is {KEY}, and the other is other-0123456789-secret."),
    "answer in pieces": whole(
        content(KEY[:9]) + content(KEY[9:]) + STOP + USAGE + DONE, {"Content-Type": "text/event-stream"}
    ),
    "partial text": whole(content(f"authorization: {KEY}"), {"Content-Type": "text/event-stream"}),
    "error under 200": whole(json.dumps({"error": {"message": f"bad {KEY}"}}).encode()),
    "no JSON": whole(f"echo {KEY}".encode()),
    "usage and names": whole(
        json.dumps(
            {
                "id": KEY,
                "model": KEY,
                "provider": KEY,
                "service_tier": KEY,
                "choices": [{"message": {"content": "42"}, "finish_reason": KEY}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, KEY: [{"x": (KEY)}], "cost": 0.5},
            }
        ).encode()
    ),
    "status line": f"HTTP/1.1 {KEY}\r\n\r\n".encode(),
    "broken headers": f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode(),
}


@all_cases("backend", BACKENDS)
@all_cases("name", ECHOES)
def test_key_that_a_provider_echoes_is_in_nothing_returned(name: str, backend: str) -> None:
    attempt = ask_once(ECHOES[name], backend=backend)
    found = everything_in(attempt)
    assert KEY not in found
    assert "other-0123456789-secret" not in found
    assert KEY[3:] not in found


@all_cases("before", [150, 180, 190, 280, 560, 580, 590])
@all_cases("kind", ["JSON error", "plain error", "no JSON", "status line"])
def test_key_that_a_cut_message_holds_half_of_is_in_nothing_returned(kind: str, before: int) -> None:
    key = "Zq7Plain0123456789abcdefghijklmnopqrstuv"  # nothing that looks like any provider's
    text = "y " * (before // 2) + key + " z" * 300
    answers = {
        "JSON error": whole(json.dumps({"error": {"message": text}}).encode(), status="400 No"),
        "plain error": whole(text.encode(), status="500 Oh"),
        "no JSON": whole(text.encode()),
        "status line": f"HTTP/1.1 {text}\r\n\r\n".encode(),
    }
    found = everything_in(ask_once(answers[kind], backend="http", key=key))
    assert key[:12] not in found


@pytest.mark.parametrize("key", ['quo"te-back\\slash-0123456789', "per%cent/slash+plus=0123456789"])
def test_key_is_found_as_it_stands_in_json_and_in_addresses(key: str) -> None:
    for spelt in (key, json.dumps(key)[1:-1], quote(key, safe="")):
        failed = ask_once(whole(f"see {spelt} there".encode(), status="500 Oh"), backend="http", key=key)
        assert isinstance(failed, Failure)
        assert failed.message == "see *** there"


@all_cases("backend", BACKENDS)
@all_cases("place", ["http://127.0.0.1:{port}/{key}/v1", "ftp://{key}@127.0.0.1/v1", "http://[{key}/v1"])
def test_key_in_an_address_is_in_nothing_returned(place: str, backend: str) -> None:
    async def run() -> None:
        async with calling(backend) as caller:
            url = place.format(port=closed_port(), key=KEY)
            attempt = await one_attempt(caller, job(url, backend=backend))
            assert isinstance(attempt, Failure)
            assert KEY not in everything_in(attempt)

    if "[" in place:  # not an address at all: a mistake that stops before anything is sent
        with pytest.raises(ValueError, match="IPv6"):
            asyncio.run(run())
    else:
        asyncio.run(run())


def test_key_in_a_setting_is_in_nothing_returned() -> None:
    attempt = ask_once(answer_stream(), backend="http", extra_body={"user": KEY, KEY: [KEY]})
    assert isinstance(attempt, Completion)
    assert KEY not in everything_in(attempt)
    assert attempt.effective["user"] == "***"


def test_word_that_serves_as_a_local_key_stays_in_the_answer() -> None:
    answer = ask_once(answer_stream("The set is EMPTY."), backend="http", key="EMPTY")
    assert isinstance(answer, Completion)
    assert answer.text == "The set is EMPTY."
    refused = ask_once(whole(b'{"error": {"message": "not EMPTY"}}', status="401 No"), backend="http", key="EMPTY")
    assert isinstance(refused, Failure)
    assert "EMPTY" not in refused.message


def test_caller_does_not_show_its_keys() -> None:
    async def run() -> str:
        async with calling() as caller:
            return repr(caller) + str(caller)

    assert KEY not in asyncio.run(run())


@all_cases(
    ("message", "key", "clean"),
    [("no sk-12345", "sk-12345", "no ***"), ("no key", None, "no key"), ("a b", "a", "a b"), ("x", "", "x")],
)
def test_masked_message(message: str, key: str | None, clean: str) -> None:
    assert mask_key(message, key) == clean


def test_money_and_counts_are_untouched_by_the_cleaning() -> None:
    body = {
        "choices": [{"message": {"content": "42"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14, "cost": 0.000123, "note": KEY},
    }
    answer = ask_once(whole(json.dumps(body).encode()), backend="http", dialect="openrouter")
    assert isinstance(answer, Completion)
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (11, 3)
    assert answer.reported_cost_usd == Decimal("0.000123")


def test_waits_are_recorded_and_are_in_no_latency() -> None:
    async def run() -> Attempt:
        async with running_mock() as mock, calling() as caller:
            waits = {"queue": 40.0, "retry_after": 2.0, "rate": 0.0}
            return await complete(caller, job(mock.base_url("openai")), attempt=1, waits=waits)

    timing = asyncio.run(run()).timing
    assert timing.waited_s == pytest.approx(42.0 + timing.waits.get("connect", 0.0), abs=0.001)
    assert {name: timing.waits.get(name) for name in ("queue", "retry_after", "rate")} == {
        "queue": 40.0,
        "retry_after": 2.0,
        "rate": None,
    }
    assert timing.total_s is not None
    assert timing.total_s < 40


def test_first_token_is_the_first_text_not_the_first_chunk() -> None:
    role = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}\n\n'
    thought = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}\n\n'

    async def step_by_step(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        for part in (role, thought, content("4"), content("2") + STOP + USAGE + DONE):
            await visit.send_chunk(part)
            await asyncio.sleep(6)
        await visit.send_chunk(b"")

    async def run() -> Attempt:
        async with raw_server(step_by_step) as server, calling(clock=virtual_clock()) as caller:
            return await one_attempt(caller, job(server.url, dialect="deepseek"))

    answer = run_virtually(run())
    assert isinstance(answer, Completion)
    timing = answer.timing
    assert timing.headers_s is not None
    assert timing.ttft_s is not None
    assert timing.first_answer_s is not None
    # virtual seconds: the role comes with the headers, the reasoning after 6 s, the text after 12 s and 18 s
    assert (timing.headers_s, timing.ttft_s, timing.first_answer_s) == pytest.approx((0, 6, 12), abs=0.1)
    assert timing.total_s == pytest.approx(18, abs=0.1)
    assert timing.text_chunks == 3
    assert answer.reasoning == "hm"


def test_headers_with_a_budget_are_told_and_others_are_not() -> None:
    told: list[tuple[Endpoint, RateLimitInfo]] = []

    async def good(visit: Visit) -> None:
        extra: Mapping[str, str] = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "4s"}
        if visit.number == 0:
            await visit.send(answer_stream())
        else:
            stream = content("42") + STOP + DONE
            await visit.send(whole(stream, {"Content-Type": "text/event-stream", **extra}))

    async def run() -> None:
        async with raw_server(good) as server, calling() as caller:
            heeding = ClientContext(
                backends=caller.backends,
                keys=caller.keys,
                clock=caller.clock,
                on_rate_limit=lambda endpoint, reading: told.append((endpoint, reading)),
            )
            for _ in range(2):
                await one_attempt(heeding, job(server.url))

    asyncio.run(run())
    assert [(endpoint.label, reading) for endpoint, reading in told] == [
        ("p/m", RateLimitInfo(remaining_requests=0, reset_requests_s=4.0))
    ]


def test_only_simulated_endpoints_are_told_which_draw_it_is() -> None:
    async def run() -> list[Mapping[str, str]]:
        async with running_mock() as mock, calling() as caller:
            for simulated in (False, True):
                wanted = replace(job(mock.base_url("openai"), simulated=simulated), repeat=5)
                await complete(caller, wanted, attempt=3)
            return [request.headers for request in mock.requests]

    real, simulated = asyncio.run(run())
    assert not [name for name in real if name.startswith("x-harness")]
    assert (simulated["x-harness-repeat"], simulated["x-harness-attempt"]) == ("5", "3")


def test_good_and_bad_attempts_leave_no_task_behind() -> None:
    async def run() -> None:
        before = asyncio.all_tasks()
        async with running_mock() as mock:
            async with calling() as caller:
                faults: list[Mapping[str, object]] = [{"refuse": "fin"}, {"cut": "rst"}, {"empty": True}, {"times": 17}]
                mock.script(faults * 10)
                wanted = job(mock.base_url("openai"))
                for _ in range(10):
                    await asyncio.gather(*(one_attempt(caller, wanted) for _ in range(20)))

            def left() -> list[asyncio.Task[None]]:
                return [task for task in asyncio.all_tasks() - before if "RequestHandler" not in repr(task)]

            await until(lambda: not left(), "the end of all tasks")
            assert left() == []

    asyncio.run(run())


def open_sockets() -> int:
    """How many sockets this process holds."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one that lists the folder
            count += str(entry.readlink()).startswith("socket:")
    return count


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="sockets are counted in /proc, which Linux has")
def test_soak_with_faults_ends_complete_and_leaves_nothing_open() -> None:
    kinds = ("rate_limit", "server_error", "refused_connection", "truncate_stream", "reset")
    faults = dict.fromkeys(kinds, 0.01)
    model = simulated(faults={**faults, "retry_after_s": 0.0}, answer_tokens={"median": 20, "spread": 0})

    async def run() -> tuple[int, int]:
        before = open_sockets()
        async with running_mock([model]) as mock:
            async with calling() as caller:
                gate = RateLimiter(EndpointLimits(max_concurrency=32), SYSTEM_CLOCK)
                base = job(mock.base_url("openai"), simulated=True, limits=replace(QUICK, max_attempts=6))
                numbers = iter(range(1500))
                ended: list[Attempt] = []

                async def worker() -> None:
                    for number in numbers:
                        async with gate.acquire(0):
                            attempts, _ = await all_attempts(caller, replace(base, repeat=number))
                        ended.append(attempts[-1])

                await asyncio.gather(*(worker() for _ in range(32)))
                while_open = open_sockets() - before
            await until(lambda: open_sockets() - before <= 2, "the end of all sockets but the mock's own")
        assert gate.in_flight == 0
        assert 2 <= while_open <= 2 * 32 + 4  # both ends of each pooled connection are in this process
        return len(ended), sum(isinstance(attempt, Completion) for attempt in ended)

    made, answered = asyncio.run(run())
    # a job is lost to two charged breaks in a row: 2% of 2% of 1500 is 0.6
    assert (made, answered >= 1495) == (1500, True)
