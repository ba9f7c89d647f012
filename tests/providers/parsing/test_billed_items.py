"""What is billed beside the tokens is seen in every format; what is not known never costs nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Json
from harness.pricing.cost import cost_of
from harness.providers import dialect_loader
from harness.providers.format.dialect_spec import ReasoningAccounting, UsageRules
from harness.providers.parsing.billed_items import billed_items
from harness.providers.parsing.counts import whole
from harness.providers.parsing.usage import read_usage
from tests.cases import all_cases
from tests.pricing.prices import rates, row
from tests.providers.reading import events_in, read_body, read_events

PRICE = row(rates("1", "10", cached="0.1", write="1.25", write_1h="2"))
AT = datetime(2025, 11, 15, tzinfo=UTC)
CHAT: dict[str, Json] = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
DETAILS: dict[str, Json] = {"prompt_tokens_details": {"cached_tokens": 0}}
RESPONSES: dict[str, Json] = {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}
MESSAGES: dict[str, Json] = {"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 0}


def dollars(dialect: str, raw: Json) -> Cost | CostUnknown:
    return cost_of(read_usage(dialect_loader.load(dialect), raw), PRICE, at=AT)


@all_cases(
    ("raw", "what"),
    [
        ({"server_side_tool_usage_details": {"web_search_calls": 3, "x_search_calls": 0}}, "3 server_side_tool"),
        ({"server_tool_use": {"web_search_requests": 1}}, "1 server_tool_use.web_search_requests"),
        ({"num_sources_used": 7}, "7 num_sources_used"),
        ({"num_search_queries": "2"}, "'2' num_search_queries"),
        ({"plugins": {"search": {"count": 1, "strategy": "turbo"}}}, "1 plugins.search.count"),
        ({"cost": Decimal("0.01"), "cost_details": {"request_cost": Decimal("0.005")}}, "0.005 cost_details.request"),
        ({"is_byok": True, "cost": Decimal("0.002")}, "a fee of $0.002 in credits"),
    ],
)
def test_what_is_no_token_and_costs_money_leaves_the_tokens_as_the_known_part(raw: dict[str, Json], what: str) -> None:
    cost = dollars("generic", {**CHAT, **DETAILS, **raw})
    assert isinstance(cost, CostUnknown)
    assert what in cost.reason
    assert cost.known_usd == Decimal("0.002")  # 1000 x 1 + 100 x 10 per million


@all_cases("place", ["prompt_tokens_details", "completion_tokens_details"])
@all_cases("name", ["audio_tokens", "image_tokens", "video_tokens", "tokens_of_a_new_kind_tokens"])
def test_tokens_of_a_kind_without_a_rate_make_dollars_unknown(place: str, name: str) -> None:
    cost = dollars("gemini_compat", {**CHAT, place: {name: 7}})
    assert isinstance(cost, CostUnknown)
    assert f"7 {place}.{name} have no rate of their own here" in cost.reason
    assert cost.known_usd == 0


@all_cases(
    "raw",
    [
        {"prompt_tokens_details": {"text_tokens": 1000, "audio_tokens": 0, "cached_tokens": 0}},
        {"completion_tokens_details": {"accepted_prediction_tokens": 60, "rejected_prediction_tokens": 20}, **DETAILS},
        {"queue_time": Decimal("0.01"), "total_time": Decimal("0.2"), **DETAILS},
        {"cost": Decimal("0.002"), "cost_details": {"upstream_inference_cost": Decimal("0.002")}, **DETAILS},
        {"inference_geo": "not_available", "server_tool_use": {"web_fetch_requests": 3}, **DETAILS},
    ],
)
def test_what_costs_nothing_more_leaves_the_bill_exact(raw: dict[str, Json]) -> None:
    cost = dollars("generic", {**CHAT, **raw})
    assert isinstance(cost, Cost)
    assert (cost.usd, cost.is_upper_bound) == (Decimal("0.002"), False)


NAMES = st.from_regex(r"[a-z]{2,8}_(tokens|calls|requests|seconds|units|count)", fullmatch=True)
COUNTS = st.integers(min_value=1, max_value=10**6)
FORMATS = {"generic": CHAT, "openai_responses": RESPONSES, "anthropic_messages": MESSAGES, "xai": CHAT}


@given(
    dialect=st.sampled_from(sorted(FORMATS)),
    path=st.lists(NAMES, min_size=1, max_size=3),
    count=COUNTS,
    kind=st.sampled_from([int, float, str, Decimal]),
)
def test_an_unknown_billed_item_never_yields_an_exact_amount(
    dialect: str, path: list[str], count: int, kind: type[int] | type[float] | type[str] | type[Decimal]
) -> None:
    known = {"reasoning_tokens", "thinking_tokens", "cached_tokens", "text_tokens", "input_tokens", "output_tokens"}
    if path[-1] in known:
        path[-1] = f"odd_{path[-1]}"
    item: Json = kind(count)
    for name in reversed(path):
        item = {name: item}
    assert isinstance(item, dict)
    cost = dollars(dialect, {**FORMATS[dialect], **item})
    assert isinstance(cost, CostUnknown)
    assert path[-1] in cost.reason


def responses_body(*items: dict[str, Json]) -> bytes:
    message = {"type": "message", "content": [{"type": "output_text", "text": "42"}]}
    return json.dumps({"status": "completed", "output": [*items, message], "usage": RESPONSES}).encode()


SEARCH: dict[str, Json] = {"type": "web_search_call", "id": "ws_1", "action": {"type": "search", "query": "x"}}


@all_cases(
    ("item", "what"),
    [
        (SEARCH, "1 web_search_call"),
        ({"type": "file_search_call", "id": "fs_1"}, "1 file_search_call"),
        ({"type": "code_interpreter_call", "id": "ci_1"}, "1 code_interpreter_call"),
        ({"type": "something_new_call", "id": "x_1"}, "1 something_new_call"),
        ({"type": "web_search_call", "id": "ws_2", "action": {"type": "open_page"}}, None),
        ({"type": "function_call", "id": "fc_1", "name": "f", "arguments": "{}"}, None),
    ],
)
def test_an_output_item_that_the_server_worked_for_is_charged_beside(item: dict[str, Json], what: str | None) -> None:
    usage = read_body("openai_responses", responses_body(item)).usage
    assert usage is not None
    assert [charge.partition(" charged")[0] for charge in usage.non_token_charges] == ([what] if what else [])


def test_an_item_of_a_stream_is_counted_once_though_it_is_shown_three_times() -> None:
    events = [
        {"type": "response.output_item.added", "item": SEARCH},
        {"type": "response.output_item.done", "item": SEARCH},
        {"type": "response.completed", "response": json.loads(responses_body(SEARCH))},
    ]
    stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    usage = read_events("openai_responses", list(events_in(stream.encode()))).usage
    assert usage is not None
    assert usage.non_token_charges == ("1 web_search_call charged beside the tokens",)


@all_cases(
    ("message", "envelope", "what"),
    [
        ({"annotations": [{"type": "url_citation"}]}, {}, "annotations"),
        ({"executed_tools": [{"type": "search"}]}, {}, "executed_tools"),
        ({"audio": {"id": "a"}}, {}, "audio"),
        ({"tool_calls": [{"type": "builtin_function", "function": {"name": "$web_search"}}]}, {}, "builtin_function"),
        ({}, {"web_search": [{"title": "t"}]}, "web_search"),
        ({}, {"citations": ["https://x.example"]}, "citations"),
        ({"annotations": []}, {"citations": []}, None),
    ],
)
def test_signs_of_charged_work_outside_the_usage_are_seen(
    message: dict[str, Json], envelope: dict[str, Json], what: str | None
) -> None:
    choice = {"message": {"content": "42", **message}, "finish_reason": "stop"}
    usage = read_body("generic", json.dumps({"choices": [choice], "usage": CHAT, **envelope}).encode()).usage
    assert usage is not None
    assert bool(usage.non_token_charges) == (what is not None)
    assert what is None or what in usage.non_token_charges[0]


def test_signs_are_kept_in_the_raw_usage_so_that_it_can_be_read_again() -> None:
    reply = read_body("openai_responses", responses_body(SEARCH))
    assert read_usage(dialect_loader.load("openai_responses"), reply.raw_usage) == reply.usage


def test_a_count_that_only_the_dialect_knows_is_no_unknown_item() -> None:
    dialect = dialect_loader.load("generic")
    rules = replace(dialect.usage, reasoning=("thought_tokens",), reasoning_accounting=ReasoningAccounting.EXCLUDED)
    raw: dict[str, Json] = {"prompt_tokens": 1000, "completion_tokens": 100, "thought_tokens": 40, "total_tokens": 1140}
    usage = read_usage(replace(dialect, usage=rules), raw)
    assert usage is not None
    assert (usage.completion_tokens, usage.reasoning_tokens, usage.problems) == (140, 40, ())
    unknown = read_usage(dialect, raw)
    assert unknown is not None
    assert unknown.problems[0] == "40 thought_tokens have no rate of their own here"


@pytest.mark.parametrize(("geo", "named"), [("us", ("inference_geo: us",)), ("global", ()), ("not_available", ())])
def test_the_region_of_inference_is_a_surcharge_by_name(geo: str, named: tuple[str, ...]) -> None:
    assert billed_items({**MESSAGES, "inference_geo": geo}, UsageRules()).surcharges == named


@all_cases("value", [1000, 1000.0, "1000", "1000.0", Decimal("1000.0"), Decimal("1E+3")])
def test_a_plain_number_is_a_count_whatever_its_type(value: Json) -> None:
    assert whole(value) == 1000
    usage = read_usage(dialect_loader.load("generic"), {**CHAT, "prompt_tokens": value})
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.problems) == (1000, 100, ())


@all_cases("value", [57.2, "57.2", "many", "", True, "1,000", " 10", Decimal("NaN")])
def test_anything_else_is_no_count(value: Json) -> None:
    assert whole(value) is None


@all_cases("count", [Decimal("57.2"), -5, "many", 10**11])
@all_cases(
    ("dialect", "path"),
    [
        ("anthropic_messages", ("cache_creation_input_tokens",)),
        ("anthropic_messages", ("cache_read_input_tokens",)),
        ("anthropic_messages", ("cache_creation", "ephemeral_1h_input_tokens")),
        ("openai", ("prompt_tokens_details", "cache_write_tokens")),
    ],
)
def test_an_unreadable_count_that_nothing_bounds_is_no_upper_bound(
    dialect: str, path: tuple[str, ...], count: Json
) -> None:
    base = MESSAGES if dialect == "anthropic_messages" else CHAT
    raw = {**base, path[0]: {path[1]: count} if len(path) == 2 else count}
    cost = dollars(dialect, raw)
    assert isinstance(cost, CostUnknown)
    assert ".".join(path) in cost.reason


@all_cases("dialect", ["openai", "openrouter", "gemini_compat"])
@all_cases(
    "raw",
    [
        {"subagent": {"prompt_tokens": 9000, "completion_tokens": 1000}},
        {"iterations": [{"input_tokens": 9000, "output_tokens": 1000, "model": "another"}]},
        {"advisor": {"cost": Decimal("0.2")}},
    ],
)
def test_counts_of_further_work_are_not_taken_for_repetitions(dialect: str, raw: dict[str, Json]) -> None:
    assert isinstance(dollars(dialect, {**CHAT, **DETAILS, **raw}), CostUnknown)


@all_cases("count", [" 3 ", "1,000", "+2", "$0.01"])
def test_an_amount_in_an_odd_spelling_is_still_charged(count: str) -> None:
    assert isinstance(dollars("anthropic_messages", {**MESSAGES, "server_tool_use": {"searches": count}}), CostUnknown)


def test_a_place_that_is_no_text_has_no_known_surcharge() -> None:
    cost = dollars("anthropic_messages", {**MESSAGES, "inference_geo": ["us"]})
    assert isinstance(cost, CostUnknown)
    assert "inference_geo" in cost.reason


CALL: dict[str, Json] = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
RESULT: dict[str, Json] = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}
CITED: dict[str, Json] = {"type": "text", "text": "4", "citations": [{"type": "web_search_result_location"}]}


@all_cases(
    ("blocks", "charged"),
    [
        ([CALL, RESULT], ["1 web_search"]),
        ([RESULT], ["1 web_search"]),
        ([CITED], ["1 web_search_result_location"]),
        ([{"type": "bash_code_execution_tool_result", "tool_use_id": "s2"}], ["1 bash_code_execution"]),
        ([{"type": "web_fetch_tool_result", "tool_use_id": "s3"}], []),
    ],
)
def test_a_block_shows_a_tool_of_the_server_though_no_counter_does(blocks: list[Json], charged: list[str]) -> None:
    content = [*blocks, {"type": "text", "text": "2"}]
    body = json.dumps({"content": content, "stop_reason": "end_turn", "usage": MESSAGES}).encode()
    usage = read_body("anthropic_messages", body).usage
    assert usage is not None
    assert [charge.partition(" charged")[0] for charge in usage.non_token_charges] == charged


@all_cases(
    ("dialect", "stated", "tier"),
    [
        ("anthropic_messages", {"speed": "Fast"}, "fast"),
        ("anthropic_messages", {"speed": "turbo"}, "turbo"),
        ("anthropic_messages", {"speed": "standard"}, None),
        ("gemini_compat", {"traffic_type": "ON_DEMAND_PRIORITY"}, "priority"),
        ("gemini_compat", {"extra_properties": {"google": {"traffic_type": "ON_DEMAND_FLEX"}}}, "flex"),
        ("gemini_compat", {"trafficType": "PROVISIONED_THROUGHPUT"}, "provisioned_throughput"),
        ("gemini_compat", {"traffic_type": "ON_DEMAND"}, "on_demand"),
        ("gemini_compat", {"traffic_type": "TRAFFIC_TYPE_UNSPECIFIED"}, None),
    ],
)
def test_the_tier_that_served_is_read_in_each_vendors_spelling(
    dialect: str, stated: dict[str, Json], tier: str | None
) -> None:
    chat: dict[str, Json] = {"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}]}
    whole_body = {"content": [{"type": "text", "text": "4"}]} if dialect == "anthropic_messages" else chat
    usage = {**(MESSAGES if dialect == "anthropic_messages" else CHAT), **stated}
    assert read_body(dialect, json.dumps({**whole_body, "usage": usage}).encode()).service_tier == tier


def test_a_header_names_the_tier_where_the_body_does_not() -> None:
    body = {"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}], "usage": CHAT}
    reply = read_body("gemini_compat", json.dumps(body).encode(), {"x-gemini-service-tier": "priority"})
    assert reply.service_tier == "priority"


def test_citations_in_a_responses_reply_show_a_search_that_is_not_listed() -> None:
    part = {"type": "output_text", "text": "4", "annotations": [{"type": "url_citation", "url": "http://a.example"}]}
    message: Json = {"type": "message", "content": [part]}
    for items, charged in (([message], "1 annotations"), ([SEARCH, message], "1 web_search_call")):
        body = {"status": "completed", "output": items, "usage": RESPONSES}
        usage = read_body("openai_responses", json.dumps(body).encode()).usage
        assert usage is not None
        assert usage.non_token_charges == (f"{charged} charged beside the tokens",)


@all_cases("total", [None, 1100, 100])
@all_cases("dialect", ["openai", "xai", "gemini_compat", "openrouter", "groq"])
def test_a_prompt_of_zero_tokens_is_unknown_and_not_free(dialect: str, total: int | None) -> None:
    cost = dollars(dialect, {"prompt_tokens": 0, "completion_tokens": 100, "total_tokens": total})
    assert isinstance(cost, CostUnknown)
    assert "the prompt is stated as 0 tokens" in cost.reason
