"""Every scripted fault, as a plain client sees it on the wire."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping

import aiohttp
import pytest

from harness.mock.faults import ScriptedStep
from harness.mock.testing import RunningMock, simulated
from tests.cases import all_cases
from tests.mock.asking import Answer, ask, body_of, content_of, with_mock

MODEL = simulated(dialect="generic", answer_tokens={"median": 40})
DONE = b"data: [DONE]"


def scripted(step: Mapping[str, object], *, stream: bool = True) -> tuple[Answer, list[str]]:
    """The answer to one request under a step, and the outcomes in the ledger."""

    async def one(mock: RunningMock) -> tuple[Answer, list[str]]:
        mock.script([step])
        answer = await ask(mock.url, body_of(stream=stream))
        return answer, [entry.outcome for entry in mock.ledger.entries()]

    return with_mock(one, [MODEL])


@all_cases(
    ("step", "status", "header", "value"),
    [
        ({"status": 429, "headers": {"retry-after": "7"}}, 429, "retry-after", "7"),
        ({"status": 503, "headers": {"retry-after-ms": "250"}}, 503, "retry-after-ms", "250"),
        ({"error": "rate_limit", "retry_after_s": 2}, 429, "retry-after-ms", "2000"),
        ({"error": "no_money"}, 429, "content-type", "application/json"),
        ({"error": "server_error", "status": 200}, 200, "content-type", "application/json"),
        ({"status": 408}, 408, "content-type", "application/json"),
        ({"status": 409}, 409, "content-type", "application/json"),
        (
            {"status": 502, "body": "<html>bad gateway</html>", "content_type": "text/html"},
            502,
            "content-type",
            "text/html",
        ),
        ({"redirect": "/elsewhere"}, 307, "location", "/elsewhere"),
        ({"redirect": "/elsewhere", "status": 302}, 302, "location", "/elsewhere"),
        ({"empty": True}, 200, "content-length", "0"),
    ],
)
def test_a_reply_without_an_answer_is_sent_as_written_and_not_billed(
    step: dict[str, object], status: int, header: str, value: str
) -> None:
    answer, outcomes = scripted(step)
    assert (answer.status, answer.headers[header].partition(";")[0]) == (status, value)
    assert outcomes == []


@all_cases("how", ["fin", "rst"])
@all_cases("field", ["refuse", "cut_headers"])
def test_a_connection_closed_before_the_headers_end_gives_no_status(field: str, how: str) -> None:
    answer, outcomes = scripted({field: how})
    assert (answer.status, outcomes) == (0, [])
    assert answer.broke is not None


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_stream_is_cut_after_the_chunks_asked_for_and_billed_to_there(how: str) -> None:
    async def one(mock: RunningMock) -> None:
        mock.script([{"cut": how, "after_chunks": 3}])
        answer = await ask(mock.url, body_of())
        [entry] = mock.ledger.entries()
        assert answer.broke is not None
        assert (entry.outcome, entry.tokens.visible) == ("cut", 5)  # 1 alone, then 2 in each chunk at 60/s
        if how == "fin":  # a reset may overtake what was sent before it
            assert len(answer.events()) == 4  # the role and three chunks of text

    with_mock(one, [MODEL])


def test_a_clean_cut_ends_the_body_without_finish_or_end_mark() -> None:
    answer, outcomes = scripted({"cut": "clean", "after_chunks": 3})
    assert answer.broke is None
    assert DONE not in answer.body
    assert outcomes == ["cut"]


@pytest.mark.parametrize("before", ["usage", "done"])
def test_a_cut_before_usage_or_end_mark_bills_all_that_was_generated(before: str) -> None:
    async def one(mock: RunningMock) -> None:
        mock.script([{"cut_before": before}])
        answer = await ask(mock.url, body_of())
        [entry] = mock.ledger.entries()
        events = answer.events()
        assert answer.broke is not None
        assert ("usage" in events[-1]) is (before == "done")
        assert events[-1]["choices"] == [] if before == "done" else "usage" not in events[-1]
        assert entry.tokens.visible >= 30
        assert DONE not in answer.body

    with_mock(one, [MODEL])


def test_a_whole_body_can_be_cut_too() -> None:
    answer, outcomes = scripted({"cut": "fin"}, stream=False)
    assert answer.broke is not None
    assert outcomes == ["cut"]


def test_an_error_event_ends_a_stream_that_began_well() -> None:
    answer, outcomes = scripted({"error_event": "overloaded", "after_chunks": 2})
    assert answer.broke is None
    error = answer.events()[-1]["error"]
    assert isinstance(error, dict)
    assert error["code"] == "service_unavailable"
    assert outcomes == ["cut"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "least_s"),
    [({"delay_s": 0.15}, 0.15), ({"delay_body_s": 0.15}, 0.15), ({"stall_s": 0.15, "after_chunks": 2}, 0.15)],
)
def test_delays_and_stalls_take_real_seconds(step: dict[str, object], least_s: float) -> None:
    async def one(mock: RunningMock) -> float:
        mock.script([step])
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await ask(mock.url, body_of())
        assert DONE in answer.body
        return loop.time() - began

    assert with_mock(one, [MODEL]) >= least_s


def test_headers_come_at_once_where_the_body_is_late() -> None:
    async def one(mock: RunningMock) -> int:
        mock.script(
            [{"comments": 3, "comment_gap_s": 3600}]
        )  # a test that waited for the body would run into its limit
        async with (
            aiohttp.ClientSession() as session,
            session.post(mock.url + "/v1/chat/completions", json=body_of()) as response,
        ):
            return response.status

    assert with_mock(one, [MODEL]) == 200


@pytest.mark.slow
@pytest.mark.parametrize("split", ["byte", "half", "utf8"])
def test_a_split_answer_is_the_same_answer(split: str) -> None:
    async def one(mock: RunningMock) -> None:
        mock.script([{"split": split, "answer": "Où est-ce? 42"}])
        parts: list[bytes] = []
        async with (
            aiohttp.ClientSession() as session,
            session.post(mock.url + "/v1/chat/completions", json=body_of()) as response,
        ):
            async for part in response.content.iter_any():
                parts.append(part)  # noqa: PERF401
        answer = Answer(status=200, headers={}, body=b"".join(parts), broke=None)
        assert content_of(answer.events()) == "Où est-ce? 42"
        if split == "utf8":
            borders = [part[-1] for part in parts[:-1]]
            assert any(byte >= 0xC0 for byte in borders)  # a part ends with the first byte of a character

    with_mock(one, [MODEL])


def test_what_stands_before_the_first_data_is_there() -> None:
    step = {"comments": 500, "blank_lines": 3, "chunk_without_choices": True, "long_line_bytes": 1_000_000}
    answer, outcomes = scripted(step)
    lines = answer.body.split(b"\n")
    assert lines.count(b": mock comment") == 500
    assert max(map(len, lines)) > 1_000_000
    assert "choices" not in answer.events()[0]
    assert content_of(answer.events())
    assert outcomes == ["complete"]


def test_blank_lines_stand_before_a_whole_body() -> None:
    answer, _ = scripted({"blank_lines": 5}, stream=False)
    assert answer.body.startswith(b"\n\n\n\n\n{")


def test_gzip_is_announced_and_used() -> None:
    async def raw(mock: RunningMock) -> tuple[str, bytes]:
        mock.script([{"gzip": True}])
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.post(mock.url + "/v1/chat/completions", json=body_of()) as response,
        ):
            return response.headers["content-encoding"], await response.read()

    encoding, body = with_mock(raw, [MODEL])
    assert encoding == "gzip"
    assert DONE in gzip.decompress(body)


def test_lines_may_end_in_carriage_return_and_line_feed() -> None:
    answer, _ = scripted({"crlf": True})
    assert b"data: [DONE]\r\n\r\n" in answer.body
    assert content_of(answer.events())


def test_usage_is_left_out_or_doubled_and_the_end_mark_left_out() -> None:
    assert not any("usage" in event for event in scripted({"omit_usage": True})[0].events())
    assert sum("usage" in event for event in scripted({"duplicate_usage": True})[0].events()) == 2
    assert DONE not in scripted({"no_done": True})[0].body


def test_another_model_and_another_finish_word_are_claimed() -> None:
    events = scripted({"served_model": "other-model", "finish_word": "network_error"})[0].events()
    assert {event["model"] for event in events} == {"other-model"}
    assert events[-2]["choices"][0]["finish_reason"] == "network_error"  # type: ignore[index]


def test_a_huge_answer_arrives_whole() -> None:
    answer, _ = scripted({"answer_bytes": 10_000_000})
    assert content_of(answer.events()) == "x" * 10_000_000


def test_a_wrong_content_type_is_claimed() -> None:
    assert scripted({"content_type": "text/html"})[0].headers["content-type"] == "text/html"


def test_a_slow_loris_sends_its_reply_byte_by_byte() -> None:
    async def one(mock: RunningMock) -> float:
        mock.script([{"slow_loris_s": 0.0002, "answer": "42"}])
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await ask(mock.url, body_of(stream=False))
        assert b"42" in answer.body
        return loop.time() - began

    assert with_mock(one, [MODEL]) > 0.08  # more than 400 bytes


def test_a_connection_closes_after_a_reply_that_did_not_say_so() -> None:
    async def one(mock: RunningMock) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(mock.url.rpartition(":")[2]))
        mock.script([{"close_after": True}])
        body = json.dumps(body_of(stream=False)).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: mock\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        reply = await reader.read()  # to the end of the connection
        writer.close()
        assert b"HTTP/1.1 200 OK" in reply
        assert b"connection: close" not in reply.lower()

    with_mock(one, [MODEL])


def test_steps_are_taken_in_order_by_the_model_they_name() -> None:
    async def one(mock: RunningMock) -> list[int]:
        mock.script([{"status": 500, "model": "other"}, {"status": 502, "times": 2}])
        models = ["mock-model", "other", "mock-model", "mock-model"]
        return [(await ask(mock.url, {**body_of(), "model": name})).status for name in models]

    models = [MODEL, simulated("other")]
    assert with_mock(one, models) == [502, 500, 502, 200]


def test_a_step_may_come_with_its_request() -> None:
    async def one(mock: RunningMock) -> tuple[int, str]:
        good = await ask(mock.url, body_of(), headers={"x-mock-script": '{"status": 418}'})
        bad = await ask(mock.url, body_of(), headers={"x-mock-script": '{"cut_befor": "usage"}'})
        return good.status, bad.body.decode()

    status, said = with_mock(one, [MODEL])
    assert status == 418
    assert "did you mean cut_before" in said


def test_steps_are_posted_and_dropped_over_http() -> None:
    async def one(mock: RunningMock) -> list[int]:
        async with aiohttp.ClientSession() as session:
            async with session.post(mock.url + "/_script", json=[{"status": 500}, {"status": 501}]) as response:
                assert (await response.json()) == {"steps_waiting": 2}
            first = (await ask(mock.url, body_of(), session=session)).status
            async with session.delete(mock.url + "/_script") as response:
                assert response.status == 200
            second = (await ask(mock.url, body_of(), session=session)).status
            async with session.post(mock.url + "/_script", json=[{"stauts": 500}]) as response:
                assert "did you mean status" in await response.text()
                return [first, second, response.status]

    assert with_mock(one, [MODEL]) == [500, 200, 400]


def test_an_unbilled_step_leaves_no_trace_in_the_ledger() -> None:
    assert scripted({"billed": False})[1] == []


def test_an_untouched_step_is_the_usual_answer() -> None:
    assert not ScriptedStep().replaces_answer
    assert scripted({})[1] == ["complete"]
