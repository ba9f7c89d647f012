"""Reading replies: what each piece brought, tags, broken replies, and anything at all."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import FailureKind, FinishReason, Json
from harness.providers import dialect_loader
from harness.providers.parsing.usage import read_usage
from tests.cases import all_cases
from tests.providers.parsing.streams import delta, stream, whole
from tests.providers.reading import endpoint, read_body, read_events, usage_counts


@all_cases(
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


@all_cases("finish", ["error", "network_error", "insufficient_system_resource", "aborted"])
def test_a_finish_that_means_failure_is_an_error_and_keeps_the_text(finish: str) -> None:
    reply = read_body("deepseek", whole("Si", finish))
    assert reply.error is not None
    assert (reply.error.kind, reply.error.is_retryable) == (FailureKind.INTERRUPTED, True)
    assert reply.text == "Si"


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


@all_cases(
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


@all_cases(
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


@all_cases(("stated", "charge"), [("0.25", "0.25"), ("1e-6", "0.000001"), ("1e-30000", None), ("0e-999999999", None)])
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
