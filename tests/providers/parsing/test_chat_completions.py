"""Reading replies: what each piece brought, tags, broken replies, and anything at all."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import FailureKind, FinishReason, Json
from harness.providers import dialect_loader
from harness.providers.format.wire_types import ChunkKind, ParsedResponse
from harness.providers.parsing.usage import read_usage
from tests.providers.reading import endpoint, read_body, read_events, usage_counts


def delta(finish: str | None = None, **fields: Json) -> bytes:
    return json.dumps({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}).encode()


def seen(name: str, pieces: list[bytes], *traits: str) -> list[ChunkKind]:
    reader = dialect_loader.new_parser(endpoint(name, *traits))
    return [reader.feed_event("", piece) for piece in pieces]


@pytest.mark.parametrize(
    ("name", "pieces", "expected"),
    [
        ("openai", [delta(role="assistant", content=""), delta(content="Six")], [ChunkKind.NOTHING, ChunkKind.ANSWER]),
        ("deepseek", [delta(reasoning_content="So", content=None)], [ChunkKind.REASONING]),
        ("xai", [delta(reasoning_content="Thinking... "), delta(content="6")], [ChunkKind.NOTHING, ChunkKind.ANSWER]),
        ("xai", [delta(reasoning_content="Thinking... of it")], [ChunkKind.REASONING]),
        ("openrouter", [delta(reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}])], [ChunkKind.NOTHING]),
        (
            "openrouter",
            [delta(reasoning_details=[{"type": "reasoning.summary", "summary": "So"}])],
            [ChunkKind.REASONING],
        ),
        ("openai", [delta(tool_calls=[{"index": 0}]), b"[DONE]"], [ChunkKind.NOTHING, ChunkKind.NOTHING]),
        ("deepseek", [delta(reasoning_content="So", content="6")], [ChunkKind.ANSWER]),
        # the tags themselves are cut in the middle
        (
            "together",
            [delta(content=text) for text in ("\n<thi", "nk>So", " on</th", "ink>", "\n\n", "6", "<think>")],
            [
                ChunkKind.REASONING,
                ChunkKind.REASONING,
                ChunkKind.REASONING,
                ChunkKind.REASONING,
                ChunkKind.REASONING,
                ChunkKind.ANSWER,
                ChunkKind.ANSWER,
            ],
        ),
        (
            "gemini_compat",
            [delta(content="<thought>So"), delta(content="</thought>6")],
            [ChunkKind.REASONING, ChunkKind.ANSWER],
        ),
        ("together", [delta(content="<b>6")], [ChunkKind.ANSWER]),
        # reasoning in a field: what follows in the content is the answer
        ("vllm", [delta(reasoning="So"), delta(content="<think")], [ChunkKind.REASONING, ChunkKind.ANSWER]),
    ],
)
def test_each_piece_says_what_text_it_brought(name: str, pieces: list[bytes], expected: list[ChunkKind]) -> None:
    assert seen(name, pieces) == expected


def test_a_template_that_opens_the_tag_is_known_by_its_trait() -> None:
    pieces = [delta(content="So on"), delta(content=" </think> 6"), delta("stop")]
    assert seen("vllm", pieces, "starts_in_think") == [ChunkKind.REASONING, ChunkKind.ANSWER, ChunkKind.NOTHING]
    cut = read_events("vllm", [("", delta("length", content="So on"))], "starts_in_think")
    assert (cut.text, cut.reasoning) == ("", "So on")


def whole(content: str | None, finish: str | None = "stop", **top: Json) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return json.dumps({"choices": [choice], **top}).encode()


@pytest.mark.parametrize(
    ("finish", "expected"),
    [
        ("stop", FinishReason.STOP),
        ("end_turn", FinishReason.STOP),
        ("STOP", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("content_filter", FinishReason.REFUSED),
        ("content_filter: PROHIBITED", FinishReason.REFUSED),
        ("tool_calls", FinishReason.TOOL_CALLS),
        ("something_new", FinishReason.OTHER),
    ],
)
def test_finish_reasons_are_mapped_and_kept(finish: str, expected: FinishReason) -> None:
    reply = read_body("generic", whole("6", finish))
    assert (reply.finish_reason, reply.native_finish_reason, reply.error) == (expected, finish, None)


@pytest.mark.parametrize("finish", ["error", "network_error", "insufficient_system_resource", "aborted"])
def test_a_finish_that_means_failure_is_an_error_and_keeps_the_text(finish: str) -> None:
    reply = read_body("deepseek", whole("Si", finish))
    assert reply.error is not None
    assert (reply.error.kind, reply.error.is_retryable) == (FailureKind.INTERRUPTED, True)
    assert reply.text == "Si"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FailureKind.EMPTY_RESPONSE),
        (b"\n\n", FailureKind.EMPTY_RESPONSE),
        (b"<html>busy</html>", FailureKind.MALFORMED_RESPONSE),
        (b'{"choices": [', FailureKind.MALFORMED_RESPONSE),
        (b'"text"', FailureKind.MALFORMED_RESPONSE),
        (b"[]", FailureKind.MALFORMED_RESPONSE),
        (b"\xff\xfe", FailureKind.MALFORMED_RESPONSE),
        (b"[" * 100_000, FailureKind.MALFORMED_RESPONSE),
        (b'{"a": ' + b"9" * 5000 + b"}", FailureKind.MALFORMED_RESPONSE),
        (b'{"status": "ok"}', FailureKind.MALFORMED_RESPONSE),
        (b'{"choices": []}', FailureKind.EMPTY_RESPONSE),
        (whole(""), FailureKind.EMPTY_RESPONSE),
        (whole(None), FailureKind.EMPTY_RESPONSE),
        (whole("", usage={"prompt_tokens": 5, "completion_tokens": 0, "total_tokens": 5}), FailureKind.EMPTY_RESPONSE),
        (b'{"error": {"message": "Too busy", "code": 503}}', FailureKind.OVERLOADED),
        (b'{"error": "overloaded", "code": "server_overloaded"}', FailureKind.OVERLOADED),
        (b'{"code": "internal_error", "message": "Try again", "request_id": "r"}', FailureKind.SERVER_ERROR),
        (b'[{"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}}]', FailureKind.RATE_LIMITED),
    ],
)
def test_a_200_without_an_answer_is_an_error(body: bytes, kind: FailureKind) -> None:
    reply = read_body("gemini_compat", body)
    assert reply.error is not None
    assert reply.error.kind is kind
    assert reply.error.is_retryable


@pytest.mark.parametrize("finish", ["length", "content_filter", "tool_calls"])
def test_an_empty_answer_with_a_reason_is_an_answer(finish: str) -> None:
    assert read_body("openai", whole("", finish)).error is None


def test_an_empty_answer_after_billed_thinking_is_the_models_own() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 90, "total_tokens": 95}
    assert read_body("openai", whole("", usage=usage)).error is None


def stream(*pieces: bytes) -> ParsedResponse:
    return read_events("openai", [("", piece) for piece in pieces])


def test_a_cut_stream_is_not_complete_and_keeps_what_came() -> None:
    reply = stream(delta(content="It is"))
    assert (reply.is_complete, reply.text, reply.error) == (False, "It is", None)
    assert stream(delta(content="It is"), delta("stop")).is_complete
    assert stream(delta(content="It is"), b"[DONE]").is_complete
    assert not stream().is_complete


def test_a_later_null_or_zero_replaces_nothing() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    filled = json.dumps({"choices": [], "usage": usage}).encode()
    zeros = json.dumps({"choices": [], "usage": dict.fromkeys(usage, 0)}).encode()
    null = json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": None}], "usage": None}).encode()
    reply = stream(delta("stop", content="6"), zeros, filled, zeros, null)
    assert reply.finish_reason is FinishReason.STOP
    assert reply.raw_usage == usage


FULL = {"prompt_tokens": 41, "completion_tokens": 16, "total_tokens": 57}
DETAILS = {"prompt_tokens_details": {"cached_tokens": 20}, "completion_tokens_details": {"reasoning_tokens": 9}}


@pytest.mark.parametrize(
    ("usages", "expected"),
    [
        # (prompt, cached, completion, reasoning)
        ([{**FULL, **DETAILS}, {"total_tokens": 57}], (41, 20, 16, 9)),
        ([{"total_tokens": 57}, FULL], (41, None, 16, None)),
        ([{**FULL, **DETAILS}, {"prompt_tokens": 41, "completion_tokens": 0, "total_tokens": 41}], (41, 20, 16, 9)),
        ([{**FULL, **DETAILS}, FULL], (41, 20, 16, 9)),  # the details are of the same counts
        ([{**FULL, **DETAILS}, {**FULL, "completion_tokens": 18, "total_tokens": 59}], (41, 20, 18, None)),
        ([FULL, {**FULL, **DETAILS}], (41, 20, 16, 9)),
        ([FULL, {"completion_tokens": 18}], (41, None, 18, None)),
        ([FULL, {"total_tokens": 60}], (41, None, 19, 3)),  # 60 - 41 - 16 = 3 hidden
        ([FULL, {"prompt_tokens": 41, "completion_tokens": 12, "total_tokens": 53}], (41, None, 12, None)),
    ],
)
def test_a_later_partial_usage_wipes_no_count_that_is_known(
    usages: list[dict[str, Json]], expected: tuple[int | None, ...]
) -> None:
    chunks = [json.dumps({"choices": [], "usage": usage}).encode() for usage in usages]
    usage = stream(delta("stop", content="6"), *chunks, b"[DONE]").usage
    assert usage is not None
    found = (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens, usage.reasoning_tokens)
    assert (found, usage.problems) == (expected, ())


TIMINGS = {"cache_n": 236, "prompt_n": 1, "predicted_n": 35}
COUNTS = {"prompt_tokens": 237, "completion_tokens": 35, "total_tokens": 272}


@pytest.mark.parametrize(
    "chunks",
    [
        [{"timings": TIMINGS}, {"usage": COUNTS}],
        [{"usage": COUNTS}, {"timings": TIMINGS}],
        [{"usage": COUNTS, "timings": TIMINGS}],
        [{"timings": TIMINGS}],
        [{"timings": {**TIMINGS, "predicted_n": 2}}, {"timings": TIMINGS}, {"usage": COUNTS}],
    ],
)
def test_timings_and_usage_of_different_chunks_are_read_together(chunks: list[dict[str, Json]]) -> None:
    events = [("", delta("stop", content="6")), *(("", json.dumps({"choices": [], **one}).encode()) for one in chunks)]
    reply = read_events("llamacpp", [*events, ("", b"[DONE]")])
    counts = usage_counts(reply.usage)
    assert (counts["uncached_input"], counts["cached_input"]) == (1, 236)
    assert reply.usage is not None
    assert (reply.usage.completion_tokens, reply.usage.problems) == (35, ())
    assert read_usage(dialect_loader.load("llamacpp"), reply.raw_usage) == reply.usage


@pytest.mark.parametrize(
    ("timings", "said"),
    [({"cache_n": 230}, "count 231 prompt tokens, the usage 237"), ({"predicted_n": 50}, "50 tokens made")],
)
def test_timings_that_contradict_the_usage_are_named(timings: dict[str, Json], said: str) -> None:
    raw: Json = {**COUNTS, "timings": {**TIMINGS, **timings}}
    usage = read_usage(dialect_loader.load("llamacpp"), raw)
    assert usage is not None
    assert said in "; ".join(usage.problems)


def with_running_usage(completion: int, **choice: Json) -> bytes:
    usage = {"prompt_tokens": 9, "completion_tokens": completion, "total_tokens": 9 + completion}
    return json.dumps({"choices": [{"index": 0, "delta": {"content": "w"}, **choice}], "usage": usage}).encode()


def test_running_counts_of_a_cut_stream_are_no_completion_count() -> None:
    reply = stream(with_running_usage(1), with_running_usage(2))
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (9, None)
    assert reply.raw_usage == {"prompt_tokens": 9, "completion_tokens_so_far": 2, "total_tokens_so_far": 11}
    assert read_usage(dialect_loader.load("openai"), reply.raw_usage) == reply.usage


@pytest.mark.parametrize(
    "last", [with_running_usage(3, finish_reason="stop"), b"[DONE]"], ids=["the finish chunk has them", "end mark"]
)
def test_running_counts_are_final_once_the_stream_is(last: bytes) -> None:
    reply = stream(with_running_usage(3), last)
    assert reply.usage is not None
    assert reply.usage.completion_tokens == 3


def test_no_completion_tokens_beside_a_text_are_unknown() -> None:
    usage: Json = {"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}
    reply = read_body("openai", whole("Six.", usage=usage))
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (9, None)
    assert read_usage(dialect_loader.load("openai"), reply.raw_usage) == reply.usage
    silent = read_body("openai", whole("", "length", usage=usage)).usage
    assert silent is not None
    assert silent.completion_tokens == 0


def test_one_broken_event_spoils_the_answer() -> None:
    reply = stream(delta(content="It"), b'{"choices": [', delta("stop", content=" 6"), b"[DONE]")
    assert reply.error is not None
    assert reply.error.kind is FailureKind.MALFORMED_RESPONSE
    assert reply.text == "It 6"


def test_an_empty_finish_reason_with_tool_calls_is_a_tool_call() -> None:
    reply = stream(delta("", tool_calls=[{"index": 1}]), b"[DONE]")
    assert (reply.finish_reason, reply.error) == (FinishReason.TOOL_CALLS, None)


def test_further_choices_are_not_mixed_in() -> None:
    other = json.dumps({"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"}]}).encode()
    assert stream(delta(content="6"), other, delta("stop")).text == "6"


def test_anthropic_output_is_unknown_until_message_delta() -> None:
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 3}}}
    reply = read_events("anthropic_messages", [("message_start", json.dumps(start).encode())])
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (9, None)
    assert not reply.is_complete


def test_anthropic_counts_before_the_end_of_the_message_are_no_completion_count() -> None:
    start: Json = {"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 1}}}
    running: Json = {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": 3}}
    last: Json = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 8}}
    events = [("", json.dumps(event).encode()) for event in (start, running, last)]
    cut, whole_one = (read_events("anthropic_messages", part).usage for part in (events[:2], events))
    assert cut is not None
    assert whole_one is not None
    assert (cut.completion_tokens, whole_one.completion_tokens) == (None, 8)


def test_anthropics_fast_speed_is_a_service_tier_of_its_own() -> None:
    def served(**speed: str) -> str | None:
        usage: Json = {"input_tokens": 9, "output_tokens": 3, "service_tier": "standard", **speed}
        body: Json = {"content": [{"type": "text", "text": "6"}], "stop_reason": "end_turn", "usage": usage}
        return read_body("anthropic_messages", json.dumps(body).encode()).service_tier

    assert (served(), served(speed="standard"), served(speed="fast")) == ("standard", "standard", "fast")


@pytest.mark.parametrize(
    ("stated", "charge"), [("0.25", "0.25"), ("1e-6", "0.000001"), ("1e-30000", None), ("0e-999999999", None)]
)
def test_a_charge_of_more_digits_than_money_has_is_none(stated: str, charge: str | None) -> None:
    reply = read_body("openai", whole("Six."), {"x-litellm-response-cost": stated})
    assert reply.reported_cost_usd == (None if charge is None else Decimal(charge))


def test_the_request_id_comes_from_the_headers_first() -> None:
    reader = dialect_loader.new_parser(endpoint("openai"))
    reader.feed_body(whole("6", id="chat-1"))
    assert reader.reply({"x-request-id": "req-1"}).request_id == "req-1"
    assert reader.reply({}).request_id == "chat-1"


WORDS = st.sampled_from(["stop", "error", "<think>", "</think>", "assistant", "completed", "failed", "429", "1008", ""])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=6))
FIELDS = (
    "choices index delta message content finish_reason usage error code type status base_resp status_code response"
    " output summary text thinking reasoning reasoning_details reasoning_content refusal tool_calls x_groq timings"
    " model id object prompt_tokens total_tokens input_tokens iterations stop_reason content_block incomplete_details"
    " reason metadata raw details violations retryDelay"
)
EVENT_TYPES = (
    "message_start message_delta message_stop content_block_delta content_block_start error response.completed"
    " response.failed response.output_text.delta response.incomplete"
)
KEYS = st.sampled_from(FIELDS.split())
TYPES = st.sampled_from(EVENT_TYPES.split())
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=14,
)
EVENTS = st.one_of(
    st.binary(max_size=30),
    TREES.map(lambda tree: json.dumps(tree).encode()),
    st.builds(lambda kind, tree: json.dumps({"type": kind, **tree}).encode(), TYPES, st.dictionaries(KEYS, TREES)),
    st.builds(lambda choice: json.dumps({"choices": [choice]}).encode(), st.dictionaries(KEYS, TREES)),
)


@given(
    st.sampled_from(dialect_loader.names()),
    st.lists(st.tuples(st.sampled_from(["", "error"]), EVENTS), max_size=4),
    EVENTS,
)
def test_no_input_makes_a_reader_raise(name: str, events: list[tuple[str, bytes]], body: bytes) -> None:
    streamed = read_events(name, events)
    read = read_body(name, body)
    for reply in (streamed, read):
        json.dumps(reply.raw_usage, allow_nan=False).encode()
        (reply.text + reply.reasoning + (reply.error.message if reply.error else "")).encode()
        assert reply.error is None or reply.error.message
