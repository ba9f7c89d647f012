"""Every fault that a network or a provider can make, against real servers on loopback, over both backends.

Each row: what goes wrong, the cause it is given, whether another attempt is made, what is kept. The table for readers
is docs/reliability.md; a test here keeps it complete.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.core.types import Completion, EndpointLimits, Failure, FailureKind, FinishReason
from harness.mock.testing import running_mock
from harness.pricing.attempts import is_unbilled
from tests.cases import all_cases
from tests.ports import closed_port
from tests.providers.calling import (
    BACKENDS,
    QUICK,
    Visit,
    all_attempts,
    answer_stream,
    calling,
    job,
    one_attempt,
    raw_server,
    self_signed,
)
from tests.virtual_time import run_virtually, virtual_clock

IMPATIENT = replace(QUICK, first_byte_timeout_s=15, between_chunks_timeout_s=15)
LONG_S = 600.0

Checks = Callable[[Failure], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`step`: the mock's script for each request. `attempts`: made in all, three being the most allowed."""

    step: Mapping[str, object]
    kind: FailureKind
    attempts: int
    status: int | None = None
    partial: bool = False
    retry_after_s: float | None = None
    dialect: str = "openai"
    limits: EndpointLimits = QUICK
    message: str = ""


def said(status: int, headers: Mapping[str, str] | None = None, body: object = "", **more: object) -> dict[str, object]:
    return {"status": status, "headers": dict(headers or {}), "body": body, **more}


