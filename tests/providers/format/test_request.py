"""Which settings reach which provider, in which words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.core.conversations import FinishedTurn
from harness.core.labels import Effort
from harness.core.types import Json, Sample, SamplingParams
from harness.providers import dialect_loader
from harness.providers.format.request import build, request_url
from harness.providers.format.wire_types import WireRequest
from tests.cases import all_cases
from tests.providers.reading import endpoint

SAMPLE = Sample(id="1", prompt="6 * 7?", target="42")
GREEDY = SamplingParams(temperature=0.0, top_p=0.9, seed=7, max_tokens=4000)


def request(
    name: str, params: SamplingParams, *traits: str, stream: bool = True, sample: Sample = SAMPLE
) -> WireRequest:
    return dialect_loader.build_request(endpoint(name, *traits, stream=stream), sample, params, "the-key")


def settings(made: WireRequest) -> dict[str, Json]:
    """The effective settings without those that every request has."""
    return {key: value for key, value in made.effective.items() if key not in ("model", "stream", "stream_options")}


@all_cases(
    ("name", "traits", "expected", "not_sent"),
    [
        ("openai", (), {"max_completion_tokens": 4000, "temperature": 0.0, "top_p": 0.9, "seed": 7}, ()),
        ("openai", ("reasoning",), {"max_completion_tokens": 4000, "seed": 7}, ("temperature", "top_p")),
        (
            "openai_responses",
            ("reasoning",),
            {"store": False, "max_output_tokens": 4000},
            ("temperature", "top_p", "seed"),
        ),
        ("anthropic_messages", (), {"max_tokens": 4000, "temperature": 0.0}, ("top_p", "seed")),
        ("anthropic_compat", (), {"max_tokens": 4000, "temperature": 0.0}, ("top_p", "seed")),
        ("minimax", (), {"reasoning_split": True, "max_tokens": 4000, "temperature": 0.01, "top_p": 0.9}, ("seed",)),
        ("moonshot", ("always_thinks",), {"max_completion_tokens": 4000}, ("temperature", "top_p", "seed")),
        ("moonshot", (), {"max_completion_tokens": 4000, "temperature": 0.0, "top_p": 0.9}, ("seed",)),
        ("dashscope", (), {"max_tokens": 4000, "temperature": 0.0, "top_p": 0.9, "seed": 7}, ()),
        ("deepseek", ("reasoning",), {"max_tokens": 4000}, ("temperature", "top_p", "seed")),
        ("deepseek", (), {"max_tokens": 4000, "temperature": 0.0, "top_p": 0.9}, ("seed",)),
        ("xai", ("reasoning",), {"max_completion_tokens": 4000, "temperature": 0.0, "top_p": 0.9, "seed": 7}, ()),
        ("zai", (), {"max_tokens": 4000, "temperature": 0.0, "top_p": 0.9}, ("seed",)),
        ("gemini_compat", (), {"max_tokens": 4000, "temperature": 0.0, "top_p": 0.9, "seed": 7}, ()),
        ("groq", (), {"max_completion_tokens": 4000, "temperature": 0.0, "top_p": 0.9, "seed": 7}, ()),
        ("ollama", (), {"max_tokens": 4000, "temperature": 0.0, "top_p": 0.9, "seed": 7}, ()),
        ("generic", ("no_sampling",), {"max_tokens": 4000}, ("temperature", "top_p", "seed")),
    ],
)
def test_sampling_is_sent_only_where_it_is_taken(
    name: str, traits: tuple[str, ...], expected: dict[str, Json], not_sent: tuple[str, ...]
) -> None:
    made = request(name, GREEDY, *traits)
    assert settings(made) == expected
    assert made.not_sent == not_sent


HIGH = SamplingParams(effort=Effort.HIGH, max_tokens=30000)
OFF = SamplingParams(thinking=False)
ON = SamplingParams(thinking=True, max_tokens=10000)
TEMPLATE_ON = {"chat_template_kwargs": {"enable_thinking": True}}


@all_cases(
    ("name", "traits", "params", "expected", "not_sent"),
    [
        ("openai", ("reasoning",), HIGH, {"reasoning_effort": "high"}, ()),
        ("openai", ("reasoning",), OFF, {}, ("thinking",)),
        ("openai", ("reasoning", "effort_none"), OFF, {"reasoning_effort": "none"}, ()),
        ("openai", (), ON, {}, ("thinking",)),
        ("openai", ("always_thinks",), ON, {}, ()),
        ("openai_responses", ("reasoning",), HIGH, {"reasoning": {"effort": "high"}}, ()),
        ("anthropic_messages", (), HIGH, {"thinking": {"type": "enabled", "budget_tokens": 24576}}, ()),
        # 10000 - 1024 left for the answer is more than the 8192 of a medium effort
        ("anthropic_messages", (), ON, {"thinking": {"type": "enabled", "budget_tokens": 8192}}, ()),
        (
            "anthropic_messages",
            ("adaptive_thinking",),
            HIGH,
            {"output_config": {"effort": "high"}, "thinking": {"type": "adaptive"}},
            (),
        ),
        ("minimax", ("always_thinks",), OFF, {}, ("thinking",)),
        ("minimax", ("always_thinks",), HIGH, {}, ("effort",)),
        ("moonshot", ("reasoning",), OFF, {"thinking": {"type": "disabled"}}, ()),
        ("moonshot", ("always_thinks",), OFF, {}, ("thinking",)),
        ("dashscope", ("thinking_optional",), HIGH, {"enable_thinking": True, "thinking_budget": 24576}, ()),
        ("dashscope", ("reasoning",), OFF, {"enable_thinking": False}, ()),
        ("deepseek", ("reasoning",), HIGH, {"reasoning_effort": "high", "thinking": {"type": "enabled"}}, ()),
        ("deepseek", ("reasoning",), replace(HIGH, effort=Effort.MEDIUM), {}, ("effort",)),
        ("xai", ("always_thinks", "no_effort"), HIGH, {}, ("effort",)),
        ("xai", ("always_thinks", "effort_low_high"), HIGH, {"reasoning_effort": "high"}, ()),
        ("xai", ("always_thinks", "effort_low_high"), replace(HIGH, effort=Effort.MEDIUM), {}, ("effort",)),
        ("zai", ("reasoning",), OFF, {"thinking": {"type": "disabled"}}, ()),
        ("gemini_compat", ("reasoning",), replace(HIGH, effort=Effort.MINIMAL), {"reasoning_effort": "low"}, ()),
        ("gemini_compat", ("reasoning",), SamplingParams(effort=Effort.NONE), {"reasoning_effort": "none"}, ()),
        ("openrouter", ("reasoning",), OFF, {"reasoning": {"enabled": False}}, ()),
        ("openrouter", ("reasoning",), HIGH, {"reasoning": {"effort": "high", "enabled": True}}, ()),
        ("groq", ("thinking_optional", "no_effort"), ON, {"reasoning_effort": "default"}, ()),
        ("groq", ("always_thinks", "no_thinking_switch"), HIGH, {"reasoning_effort": "high"}, ()),
        ("vllm", (), ON, TEMPLATE_ON, ()),
        ("sglang", (), OFF, {"chat_template_kwargs": {"enable_thinking": False}}, ()),
        ("llamacpp", (), HIGH, {"chat_template_kwargs": {"reasoning_effort": "high", "enable_thinking": True}}, ()),
        ("ollama", (), OFF, {"reasoning_effort": "none"}, ()),
    ],
)
def test_thinking_is_asked_for_in_the_providers_words(
    name: str, traits: tuple[str, ...], params: SamplingParams, expected: dict[str, Json], not_sent: tuple[str, ...]
) -> None:
    made = request(name, params, *traits)
    limits = {"max_tokens", "max_completion_tokens", "max_output_tokens", "store", "reasoning_split"}
    assert {key: value for key, value in settings(made).items() if key not in limits} == expected
    assert made.not_sent == not_sent


def test_a_budget_leaves_room_for_the_answer_or_is_not_sent() -> None:
    # 3000 - 1024 = 1976 of thinking at most
    tight = request("anthropic_messages", SamplingParams(effort=Effort.HIGH, max_tokens=3000))
    assert tight.effective["thinking"] == {"type": "enabled", "budget_tokens": 1976}
    # 2000 - 1024 = 976 is below the least budget of 1024
    too_tight = request("anthropic_messages", SamplingParams(effort=Effort.HIGH, max_tokens=2000))
    assert "thinking" not in too_tight.effective
    assert too_tight.not_sent == ("effort",)


def test_dashscope_streams_when_it_thinks_even_if_told_not_to() -> None:
    thinking = request("dashscope", ON, "thinking_optional", stream=False)
    assert thinking.effective["stream"] is True
    assert thinking.not_sent == ("stream",)
    plain = request("dashscope", OFF, "reasoning", stream=False)
    assert plain.effective["stream"] is False
    assert plain.not_sent == ()


@all_cases("name", dialect_loader.names())
def test_usage_is_asked_for_in_streams_alone(name: str) -> None:
    streamed, whole = (request(name, GREEDY, stream=stream).effective for stream in (True, False))
    wanted = {"include_usage": True} if dialect_loader.load(name).include_usage else None
    assert (streamed["stream"], streamed.get("stream_options")) == (True, wanted)
    assert (whole["stream"], whole.get("stream_options")) == (False, None)


@all_cases("name", dialect_loader.names())
def test_the_prompt_and_the_key_are_sent_but_not_kept(name: str) -> None:
    sample = replace(SAMPLE, system="Be brief.")
    made = request(name, GREEDY, sample=sample)
    body = made.body.decode()
    assert "6 * 7?" in body
    assert "Be brief." in body
    assert any("the-key" in value for value in made.headers.values())
    assert "the-key" not in f"{made!r}{body}"
    assert "6 * 7?" not in json.dumps(dict(made.effective))
    assert "Be brief." not in json.dumps(dict(made.effective))


def test_no_key_means_no_header() -> None:
    made = dialect_loader.build_request(endpoint("ollama"), SAMPLE, GREEDY, None)
    assert "authorization" not in made.headers


@all_cases(
    ("name", "base_url", "url"),
    [
        ("openai", "https://h.example/v1/", "https://h.example/v1/chat/completions"),
        ("anthropic_messages", "https://h.example/v1/messages", "https://h.example/v1/messages"),
        ("openai_responses", "https://h.example/v1", "https://h.example/v1/responses"),
        ("azure", "https://h.example/dep/x?api-version=2", "https://h.example/dep/x/chat/completions?api-version=2"),
    ],
)
def test_the_address_ends_in_the_dialects_path_once(name: str, base_url: str, url: str) -> None:
    assert dialect_loader.build_request(endpoint(name, base_url=base_url), SAMPLE, GREEDY, None).url == url


def test_extra_body_is_merged_last_and_deep() -> None:
    target = replace(
        endpoint("vllm"),
        extra_body={"chat_template_kwargs": {"custom": 1}, "temperature": 0.6, "top_k": 20},
    )
    made = dialect_loader.build_request(target, SAMPLE, SamplingParams(temperature=0.0, thinking=True), None)
    assert made.effective["chat_template_kwargs"] == {"enable_thinking": True, "custom": 1}
    assert (made.effective["temperature"], made.effective["top_k"]) == (0.6, 20)
    assert json.loads(made.body)["temperature"] == 0.6
    assert target.extra_body["chat_template_kwargs"] == {"custom": 1}  # the endpoint's own value is left alone


def test_the_dialects_own_values_survive_a_merge() -> None:
    target = replace(endpoint("vllm"), extra_body={"chat_template_kwargs": {"custom": 1}})
    dialect_loader.build_request(target, SAMPLE, ON, None)
    assert dialect_loader.load("vllm").thinking.on == TEMPLATE_ON


def test_service_tier_goes_where_there_are_tiers() -> None:
    flex = replace(endpoint("openai"), service_tier="flex")
    assert dialect_loader.build_request(flex, SAMPLE, GREEDY, None).effective["service_tier"] == "flex"
    none = replace(endpoint("deepseek"), service_tier="flex")
    assert "service_tier" in dialect_loader.build_request(none, SAMPLE, SamplingParams(), None).not_sent


def test_token_limit_stays_within_the_models_own() -> None:
    small = replace(endpoint("deepseek"), max_output_tokens=1000)
    assert dialect_loader.build_request(small, SAMPLE, GREEDY, None).effective["max_tokens"] == 1000
    asked_nothing = dialect_loader.build_request(endpoint("anthropic_messages"), SAMPLE, SamplingParams(), None)
    assert asked_nothing.effective["max_tokens"] == 4096  # the field is required there
    assert (
        "max_tokens" not in dialect_loader.build_request(endpoint("deepseek"), SAMPLE, SamplingParams(), None).effective
    )


def test_system_text_goes_before_the_prompt_where_the_role_is_refused() -> None:
    made = request("openai", GREEDY, "no_system_role", sample=replace(SAMPLE, system="Be brief."))
    assert json.loads(made.body)["messages"] == [{"role": "user", "content": "Be brief.\n\n6 * 7?"}]


@all_cases(
    ("name", "traits", "params", "expected"),
    [
        ("openai", ("reasoning",), HIGH, 0),  # its limit holds the thinking too
        ("dashscope", ("thinking_optional",), HIGH, 24576),  # the budget that is sent
        ("dashscope", ("thinking_optional",), SamplingParams(effort=Effort.HIGH, max_tokens=1024), 0),  # none is sent
        ("dashscope", ("thinking_optional",), ON, None),  # on, and without a budget
        ("dashscope", ("thinking_optional",), SamplingParams(), 0),
        ("dashscope", ("reasoning",), OFF, 0),
        ("dashscope", ("always_thinks",), OFF, None),
        ("dashscope", (), SamplingParams(), None),  # may think unasked
        ("dashscope", ("never_thinks",), HIGH, 0),
    ],
)
def test_thinking_beyond_the_limit_is_the_budget_that_is_sent(
    name: str, traits: tuple[str, ...], params: SamplingParams, expected: int | None
) -> None:
    assert dialect_loader.unlimited_thinking(endpoint(name, *traits), params) == expected


def test_a_model_that_cannot_think_is_not_asked_to() -> None:
    made = request("dashscope", SamplingParams(effort=Effort.HIGH, thinking=True), "never_thinks")
    assert (settings(made), made.not_sent) == ({}, ("thinking", "effort"))


def test_a_renamed_parameter_is_data_and_may_be_nested() -> None:
    renamed = {"seed": "random_seed", "top_p": "sampling.top_p", "temperature": "sampling.temperature"}
    dialect = replace(dialect_loader.load("openai"), name="acme", renamed_params=renamed)
    made = build(dialect, endpoint("openai"), SAMPLE, GREEDY, None)
    sampling = {"top_p": 0.9, "temperature": 0.0}
    assert settings(made) == {"max_completion_tokens": 4000, "random_seed": 7, "sampling": sampling}


def test_a_parameter_that_another_excludes_is_not_sent_under_its_new_name_either() -> None:
    dialect = replace(
        dialect_loader.load("openai"),
        renamed_params={"temperature": "heat", "top_p": "nucleus"},
        mutually_exclusive_params={"top_p": "temperature"},
    )
    made = build(dialect, endpoint("openai"), SAMPLE, GREEDY, None)
    assert settings(made) == {"max_completion_tokens": 4000, "heat": 0.0, "seed": 7}
    assert made.not_sent == ("top_p",)


@all_cases(
    ("base", "path", "instead_of", "url"),
    [
        ("http://a/v1", "/models", "", "http://a/v1/models"),
        ("http://a/v1/chat/completions", "/models", "/chat/completions", "http://a/v1/models"),
        ("http://a/v1/messages/?v=1", "/models", "/messages", "http://a/v1/models?v=1"),
        ("http://a/d/m?api-version=1", "/chat/completions", "", "http://a/d/m/chat/completions?api-version=1"),
        ("http://a/v1/chat/completions", "/chat/completions", "", "http://a/v1/chat/completions"),
    ],
)
def test_resource_address(base: str, path: str, instead_of: str, url: str) -> None:
    assert request_url(base, path, instead_of=instead_of) == url


HISTORY = (FinishedTurn(answer="41", reply="Check it."), FinishedTurn(answer=" ", reply="Again."))
TURNS = [
    {"role": "user", "content": "6 * 7?"},
    {"role": "assistant", "content": "41"},
    {"role": "user", "content": "Check it."},
    {"role": "assistant", "content": "(no answer)"},  # providers refuse an empty message
    {"role": "user", "content": "Again."},
]


@pytest.mark.parametrize(
    ("name", "field"), [("openai", "messages"), ("anthropic_messages", "messages"), ("openai_responses", "input")]
)
def test_turns_of_a_conversation_follow_the_prompt(name: str, field: str) -> None:
    made = dialect_loader.build_request(endpoint(name), SAMPLE, GREEDY, None, HISTORY)
    assert json.loads(made.body)[field] == TURNS


def test_system_text_stays_before_the_prompt_of_a_conversation() -> None:
    with_system = replace(SAMPLE, system="Be brief.")
    joined = dialect_loader.build_request(endpoint("openai", "no_system_role"), with_system, GREEDY, None, HISTORY)
    first = {"role": "user", "content": "Be brief.\n\n6 * 7?"}
    assert json.loads(joined.body)["messages"] == [first, *TURNS[1:]]


def marked(name: str, sample: Sample, shared_chars: int | None, *, model: str = "m") -> dict[str, Json]:
    """The body of a request of a warm run."""
    asked = replace(endpoint(name), model=model)
    body: dict[str, Json] = json.loads(
        dialect_loader.build_request(asked, sample, GREEDY, "the-key", (), shared_chars).body
    )
    return body


MARK = {"cache_control": {"type": "ephemeral"}}


def test_a_warm_request_to_anthropic_marks_system_text_and_shared_beginning() -> None:
    sample = replace(SAMPLE, system="Be brief.")
    body = marked("anthropic_messages", sample, 4)
    assert body["system"] == [{"type": "text", "text": "Be brief.", **MARK}]
    content = [{"type": "text", "text": "6 * ", **MARK}, {"type": "text", "text": "7?"}]
    assert body["messages"] == [{"role": "user", "content": content}]
    whole = marked("anthropic_messages", SAMPLE, len(SAMPLE.prompt))["messages"]
    assert whole == [{"role": "user", "content": [{"type": "text", "text": "6 * 7?", **MARK}]}]
    assert marked("anthropic_messages", SAMPLE, 0) == marked("anthropic_messages", SAMPLE, None)


def test_behind_a_gateway_only_models_that_need_marks_have_them() -> None:
    sample = replace(SAMPLE, system="Be brief.")
    messages = marked("openrouter", sample, 4, model="anthropic/claude")["messages"]
    assert isinstance(messages, list)
    system, user = messages
    assert system == {"role": "system", "content": [{"type": "text", "text": "Be brief.", **MARK}]}
    assert user["content"][0] == {"type": "text", "text": "6 * ", **MARK}
    assert marked("openrouter", sample, 4, model="openai/gpt-5") == marked("openrouter", sample, None)


@all_cases("name", [name for name in dialect_loader.names() if name not in ("anthropic_messages",)])
def test_providers_that_cache_unasked_are_sent_the_same_in_a_warm_run(name: str) -> None:
    assert marked(name, SAMPLE, 4) == marked(name, SAMPLE, None)
