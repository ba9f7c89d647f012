"""The end of a stream: once the finish reason has come, the answer stands, whatever the server does afterwards.

Each format of the wire over each backend against a server on loopback, and every dialect's composed streams with other
things put between and after their events.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.core.types import Attempt, Completion, Failure, FailureKind, FinishReason, Json
from harness.providers import dialect_loader
from harness.providers.client import ClientContext
from harness.providers.format.wire_types import StreamStage
from tests.cases import all_cases
from tests.providers.calling import (
    BACKENDS,
    OK_STREAM,
    QUICK,
    Visit,
    all_attempts,
    calling,
    job,
    one_attempt,
    raw_server,
    whole,
)
from tests.providers.reading import endpoint, read_events

K = FailureKind
Event = tuple[str, bytes]


def data(value: Json) -> bytes:
    """One unnamed event."""
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


def chat(delta: Json, finish: str | None = None, **more: Json) -> bytes:
    """A chunk of a chat completion."""
    return data({"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The parts of a stream that answers `42` with 7 prompt and 2 completion tokens."""

    dialect: str
    text: bytes
    finish: bytes
    usage: bytes
    mark: bytes
    error: bytes


USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
MESSAGE = {"id": "m1", "model": "m", "usage": {"input_tokens": 7, "output_tokens": 1}}
DONE_RESPONSE = {"id": "r1", "model": "m", "status": "completed", "output": []}
ERROR = {"error": {"message": "failed to record usage", "type": "internal_error", "code": 500}}
FORMATS = [
    Format(
        dialect="generic",
        text=chat({"content": "42"}),
        finish=chat({}, "stop"),
        usage=data({"choices": [], "usage": USAGE}),
        mark=data(b"[DONE]"),
        error=data(ERROR),
    ),
    Format(
        dialect="anthropic_messages",
        text=data({"type": "message_start", "message": MESSAGE})
        + data({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "42"}}),
        finish=data({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        usage=b"",
        mark=data({"type": "message_stop"}),
        error=b"event: error\n" + data({"type": "error", "error": {"type": "api_error", "message": "oh"}}),
    ),
    Format(
        dialect="openai_responses",
        text=data({"type": "response.output_text.delta", "delta": "42"}),
        finish=data(
            {
                "type": "response.completed",
                "response": {**DONE_RESPONSE, "usage": {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}},
            }
        ),
        usage=b"",
        mark=b"",
        error=b"event: error\n" + data({"type": "error", "code": "server_error", "message": "oh"}),
    ),
]
FORMAT = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.dialect)
BACKEND = pytest.mark.parametrize("backend", BACKENDS)

JUNK: dict[str, Callable[[Format], bytes]] = {
    "an error event": lambda form: form.error,
    "words": lambda _: data(b"upstream closed"),
    "half of a JSON object": lambda _: data(b'{"id":"c","choices":[{"delta":{"cont'),
    "a web page": lambda _: b"<html><body>502 Bad Gateway</body></html>\n\n",
    "keep-alives": lambda _: b": ping\n\ndata:\n\ndata: null\n\nevent: ping\ndata: {}\n\n",
    "text after the end mark": lambda form: form.mark + form.text + data(b"[DONE]") + form.text,
}
KEEP_ALIVES = [b"data:\n\n", b"data: \n\n", b"data: null\n\n", b": PROCESSING\n\n", b":\n\n", b"data: [ping]\n\n"]
KEEP_ALIVES += [b"data: ping\n\n", b"event: ping\ndata: {}\n\n", b"event: heartbeat\ndata:\n\n", b'data: "alive"\n\n']


def attempt_at(answer: Callable[[Visit], Awaitable[None]], form: Format, backend: str) -> tuple[list[Attempt], int]:
    """All attempts at a server that answers so, and the requests it got."""

    async def run() -> tuple[list[Attempt], int]:
        async with raw_server(answer) as server, calling(backend) as caller:
            made, _ = await all_attempts(caller, job(server.url, backend=backend, dialect=form.dialect))
            return made, len(server.visits)

    return asyncio.run(run())


def assert_is_the_answer(made: Attempt) -> None:
    assert isinstance(made, Completion), made
    assert (made.text, made.finish_reason) == ("42", FinishReason.STOP)
    assert made.usage is not None
    assert (made.usage.prompt_tokens, made.usage.completion_tokens) == (7, 2)


@FORMAT
@BACKEND
@all_cases("junk", JUNK)
def test_answer_stands_whatever_comes_after_its_finish_reason(junk: str, backend: str, form: Format) -> None:
    async def answer(visit: Visit) -> None:
        body = form.text + form.finish + JUNK[junk](form) + form.usage + JUNK[junk](form)
        await visit.send(whole(body, {"Content-Type": "text/event-stream"}))

    made, requests = attempt_at(answer, form, backend)
    assert requests == 1
    assert_is_the_answer(made[0])


