"""litellm as a backend: what it brings, what it invents and is not believed. Needs the extra `litellm`."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Attempt, Completion, Failure, FailureKind, FinishReason, Json
from harness.mock.testing import RunningMock, running_mock
from harness.providers.client import ClientContext
from harness.providers.transport.litellm_backend import make
from tests.cases import all_cases
from tests.ports import closed_port
from tests.providers.calling import (
    KEY,
    OK_STREAM,
    QUICK,
    Handler,
    Visit,
    answer_stream,
    content,
    job,
    one_attempt,
    raw_server,
    whole,
)
from tests.providers.parsing.test_quota import BODIES
from tests.providers.test_refusals import MESSAGE_SHAPES, SAID, USAGE
from tests.providers.test_stream_end import FORMATS, JUNK, KEEP_ALIVES, Format, data

K = FailureKind
HAS_LITELLM = importlib.util.find_spec("litellm") is not None
needs_litellm = pytest.mark.skipif(
    not HAS_LITELLM, reason="NEEDS THE EXTRA litellm: pip install 'price-performance-harness[litellm]'"
)
pytestmark = pytest.mark.filterwarnings("ignore")  # of which its code gives many
ROUTES = {"openai": ("openai/mock-model", ""), "anthropic_messages": ("anthropic/mock-model", "/messages")}


@asynccontextmanager
async def calling() -> AsyncIterator[ClientContext]:
    mover = make()
    try:
        yield ClientContext(backends={"litellm": mover}, keys={"PLANTED_KEY": KEY}, clock=SYSTEM_CLOCK)
    finally:
        await mover.close()


async def ask(caller: ClientContext, mock: RunningMock, route: str, *, stream: bool = True) -> Attempt:
    model, path = ROUTES[route]
    wanted = job(mock.base_url(route) + path, backend="litellm", dialect="generic", model_id=model, stream=stream)
    return await one_attempt(caller, wanted)


def asked(route: str, **step: object) -> Attempt:
    async def run() -> Attempt:
        async with running_mock() as mock, calling() as caller:
            mock.script([step])
            attempt = await ask(caller, mock, route)
            assert len(mock.requests) == 1, "litellm has tried again by itself"
            return attempt

    return asyncio.run(run())


@needs_litellm
@all_cases("route", ROUTES)
@all_cases("stream", [True, False])
def test_answer_and_usage_are_those_of_the_mocks_ledger(route: str, stream: bool) -> None:
    async def run() -> None:
        async with running_mock() as mock, calling() as caller:
            answer = await ask(caller, mock, route, stream=stream)
            (entry,) = mock.ledger.entries()
        assert isinstance(answer, Completion)
        assert answer.text.startswith("This simulated model")
        assert answer.usage is not None
        assert answer.usage.prompt_tokens == entry.tokens.prompt
        assert answer.usage.completion_tokens == entry.tokens.completion
        assert answer.reported_cost_usd is None
        assert (answer.timing.ttft_s is not None) is stream

    asyncio.run(run())


@needs_litellm
@pytest.mark.parametrize("route", ROUTES)
def test_its_stop_is_not_believed(route: str) -> None:
    answer = asked(route)
    assert isinstance(answer, Completion)
    assert (answer.finish_reason, answer.native_finish_reason) == (FinishReason.OTHER, "litellm:stop")


@needs_litellm
@pytest.mark.parametrize("route", ROUTES)
def test_an_answer_cut_by_the_token_limit_is_truncated(route: str) -> None:
    answer = asked(route, finish_word={"openai": "length", "anthropic_messages": "max_tokens"}[route])
    assert isinstance(answer, Completion)
    assert answer.finish_reason is FinishReason.LENGTH


@needs_litellm
def test_a_word_it_would_map_to_stop_stays_what_it_was() -> None:
    answer = asked("openai", finish_word="network_error")
    assert isinstance(answer, Failure)
    assert answer.kind is K.INTERRUPTED
    assert "network_error" in answer.message


@needs_litellm
@all_cases("route", ROUTES)
@all_cases("how", ["fin", "rst", "clean"])
def test_a_cut_stream_is_cut_although_it_says_stop(route: str, how: str) -> None:
    failure = asked(route, cut=how, after_chunks=3)
    assert isinstance(failure, Failure)
    assert failure.kind in (K.STREAM_TRUNCATED, K.CONNECTION_LOST)
    assert failure.is_retryable
    assert failure.partial_text == "This simulated mode"
    assert failure.usage is None or failure.usage.completion_tokens is None


@needs_litellm
def test_tokens_it_counted_itself_are_unknown() -> None:
    answer = asked("openai", omit_usage=True)
    assert isinstance(answer, Completion)
    assert (answer.usage, answer.raw_usage) == (None, None)


@needs_litellm
def test_its_dollars_are_never_ours() -> None:
    usage = b'{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"cost":0.5}'
    stop = b'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    stream = content("42") + stop + b'data: {"id":"c","choices":[],"usage":' + usage + b"}\n\ndata: [DONE]\n\n"
    said = {"Content-Type": "text/event-stream", "x-litellm-response-cost": "0.5"}
    answer, _ = against(whole(stream, said))
    assert isinstance(answer, Completion)
    assert answer.reported_cost_usd is None
    assert "cost" not in str(answer.raw_usage)
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 2


def against(reply: bytes, *, api_key_env: str | None = "PLANTED_KEY") -> tuple[Attempt, Visit]:
    async def good(visit: Visit) -> None:
        await visit.send(reply)

    async def run() -> tuple[Attempt, Visit]:
        async with raw_server(good) as server, calling() as caller:
            wanted = job(
                server.url,
                backend="litellm",
                dialect="generic",
                model_id="openai/m",
                api_key_env=api_key_env,
                extra_body={"temperature": 0.25, "own_field": [1]},
            )
            return await one_attempt(caller, wanted), server.visits[0]

    return asyncio.run(run())


@needs_litellm
def test_settings_and_key_are_sent() -> None:
    _, visit = against(answer_stream())
    assert dict(visit.headers)["authorization"] == f"Bearer {KEY}"
    assert b'"temperature":0.25' in visit.body.replace(b" ", b"")
    assert b'"own_field":[1]' in visit.body.replace(b" ", b"")


@needs_litellm
def test_a_key_of_the_environment_goes_to_no_other_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    answer, visit = against(answer_stream(), api_key_env=None)
    assert isinstance(answer, Completion)
    assert b"sk-of-the-environment" not in visit.head


@needs_litellm
@all_cases("route", ROUTES)
@all_cases(
    ("step", "kind", "retryable", "wait"),
    [
        ({"error": "rate_limit", "retry_after_s": 7}, K.RATE_LIMITED, True, 7.0),
        ({"status": 500}, K.SERVER_ERROR, True, None),
        ({"error": "bad_key"}, K.UNAUTHORIZED, False, None),
        ({"error": "no_money"}, K.PAYMENT_REQUIRED, False, None),
        ({"error_event": "overloaded"}, K.INTERRUPTED, True, None),
    ],
    ids=["429", "500", "bad key", "no money", "error in the stream"],
)
def test_errors_keep_their_meaning(
    route: str, step: dict[str, object], kind: FailureKind, retryable: bool, wait: float | None
) -> None:
    failure = asked(route, **step)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.is_retryable, failure.retry_after_s) == (kind, retryable, wait)


@needs_litellm
def test_no_key_in_a_failure() -> None:
    body = b'{"error":{"message":"Incorrect API key provided: %s","code":"invalid_api_key"}}' % KEY.encode()
    failure, _ = against(whole(body, {"Content-Type": "application/json"}, "401 Unauthorized"))
    assert isinstance(failure, Failure)
    assert failure.kind is K.UNAUTHORIZED
    assert KEY not in repr(failure)


@needs_litellm
@all_cases("model", ["openai/m", "anthropic/m"])
@all_cases(
    ("url", "kind"), [("http://no-such-host.invalid/v1", K.DNS), ("http://127.0.0.1:{port}/v1", K.CONNECTION_FAILED)]
)
def test_an_unreachable_address_has_its_cause_and_nothing_was_sent(model: str, url: str, kind: FailureKind) -> None:
    async def run() -> Attempt:
        async with calling() as caller:
            wanted = job(url.format(port=closed_port()), backend="litellm", dialect="generic", model_id=model)
            return await one_attempt(caller, wanted)

    failure = asyncio.run(run())
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.was_sent, failure.is_retryable) == (kind, False, True)


@needs_litellm
@pytest.mark.parametrize("model", ["openai/m", "anthropic/m"])
def test_cancelling_closes_the_connection(model: str) -> None:
    async def run() -> None:
        arrived = asyncio.Event()

        async def stalling(visit: Visit) -> None:
            await visit.send(OK_STREAM)
            await visit.send_chunk(content("4"))
            arrived.set()
            await visit.reader.read()
            visit.writer.close()

        async with raw_server(stalling) as server, calling() as caller:
            wanted = job(server.url, backend="litellm", dialect="generic", model_id=model)
            call = asyncio.create_task(one_attempt(caller, wanted))
            await arrived.wait()
            await asyncio.sleep(0.05)  # most often the text has been read by then; the test holds either way
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await server.all_closed.wait()

    asyncio.run(run())


_OFFLINE = """
import asyncio, socket
def refuse(*asked):
    raise AssertionError(f"a look-up on the network: {asked}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from harness.providers.transport.litellm_backend import make
async def run():
    await make().close()
asyncio.run(run())
import litellm
print(litellm.telemetry, litellm.callbacks, litellm.cache, litellm.drop_params, len(litellm.model_cost) > 100)
"""


@needs_litellm
def test_importing_it_asks_nobody() -> None:
    said = subprocess.run([sys.executable, "-W", "ignore", "-c", _OFFLINE], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert said.stdout == "False [] None False True\n"


_MISSING = """
import sys
sys.modules["litellm"] = None
from harness.core.errors import LocalError
from harness.providers.transport.litellm_backend import make
try:
    make()
except LocalError as error:
    print(error)
"""


@pytest.mark.slow
def test_a_missing_package_says_what_to_install() -> None:
    said = subprocess.run([sys.executable, "-c", _MISSING], capture_output=True, text=True, check=True)
    assert "pip install 'price-performance-harness[litellm]'" in said.stdout


# The end of a stream, keep-alives and refusals: the same servers as for the other backends

CHAT, MESSAGES, _ = FORMATS
STREAM = {"Content-Type": "text/event-stream"}


def asked_of(answer: bytes | Handler, form: Format, *, stream: bool = True, **changes: object) -> Attempt:
    """One attempt at a server that says these bytes, in the format's route."""
    model, path = ROUTES["openai" if form is CHAT else "anthropic_messages"]

    async def say(visit: Visit) -> None:
        assert isinstance(answer, bytes)
        await visit.send(answer)

    async def run() -> Attempt:
        async with raw_server(say if isinstance(answer, bytes) else answer) as server, calling() as caller:
            wanted = job(
                server.url + path,
                backend="litellm",
                dialect="generic",
                model_id=model,
                stream=stream,
                **changes,  # type: ignore[arg-type]
            )
            made = await one_attempt(caller, wanted)
            assert len(server.visits) == 1
            return made

    return asyncio.run(run())


def assert_is_the_answer(made: Attempt, *, has_usage: bool = True) -> None:
    assert isinstance(made, Completion), made
    assert (made.text, made.native_finish_reason) == ("42", "litellm:stop")
    assert not has_usage or (made.usage is not None and made.usage.completion_tokens == 2)


@needs_litellm
@all_cases("form", [CHAT, MESSAGES], ids=lambda form: form.dialect)
@all_cases("junk", JUNK)
def test_answer_stands_whatever_comes_after_its_finish_reason(junk: str, form: Format) -> None:
    body = form.text + form.finish + JUNK[junk](form) + form.usage + JUNK[junk](form)
    # the package reads nothing behind the end mark: usage that comes there is unknown
    has_usage = form is MESSAGES or junk != "text after the end mark"
    assert_is_the_answer(asked_of(whole(body, STREAM), form), has_usage=has_usage)


@needs_litellm
@pytest.mark.parametrize("form", [CHAT, MESSAGES], ids=lambda form: form.dialect)
def test_silence_after_the_finish_reason_is_not_waited_for(form: Format) -> None:
    async def silent(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(form.text + form.finish + form.usage)
        await visit.reader.read()

    patient = replace(QUICK, between_chunks_timeout_s=600.0, total_timeout_s=600.0)
    assert_is_the_answer(asked_of(silent, form, limits=patient))


@needs_litellm
def test_usage_that_comes_late_is_read() -> None:
    async def late(visit: Visit) -> None:
        await visit.send(OK_STREAM)
        await visit.send_chunk(CHAT.text + CHAT.finish)
        await asyncio.sleep(0.4)
        await visit.send_chunk(CHAT.usage)
        await visit.reader.read()

    assert_is_the_answer(asked_of(late, CHAT))


@needs_litellm
@all_cases("form", [CHAT, MESSAGES], ids=lambda form: form.dialect)
@all_cases("keep_alive", KEEP_ALIVES, ids=repr)
def test_keep_alive_is_no_damage(keep_alive: bytes, form: Format) -> None:
    parts = (part for part in (form.text, form.finish, form.usage, form.mark) if part)
    assert_is_the_answer(asked_of(whole(keep_alive + keep_alive.join(parts) + keep_alive, STREAM), form))


@needs_litellm
def test_proper_end_without_a_finish_reason_has_its_own_cause() -> None:
    made = asked_of(whole(CHAT.text + CHAT.usage + CHAT.mark, STREAM), CHAT)
    assert isinstance(made, Failure)
    assert (made.kind, made.partial_text) == (K.NO_FINISH_REASON, "42")


@needs_litellm
@pytest.mark.parametrize("form", [CHAT, MESSAGES], ids=lambda form: form.dialect)
def test_truncated_stream_has_no_completion_tokens(form: Format) -> None:
    made = asked_of(whole(form.text, STREAM), form)
    assert isinstance(made, Failure)
    assert made.kind is K.STREAM_TRUNCATED
    assert made.usage is None or made.usage.completion_tokens is None


@needs_litellm
@all_cases("stream", [True, False])
@all_cases("shape", MESSAGE_SHAPES)
def test_refusal_is_a_refusal(shape: str, *, stream: bool) -> None:
    made = asked_of_message({"role": "assistant", **MESSAGE_SHAPES[shape]}, stream=stream)
    assert isinstance(made, Completion), made
    assert (made.text, made.finish_reason) == (SAID, FinishReason.REFUSED)


@needs_litellm
@pytest.mark.parametrize("stream", [True, False])
def test_content_in_parts_is_text_and_reasoning(*, stream: bool) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    parts = [thinking, {"type": "text", "text": "4"}, {"type": "text", "text": "2"}]
    made = asked_of_message({"role": "assistant", "content": parts}, stream=stream)
    assert isinstance(made, Completion), made
    assert (made.text, made.reasoning) == ("42", "hm")


def asked_of_message(message: dict[str, Json], *, stream: bool) -> Attempt:
    """One attempt at a server that says this message, in one chunk or whole."""
    choice = {"index": 0, "finish_reason": "stop", "delta" if stream else "message": message}
    reply = {"id": "c", "model": "m", "choices": [choice]}
    if stream:
        body = data(reply) + data({"choices": [], "usage": USAGE}) + CHAT.mark
    else:
        body = json.dumps({**reply, "usage": USAGE}).encode()
    return asked_of(whole(body, STREAM if stream else {"Content-Type": "application/json"}), CHAT, stream=stream)


@needs_litellm
@all_cases("header", ["x-harness-simulated", "llm_provider-x-harness-simulated"])
@all_cases("form", [CHAT, MESSAGES], ids=lambda form: form.dialect)
def test_answer_that_says_it_is_simulated_is_marked(form: Format, header: str) -> None:
    body = form.text + form.finish + form.usage + form.mark
    assert asked_of(whole(body, {**STREAM, header: "1"}), form).simulated
    assert not asked_of(whole(body, STREAM), form).simulated


@needs_litellm
@pytest.mark.parametrize("form", [CHAT, MESSAGES], ids=lambda form: form.dialect)
def test_no_coding_is_offered_that_cannot_be_read(form: Format) -> None:
    heads: list[bytes] = []

    async def answer(visit: Visit) -> None:
        heads.append(visit.head.lower())
        await visit.send(whole(form.text + form.finish + form.usage + form.mark, STREAM))

    assert_is_the_answer(asked_of(answer, form))
    offered = next((line for line in heads[0].split(b"\r\n") if line.startswith(b"accept-encoding:")), b"")
    assert b"br" not in offered
    assert b"zstd" not in offered


@needs_litellm
@all_cases("form", [CHAT, MESSAGES], ids=lambda form: form.dialect)
@all_cases("body", BODIES)
def test_used_up_quota_is_told_from_a_rate(body: Json, form: Format) -> None:
    reply = whole(json.dumps(body).encode(), {"Content-Type": "application/json"}, "429 Too Many Requests")
    made = asked_of(reply, form)
    assert isinstance(made, Failure)
    assert made.kind is K.QUOTA_EXHAUSTED, made.message
    assert made.retry_after_s == (18723.5 if "5h12m" in json.dumps(body) else None)


@needs_litellm
def test_api_version_of_an_address_is_sent() -> None:
    heads: list[bytes] = []

    async def answer(visit: Visit) -> None:
        heads.append(visit.head)
        await visit.send(whole(CHAT.text + CHAT.finish + CHAT.usage + CHAT.mark, STREAM))

    async def run() -> Attempt:
        async with raw_server(answer) as server, calling() as caller:
            url = f"{server.url}?api-version=1"
            return await one_attempt(caller, job(url, backend="litellm", dialect="generic", model_id="openai/m"))

    assert_is_the_answer(asyncio.run(run()))
    assert heads[0].split(b"\r\n")[0] == b"POST /v1/chat/completions?api-version=1 HTTP/1.1"