K = FailureKind
NO_FINISH = 'data: {"choices": [{"index": 0, "delta": {"content": "42"}}]}\n\ndata: [DONE]\n\n'
DATE = "Sat, 21 Nov 2026 10:00:00 GMT"
FAULTS: dict[str, Fault] = {
    # too much: the provider's word on when to come back, in every spelling
    "429 retry-after": Fault(step=said(429, {"retry-after": "7"}), kind=K.RATE_LIMITED, attempts=3, retry_after_s=7),
    "429 retry-after fraction": Fault(
        step=said(429, {"retry-after": "0.25"}), kind=K.RATE_LIMITED, attempts=3, retry_after_s=0.25
    ),
    "429 retry-after date": Fault(  # 10:00:30 by a server whose clock says 10:00:00
        step=said(429, {"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": DATE}),
        kind=K.RATE_LIMITED,
        attempts=3,
        retry_after_s=30,
    ),
    "429 retry-after-ms": Fault(
        step=said(429, {"retry-after-ms": "1500", "retry-after": "2"}),
        kind=K.RATE_LIMITED,
        attempts=3,
        retry_after_s=1.5,
    ),
    "429 OpenAI reset": Fault(
        step=said(429, {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2s"}),
        kind=K.RATE_LIMITED,
        attempts=3,
        retry_after_s=62,
    ),
    "429 Anthropic reset": Fault(
        step=said(
            429,
            {
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2026-11-21T10:00:20Z",
                "date": DATE,
            },
        ),
        kind=K.RATE_LIMITED,
        attempts=3,
        retry_after_s=20,
    ),
    "429 epoch milliseconds": Fault(  # 2026-11-21 10:00:00 UTC is 1795255200 s
        step=said(429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795255209000", "date": DATE}),
        kind=K.RATE_LIMITED,
        attempts=3,
        retry_after_s=9,
    ),
    "429 wait in the text": Fault(
        step=said(429, body={"error": {"message": "Rate limit reached. Please try again in 1.6s."}}),
        kind=K.RATE_LIMITED,
        attempts=3,
        retry_after_s=1.6,
    ),
    "429 of Moonshot": Fault(
        step={"error": "rate_limit", "retry_after_s": 3}, kind=K.RATE_LIMITED, attempts=3, dialect="moonshot"
    ),
    "429 longer than worth waiting": Fault(
        step=said(429, {"retry-after": "3600"}), kind=K.RATE_LIMITED, attempts=1, retry_after_s=3600
    ),
    # permanent, whatever the status
    "429 no money": Fault(step={"error": "no_money"}, kind=K.PAYMENT_REQUIRED, attempts=1, status=429),
    "429 daily quota": Fault(
        step={"error": "daily_quota"}, kind=K.QUOTA_EXHAUSTED, attempts=1, status=429, dialect="gemini_compat"
    ),
    "401": Fault(step={"error": "bad_key"}, kind=K.UNAUTHORIZED, attempts=1, status=401),
    "404 model": Fault(step={"error": "not_found"}, kind=K.NOT_FOUND, attempts=1, status=404),
    "400": Fault(step={"error": "bad_request"}, kind=K.BAD_REQUEST, attempts=1, status=400),
    "400 too long": Fault(step={"error": "too_long"}, kind=K.CONTEXT_LENGTH_EXCEEDED, attempts=1, status=400),
    "400 blocked": Fault(step={"error": "blocked"}, kind=K.CONTENT_FILTERED, attempts=1, status=400),
    "redirect": Fault(step={"redirect": "http://127.0.0.1:9/elsewhere"}, kind=K.REDIRECTED, attempts=1, status=307),
    # the provider's trouble
    "408": Fault(step=said(408), kind=K.SERVER_ERROR, attempts=3, status=408),
    "409": Fault(step=said(409), kind=K.SERVER_ERROR, attempts=3, status=409),
    "500": Fault(step={"error": "server_error"}, kind=K.SERVER_ERROR, attempts=3, status=500),
    "502 of a gateway": Fault(
        step=said(502, body="<html><h1>Bad Gateway</h1></html>", content_type="text/html"),
        kind=K.SERVER_ERROR,
        attempts=3,
        status=502,
        message="Bad Gateway",
    ),
    "503": Fault(step=said(503, body="Service Unavailable"), kind=K.OVERLOADED, attempts=3, status=503),
    "529": Fault(step={"error": "overloaded"}, kind=K.OVERLOADED, attempts=3, status=529, dialect="anthropic_messages"),
    # the connection
    "closed before the headers": Fault(step={"refuse": "fin"}, kind=K.CONNECTION_LOST, attempts=3),
    "reset before the headers": Fault(step={"refuse": "rst"}, kind=K.CONNECTION_LOST, attempts=3),
    "closed inside the headers": Fault(step={"cut_headers": "fin"}, kind=K.CONNECTION_LOST, attempts=3),
    "reset inside the headers": Fault(step={"cut_headers": "rst"}, kind=K.CONNECTION_LOST, attempts=3),
    "reset mid-stream": Fault(
        step={"cut": "rst", "after_chunks": 3, "stall_s": 0.03},
        kind=K.CONNECTION_LOST,
        attempts=2,
        status=200,
        partial=True,
    ),
    "closed mid-stream": Fault(
        step={"cut": "fin", "after_chunks": 3, "stall_s": 0.03},
        kind=K.CONNECTION_LOST,
        attempts=2,
        status=200,
        partial=True,
    ),
    "first byte never": Fault(
        step={"delay_s": LONG_S}, kind=K.FIRST_BYTE_TIMEOUT, attempts=2, limits=IMPATIENT, message="15 s"
    ),
    "headers, then no first byte": Fault(
        step={"delay_body_s": LONG_S}, kind=K.FIRST_BYTE_TIMEOUT, attempts=2, limits=IMPATIENT, status=200
    ),
    "stall between chunks": Fault(
        step={"stall_s": LONG_S, "after_chunks": 3},
        kind=K.READ_TIMEOUT,
        attempts=2,
        limits=IMPATIENT,
        status=200,
        partial=True,
        message="15 s",
    ),
    "slow loris": Fault(
        step={"slow_loris_s": 2}, kind=K.TOTAL_TIMEOUT, attempts=1, limits=replace(QUICK, total_timeout_s=40)
    ),
    # the stream
    "cut that looks like an end": Fault(
        step={"cut": "clean", "after_chunks": 3}, kind=K.STREAM_TRUNCATED, attempts=2, status=200, partial=True
    ),
    "`[DONE]` without a finish reason": Fault(
        step=said(200, body=NO_FINISH, content_type="text/event-stream"),
        kind=K.NO_FINISH_REASON,
        attempts=2,
        status=200,
        partial=True,
        message="stream: false",
    ),
    "empty 200": Fault(step={"empty": True}, kind=K.EMPTY_RESPONSE, attempts=2, status=200),
    "empty event stream": Fault(
        step=said(200, body="", content_type="text/event-stream"), kind=K.EMPTY_RESPONSE, attempts=2, status=200
    ),
    "only comments": Fault(
        step=said(200, body=": ping\n\n" * 3, content_type="text/event-stream"),
        kind=K.EMPTY_RESPONSE,
        attempts=2,
        status=200,
    ),
    "200 with an error body": Fault(
        step={"error": "rate_limit", "status": 200}, kind=K.RATE_LIMITED, attempts=3, status=200
    ),
    "200 with an error body called a stream": Fault(
        step=said(
            200,
            body={"error": {"code": "insufficient_quota", "message": "no credit"}},
            content_type="text/event-stream",
        ),
        kind=K.PAYMENT_REQUIRED,
        attempts=1,
        status=200,
    ),
    "200 of MiniMax with an error": Fault(
        step=said(200, body={"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}),
        kind=K.PAYMENT_REQUIRED,
        attempts=1,
        status=200,
        dialect="minimax",
    ),
    "error event mid-stream": Fault(
        step={"error_event": "server_error", "after_chunks": 3},
        kind=K.SERVER_ERROR,
        attempts=2,
        status=200,
        partial=True,
    ),
    "a web page under 200": Fault(
        step=said(200, body="<html>Log in to the network</html>", content_type="text/html"),
        kind=K.MALFORMED_RESPONSE,
        attempts=2,
        status=200,
    ),
}


@all_cases("backend", BACKENDS)
@all_cases("name", FAULTS)
def test_fault_has_its_cause_and_its_number_of_attempts(name: str, backend: str) -> None:
    fault = FAULTS[name]

    async def run() -> None:
        async with running_mock() as mock, calling(backend, clock=virtual_clock()) as caller:
            mock.script([{"times": 9, **fault.step}])
            wanted = job(mock.base_url(fault.dialect), backend=backend, dialect=fault.dialect, limits=fault.limits)
            attempts, waits = await all_attempts(caller, wanted)
        failures = [attempt for attempt in attempts if isinstance(attempt, Failure)]
        counted = [failure for failure in failures if failure.kind is not K.STALE_CONNECTION]
        assert [failure.kind for failure in counted] == [fault.kind] * fault.attempts
        assert len(failures) == len(attempts) == len(waits) + 1
        last = counted[-1]
        assert last.http_status == (fault.status if fault.status is not None else last.http_status)
        assert bool(last.partial_text) is fault.partial
        assert fault.message in last.message
        assert last.message.strip()
        assert last.was_sent
        if fault.retry_after_s is not None:
            assert last.retry_after_s == pytest.approx(fault.retry_after_s)
            assert all(fault.retry_after_s <= wait <= 1.05 * fault.retry_after_s for wait in waits)
        check_times(last, fault)
        cause, retried, charged = page_rows()[name]
        assert cause == fault.kind.value
        assert retried.partition(",")[0] == {1: "no", 2: "once", 3: "yes"}[fault.attempts]
        assert charged.partition(",")[0] == ("no" if is_unbilled(last) else "unknown")

    run_virtually(run())


@functools.cache
def page_rows() -> dict[str, tuple[str, str, str]]:
    """The table for readers: fault to (cause, retried, charged)."""
    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| ")]
    rows = [row for row in cells if len(row) == 4 and row[1].startswith("`") and not row[0].startswith("streams")]
    return {fault: (cause.strip("`"), retried, charged) for fault, cause, retried, charged in rows}


def check_times(failure: Failure, fault: Fault) -> None:
    timing = failure.timing
    assert timing.total_s is not None
    assert 0 <= timing.total_s <= fault.limits.total_timeout_s < LONG_S
    assert (timing.ttft_s is not None) is fault.partial
    if timing.ttft_s is not None and timing.headers_s is not None:
        assert 0 <= timing.headers_s <= timing.ttft_s <= timing.total_s
    if fault.kind in (K.FIRST_BYTE_TIMEOUT, K.TOTAL_TIMEOUT) and timing.headers_s is None:
        assert timing.total_s >= 15  # waited out, not given up early


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """What looks wrong and is none: the answer must come through whole, at the first attempt."""

    step: Mapping[str, object]
    finish: FinishReason = FinishReason.STOP
    served: str = "mock-model"
    usage: bool = True
    stream: bool = True


TEXT = "The answer is 42 – naïve 𝄞."
ODDITIES: dict[str, Oddity] = {
    "nothing wrong": Oddity(step={}),
    "not streamed": Oddity(step={}, stream=False),
    "no [DONE]": Oddity(step={"no_done": True}),
    "half a character at a chunk border": Oddity(step={"split": "utf8"}),
    "split at every byte": Oddity(step={"split": "byte"}),
    "line ends of Windows": Oddity(step={"crlf": True}),
    "line ends of Windows split at every byte": Oddity(step={"crlf": True, "split": "byte"}),
    "1 MB line": Oddity(step={"long_line_bytes": 1_000_000}),
    "comment flood": Oddity(step={"comments": 20_000}),
    "blank lines before": Oddity(step={"blank_lines": 500}),
    "blank lines before JSON": Oddity(step={"blank_lines": 500}, stream=False),
    "a stream called JSON": Oddity(step={"content_type": "application/json"}),
    "a stream called plain text": Oddity(step={"content_type": "text/plain"}),
    "JSON called a stream": Oddity(step={"content_type": "text/event-stream"}, stream=False),
    "gzip": Oddity(step={"gzip": True}),
    "gzip split at every byte": Oddity(step={"gzip": True, "split": "byte"}),
    "chunk without choices": Oddity(step={"chunk_without_choices": True}),
    "usage twice": Oddity(step={"duplicate_usage": True}),
    "no usage": Oddity(step={"omit_usage": True}, usage=False),
    "another model served": Oddity(step={"served_model": "mock-model-2025-01-01"}, served="mock-model-2025-01-01"),
    "connection closed unannounced after the answer": Oddity(step={"close_after": True}),
    "cut after the finish reason, before the usage": Oddity(step={"cut": "rst", "cut_before": "usage"}, usage=False),
    "cut after the usage, before [DONE]": Oddity(step={"cut": "fin", "cut_before": "done"}),
}


@all_cases("backend", BACKENDS)
@all_cases("name", ODDITIES)
def test_oddity_is_answered_at_the_first_attempt(name: str, backend: str) -> None:
    odd = ODDITIES[name]

    async def run() -> None:
        async with running_mock() as mock, calling(backend) as caller:
            mock.script([{"answer": TEXT, **odd.step}])
            wanted = job(mock.base_url("openai"), backend=backend, stream=odd.stream)
            attempts, _ = await all_attempts(caller, wanted)
            billed = mock.ledger.entries()[0].tokens
        assert len(attempts) == 1
        answer = attempts[0]
        assert isinstance(answer, Completion), answer
        assert answer.text == TEXT
        assert answer.finish_reason is odd.finish
        assert answer.served_model == odd.served
        if odd.usage:
            assert answer.usage is not None
            assert answer.usage.completion_tokens == billed.completion
        else:
            assert answer.usage is None
        timing = answer.timing
        assert (timing.ttft_s is not None) is odd.stream
        assert timing.headers_s is not None
        assert timing.total_s is not None
        assert 0 < timing.headers_s <= (timing.ttft_s or timing.total_s) <= timing.total_s

    asyncio.run(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_ten_megabytes_come_through(backend: str) -> None:
    async def run() -> None:
        async with running_mock() as mock, calling(backend) as caller:
            mock.script([{"answer_bytes": 10_000_000}])
            answer = await one_attempt(caller, job(mock.base_url("openai"), backend=backend))
        assert isinstance(answer, Completion)
        assert len(answer.text) == 10_000_000

    asyncio.run(run())


@all_cases("backend", BACKENDS)
@all_cases(
    ("url", "kind", "attempts"),
    [
        ("http://no-such-host.invalid/v1", K.DNS, 3),
        ("http://127.0.0.1:{closed}/v1", K.CONNECTION_FAILED, 3),
        ("https://127.0.0.1:{plain}/v1", K.TLS, 1),
        ("ftp://127.0.0.1/v1", K.BAD_REQUEST, 1),
    ],
)
def test_nothing_is_sent_where_no_connection_is_made(url: str, kind: FailureKind, attempts: int, backend: str) -> None:
    async def run() -> None:
        async with running_mock() as mock, calling(backend) as caller:
            place = url.format(closed=closed_port(), plain=mock.url.rpartition(":")[2])
            made, _ = await all_attempts(caller, job(place, backend=backend))
            assert not mock.requests
        assert [attempt.kind for attempt in made if isinstance(attempt, Failure)] == [kind] * attempts
        assert not any(attempt.was_sent for attempt in made if isinstance(attempt, Failure))
        assert all(attempt.timing.total_s == 0 and attempt.timing.ttft_s is None for attempt in made)

    asyncio.run(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_certificate_that_nobody_signed_is_refused(backend: str, tmp_path: Path) -> None:
    async def never(visit: Visit) -> None:
        raise AssertionError("a request was sent")

    async def run() -> None:
        async with raw_server(never, ssl_context=self_signed(tmp_path)) as server, calling(backend) as caller:
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the server's side of the handshake
            made, _ = await all_attempts(caller, job(f"https://127.0.0.1:{server.port}/v1", backend=backend))
        assert [attempt.kind for attempt in made if isinstance(attempt, Failure)] == [K.TLS]

    asyncio.run(run())


@all_cases("backend", BACKENDS)
@all_cases("how", ["fin", "rst"])
def test_handshake_that_the_server_breaks_off_is_tried_again(how: str, backend: str) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)  # a part of the greeting
        if how == "rst":
            writer.transport.abort()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, calling(backend) as caller:
            made, _ = await all_attempts(caller, job(f"https://127.0.0.1:{port}/v1", backend=backend))
        assert [attempt.kind for attempt in made if isinstance(attempt, Failure)] == [K.CONNECTION_FAILED] * 3

    asyncio.run(run())


@pytest.mark.parametrize("backend", BACKENDS)
def test_trusted_certificate_is_answered_over_tls(backend: str, tmp_path: Path) -> None:
    async def good(visit: Visit) -> None:
        await visit.send(answer_stream())

    async def run() -> None:
        context = self_signed(tmp_path)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        async with raw_server(good, ssl_context=context) as server, calling(backend, ssl_context=trusting) as caller:
            answer = await one_attempt(caller, job(f"https://127.0.0.1:{server.port}/v1", backend=backend))
        assert isinstance(answer, Completion)
        assert answer.text == "42"

    asyncio.run(run())


def test_reliability_page_names_every_cause() -> None:
    in_table = {row[0] for row in page_rows().values()}
    assert in_table == {kind.value for kind in FailureKind}