@FORMAT
@BACKEND
def test_answer_stands_when_the_connection_breaks_after_its_finish_reason(backend: str, form: Format) -> None:
    async def answer(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(form.text + form.finish + form.usage)
        visit.reset()

    made, requests = attempt_at(answer, form, backend)
    assert requests == 1
    assert_is_the_answer(made[0])


@pytest.mark.slow
def test_silence_after_the_finish_reason_is_not_waited_for_with_the_timeout_between_chunks() -> None:
    """All formats and backends at once, for the wait is one of seconds; keep-alives do not make it longer."""
    patient = replace(QUICK, between_chunks_timeout_s=600.0, total_timeout_s=600.0)

    async def ask(form: Format, backend: str, *, keeps_alive: bool) -> tuple[Attempt, float, bool]:
        async def answer(visit: Visit) -> None:
            await visit.send(OK_STREAM)
            await visit.send_chunk(form.text + form.finish + form.usage)
            while keeps_alive:
                await asyncio.sleep(0.1)
                await visit.send_chunk(b": ping\n\ndata: null\n\n")
            await visit.reader.read()  # until the client leaves

        async with raw_server(answer) as server, calling(backend) as caller:
            wanted = job(server.url, backend=backend, dialect=form.dialect, limits=patient)
            loop = asyncio.get_running_loop()
            began = loop.time()
            made = await one_attempt(caller, wanted)
            # `response.completed` is the last event of the Responses format: nothing can follow
            return made, loop.time() - began, form.dialect != "openai_responses"

    async def run() -> list[tuple[Attempt, float, bool]]:
        kinds = [(form, backend, noisy) for form in FORMATS for backend in BACKENDS for noisy in (False, True)]
        async with asyncio.timeout(120):
            return await asyncio.gather(*(ask(form, backend, keeps_alive=noisy) for form, backend, noisy in kinds))

    for made, took, waits in asyncio.run(run()):
        assert_is_the_answer(made)
        assert made.timing.total_s is not None
        assert not waits or made.timing.total_s < took - 1.5  # 2 s waited for in vain are no part of the latency


@pytest.mark.slow
@BACKEND
def test_usage_that_comes_late_is_read(backend: str) -> None:
    form = FORMATS[0]

    async def answer(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(form.text + form.finish)
        await asyncio.sleep(0.4)  # longer than the wait after an end mark
        await visit.send_chunk(form.usage)
        await visit.reader.read()

    made, _ = attempt_at(answer, form, backend)
    assert_is_the_answer(made[0])
    assert made[0].timing.total_s is not None
    assert made[0].timing.total_s >= 0.39


@BACKEND
def test_server_that_names_a_finish_reason_in_every_chunk_is_read_to_its_end(backend: str) -> None:
    async def answer(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        for word in ("4", "2", ", ", "surely"):
            await visit.send_chunk(chat({"content": word}, "stop"))
            await asyncio.sleep(0.05)
        await visit.send_chunk(FORMATS[0].usage + FORMATS[0].mark)
        await visit.send_chunk(b"")

    made, requests = attempt_at(answer, FORMATS[0], backend)
    assert requests == 1
    assert isinstance(made[0], Completion)
    assert made[0].text == "42, surely"


@BACKEND
def test_break_in_a_text_that_goes_on_after_a_finish_reason_is_a_failure(backend: str) -> None:
    async def answer(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(chat({"content": "4"}, "stop") + chat({"content": "2"}, "stop"))
        visit.reset()

    made, _ = attempt_at(answer, FORMATS[0], backend)
    assert [one.kind for one in made if isinstance(one, Failure)] == [K.CONNECTION_LOST] * 2


@FORMAT
@BACKEND
@all_cases("keep_alive", KEEP_ALIVES, ids=repr)
def test_keep_alive_is_no_damage(keep_alive: bytes, backend: str, form: Format) -> None:
    async def answer(visit: Visit) -> None:
        parts = (form.text, form.finish, form.usage, form.mark)
        body = keep_alive + keep_alive.join(part for part in parts if part) + keep_alive
        await visit.send(whole(body, {"Content-Type": "text/event-stream"}))

    made, requests = attempt_at(answer, form, backend)
    assert requests == 1
    assert_is_the_answer(made[0])


@all_cases("value", ["null", "None", "", None])
def test_finish_reason_that_says_there_is_none_is_none(value: Json) -> None:
    parser = dialect_loader.new_parser(endpoint("generic"))
    chunk = {"choices": [{"index": 0, "delta": {"content": "4"}, "finish_reason": value}]}
    parser.feed_event("", json.dumps(chunk).encode())
    assert parser.stage is StreamStage.RUNNING


@FORMAT
@BACKEND
def test_words_and_nothing_else_are_a_malformed_response_that_quotes_them(backend: str, form: Format) -> None:
    async def answer(visit: Visit) -> None:
        await visit.send(whole(data(b"model is loading"), {"Content-Type": "text/event-stream"}))

    made, _ = attempt_at(answer, form, backend)
    assert [one.kind for one in made if isinstance(one, Failure)] == [K.MALFORMED_RESPONSE] * 2
    assert isinstance(made[0], Failure)
    assert "model is loading" in made[0].message


@FORMAT
@all_cases("text", ["upstream died", '{"error": {"message": "upstream died"}}'])
def test_event_called_error_is_an_error_whatever_its_data(text: str, form: Format) -> None:
    reply = read_events(form.dialect, [("error", text.encode())])
    assert reply.error is not None
    assert "upstream died" in reply.error.message


def no_finish(visit_body: bytes, *, accepts: bool, backend: str) -> list[Attempt]:
    async def answer(visit: Visit) -> None:
        await visit.send(whole(visit_body, {"Content-Type": "text/event-stream"}))

    async def run() -> list[Attempt]:
        async with raw_server(answer) as server, calling(backend) as caller:
            taking: ClientContext = replace(caller, accepts_unfinished=accepts)
            made, _ = await all_attempts(taking, job(server.url, backend=backend, dialect="generic"))
            return made

    return asyncio.run(run())


ENDS = {"mark and usage": FORMATS[0].usage + FORMATS[0].mark, "mark": FORMATS[0].mark, "usage": FORMATS[0].usage}


@BACKEND
@all_cases("end", ENDS)
def test_proper_end_without_a_finish_reason_is_a_failure_that_names_the_settings(end: str, backend: str) -> None:
    made = no_finish(FORMATS[0].text + ENDS[end], accepts=False, backend=backend)
    assert [one.kind for one in made if isinstance(one, Failure)] == [K.NO_FINISH_REASON] * 2
    assert isinstance(made[0], Failure)
    assert made[0].partial_text == "42"
    for setting in ("stream: false", "dialect", "--accept-unfinished"):
        assert setting in made[0].message


@BACKEND
@all_cases("end", ENDS)
def test_proper_end_without_a_finish_reason_is_taken_and_marked_on_request(end: str, backend: str) -> None:
    made = no_finish(FORMATS[0].text + ENDS[end], accepts=True, backend=backend)
    assert len(made) == 1
    assert isinstance(made[0], Completion)
    assert (made[0].text, made[0].finish_reason) == ("42", FinishReason.NOT_GIVEN)


@BACKEND
def test_truncated_stream_is_not_taken_even_on_request(backend: str) -> None:
    made = no_finish(FORMATS[0].text, accepts=True, backend=backend)
    assert [one.kind for one in made if isinstance(one, Failure)] == [K.STREAM_TRUNCATED] * 2


# Every dialect, on its composed payloads

PAYLOADS = Path(__file__).parent / "dialects"
CASES = [
    (path.stem, case)
    for path in sorted(PAYLOADS.glob("*.json"))
    for case in json.loads(path.read_text())
    if "stream" in case
]
STREAMS = [pytest.param(name, case, id=f"{name}: {case['name']}") for name, case in CASES]
ANSWERS = [
    pytest.param(name, case, id=f"{name}: {case['name']}")
    for name, case in CASES
    if case["expect"]["finish"] and not case["expect"].get("error")
]


def events_of(case: dict[str, Json]) -> list[Event]:
    events = case["stream"]
    assert isinstance(events, list)
    return [(name, (body if isinstance(body, str) else json.dumps(body)).encode()) for name, body in events]


@all_cases(("name", "case"), STREAMS)
def test_keep_alives_between_all_events_change_nothing(name: str, case: dict[str, Json]) -> None:
    events = events_of(case)
    noise: list[Event] = [("", b""), ("", b"null"), ("", b"ping"), ("", b'"alive"'), ("ping", b"{}"), ("", b"[x]")]
    noisy = [one for event in events for one in (*noise, event)] + noise
    assert replace(read_events(name, noisy), undecoded=None) == read_events(name, events)


@all_cases(("name", "case"), ANSWERS)
def test_whatever_follows_the_finish_reason_changes_nothing(name: str, case: dict[str, Json]) -> None:
    events = events_of(case)
    clean, parser = read_events(name, events), dialect_loader.new_parser(endpoint(name))
    noise: list[Event] = [("error", b"oh"), ("", json.dumps(ERROR).encode()), ("", b'{"half": "'), ("", b"closed")]
    after: list[Event] = []
    for event in events:
        parser.feed_event(*event)
        after += [event, *(noise if parser.stage is not StreamStage.RUNNING else ())]
    assert replace(read_events(name, after), undecoded=None) == clean
