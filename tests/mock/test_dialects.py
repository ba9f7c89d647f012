"""Each dialect's writing: where reasoning shows, what is refused or ignored, oddities, how it errs.

The expectations are read off the wire by small functions (dialects), not by the harness's own dialects.
"""

from __future__ import annotations

from typing import get_args

import pytest

from harness.config.simulation import MockDialect
from harness.mock.formats.known import FORMATS
from harness.mock.testing import RunningMock, simulated
from tests.cases import all_cases
from tests.mock.asking import content_of, deltas_of, with_mock
from tests.mock.dialects import PRICE, THINKER, Object, count, get, one_answer, request_for, speak

PLAIN = simulated(price=PRICE, accuracy=1.0)
OTHER_APIS = ("openai_responses", "xai_responses", "anthropic_messages", "anthropic_messages_new")
CHATS = [name for name in FORMATS if name not in OTHER_APIS]


def test_the_mock_speaks_every_dialect_a_simulation_may_name() -> None:
    assert set(get_args(MockDialect)) <= set(FORMATS)


@all_cases("dialect", CHATS)
def test_a_chat_streams_the_text_it_would_send_whole(dialect: str) -> None:
    streamed, _ = one_answer(dialect, stream=True)
    whole, _ = one_answer(dialect, stream=False)
    message = get(whole.json(), "choices.0.message.content")
    assert content_of(streamed.events()) == message
    assert str(message).endswith(r"\boxed{42}.")


@all_cases(
    ("dialect", "field"),
    [
        ("moonshot", "reasoning_content"),
        ("dashscope", "reasoning_content"),
        ("deepseek", "reasoning_content"),
        ("zai", "reasoning_content"),
        ("xai", "reasoning_content"),
        ("sglang", "reasoning_content"),
        ("llamacpp", "reasoning_content"),
        ("vllm_old", "reasoning_content"),
        ("vllm", "reasoning"),
        ("ollama", "reasoning"),
        ("groq", "reasoning"),
        ("openrouter", "reasoning"),
        ("cerebras", "reasoning"),
    ],
)
def test_reasoning_is_shown_in_the_dialects_field(dialect: str, field: str) -> None:
    streamed, _ = one_answer(dialect, stream=True)
    whole, _ = one_answer(dialect, stream=False)
    text = "".join(str(delta.get(field) or "") for delta in deltas_of(streamed.events()))
    assert text
    assert get(whole.json(), f"choices.0.message.{field}") == text


@pytest.mark.parametrize(
    ("dialect", "opening", "closing"),
    [("minimax", "<think>\n", "\n</think>\n\n"), ("together", "<think>\n", "\n</think>\n\n")],
)
def test_reasoning_is_shown_in_tags_inside_the_content(dialect: str, opening: str, closing: str) -> None:
    answer, _ = one_answer(dialect, stream=True)
    text = content_of(answer.events())
    assert text.startswith(opening)
    assert text.count(closing) == 1


@all_cases("dialect", ["openai", "azure", "anthropic_compat", "gemini_compat", "openai_responses"])
def test_hidden_reasoning_is_billed_and_not_shown(dialect: str) -> None:
    answer, entry = one_answer(dialect, stream=True)
    assert entry.tokens.reasoning > 0
    assert b"reasoning_content" not in answer.body
    assert b"<think>" not in answer.body


@all_cases(
    ("dialect", "fields", "shown"),
    [
        ("minimax", {"reasoning_split": True}, "reasoning_details"),
        ("groq", {"reasoning_format": "raw"}, "<think>"),
        ("gemini_compat", {"google": {"thinking_config": {"include_thoughts": True}}}, "<thought>"),
        ("openai_responses", {"reasoning": {"summary": "auto"}}, "response.reasoning_summary_text.delta"),
    ],
)
def test_reasoning_is_shown_another_way_on_request(dialect: str, fields: Object, shown: str) -> None:
    answer, _ = one_answer(dialect, stream=True, **fields)
    assert shown in answer.body.decode()


@pytest.mark.parametrize(
    ("dialect", "fields"),
    [
        ("groq", {"reasoning_format": "hidden"}),
        ("openrouter", {"reasoning": {"exclude": True}}),
    ],
)
def test_reasoning_is_hidden_on_request_and_billed_all_the_same(dialect: str, fields: Object) -> None:
    answer, entry = one_answer(dialect, stream=True, **fields)
    assert not any(delta.get("reasoning") for delta in deltas_of(answer.events()))
    assert entry.tokens.reasoning > 0


@all_cases(
    ("dialect", "fields"),
    [
        ("openai", {"reasoning_effort": "none"}),
        ("openai_responses", {"reasoning": {"effort": "none"}}),
        ("anthropic_messages", {"thinking": {"type": "disabled"}}),
        ("moonshot", {"thinking": {"type": "disabled"}}),
        ("deepseek", {"thinking": {"type": "disabled"}}),
        ("zai", {"thinking": {"type": "disabled"}}),
        ("dashscope", {"enable_thinking": False}),
        ("gemini_compat", {"reasoning_effort": "none"}),
        ("openrouter", {"reasoning": {"enabled": False}}),
        ("vllm", {"chat_template_kwargs": {"enable_thinking": False}}),
    ],
)
def test_thinking_is_switched_off_the_dialects_way(dialect: str, fields: Object) -> None:
    assert one_answer(dialect, stream=True, **fields)[1].tokens.reasoning == 0


@pytest.mark.parametrize(
    ("dialect", "fields"), [("minimax", {"thinking": {"type": "disabled"}}), ("zai", {"reasoning_effort": "none"})]
)
def test_a_switch_of_another_provider_is_ignored(dialect: str, fields: Object) -> None:
    assert one_answer(dialect, stream=True, **fields)[1].tokens.reasoning > 0


# Parameters


REFUSALS: list[tuple[str, Object, int, str]] = [
    ("openai", {"max_tokens": 100}, 400, "unsupported_parameter"),
    ("openai", {"temperature": 0}, 400, "temperature"),
    ("openai", {"stop": ["x"]}, 400, "stop"),
    ("openai_responses", {"max_tokens": 100}, 400, "max_tokens"),
    ("openai_responses", {"temperature": 0.2}, 400, "temperature"),
    ("minimax", {"temperature": 0}, 400, "temperature"),
    ("minimax", {"temperature": 1.5}, 400, "temperature"),
    ("moonshot", {"temperature": 0}, 400, "only 1 is allowed"),
    ("dashscope", {"enable_thinking": True, "stream": False}, 400, "enable_thinking must be set to false"),
    ("dashscope", {"temperature": 2}, 400, "temperature"),
    ("xai", {"stop": ["x"]}, 400, "stop"),
    ("xai_grok4", {"reasoning_effort": "low"}, 400, "reasoningEffort"),
    ("anthropic_messages", {"max_tokens": None}, 400, "max_tokens: Field required"),
    ("anthropic_messages", {"seed": 1}, 400, "seed"),
    ("anthropic_messages", {"thinking": {"type": "enabled"}, "temperature": 0}, 400, "only be set to 1"),
]


@all_cases(("dialect", "fields", "status", "said"), REFUSALS)
def test_a_parameter_the_provider_refuses_is_refused(dialect: str, fields: Object, status: int, said: str) -> None:
    async def one(mock: RunningMock) -> tuple[int, str, int]:
        answer = await speak(mock, dialect, {**request_for(dialect, stream=True), **fields})
        return answer.status, answer.body.decode(), len(mock.ledger.entries())

    found = with_mock(one, [THINKER])
    assert (found[0], found[2]) == (status, 0)
    assert said in found[1]


IGNORED: list[tuple[str, Object]] = [
    ("anthropic_compat", {"seed": 1, "reasoning_effort": "high", "temperature": 1.8, "logprobs": True}),
    ("deepseek", {"temperature": 0, "presence_penalty": 1}),
    ("minimax", {"presence_penalty": 1, "logit_bias": {"1": 1}}),
    ("zai", {"seed": 1}),
    ("openrouter", {"seed": 1, "stop": ["x"]}),
]


@all_cases(("dialect", "fields"), IGNORED)
def test_a_parameter_the_provider_ignores_is_ignored(dialect: str, fields: Object) -> None:
    assert one_answer(dialect, stream=True, **fields)[0].status == 200


def test_openai_takes_sampling_settings_from_a_model_that_does_not_think() -> None:
    assert one_answer("openai", stream=True, model=PLAIN, temperature=0, max_tokens=500)[0].status == 200


@all_cases(
    ("dialect", "field", "heeded"),
    [
        ("ollama", "max_tokens", True),
        ("ollama", "max_completion_tokens", False),
        ("openai", "max_completion_tokens", True),
        ("deepseek", "max_tokens", True),
        ("zai", "max_completion_tokens", False),
        ("openai_responses", "max_output_tokens", True),
    ],
)
def test_an_output_limit_is_heeded_under_the_names_the_provider_knows(dialect: str, field: str, heeded: bool) -> None:
    _, entry = one_answer(dialect, stream=True, **{field: 7})
    assert (entry.tokens.completion == 7) is heeded


# Keep-alives, ends, oddities


def test_keep_alives_are_comments_pings_or_blank_lines() -> None:
    assert one_answer("openrouter", stream=True)[0].body.startswith(b": OPENROUTER PROCESSING\n\n")
    assert one_answer("deepseek", stream=True)[0].body.startswith(b": keep-alive\n\n")
    assert one_answer("deepseek", stream=False)[0].body.startswith(b"\n\n\n\n{")
    assert b"event: ping\n" in one_answer("anthropic_messages", stream=True)[0].body


@all_cases("dialect", FORMATS)
def test_only_chats_end_with_done(dialect: str) -> None:
    answer, _ = one_answer(dialect, stream=True)
    assert answer.body.endswith(b"data: [DONE]\n\n") is (dialect in CHATS)


def test_oddities_of_single_providers() -> None:
    azure, _ = one_answer("azure", stream=True)
    assert azure.events()[0]["choices"] == []
    minimax, _ = one_answer("minimax", stream=True)
    finish = [event for event in minimax.events() if event["choices"]][-1]
    assert get(finish, "choices.0.finish_reason") == "stop"
    assert get(finish, "choices.0.delta.content")
    dashscope, _ = one_answer("dashscope", stream=True)
    assert len({tuple(event) for event in dashscope.events()}) > 1
    together, _ = one_answer("together", stream=False)
    assert together.headers["retry-after"] == "30"
    grok, entry = one_answer("xai_grok4", stream=True)
    thoughts = {delta["reasoning_content"] for delta in deltas_of(grok.events()) if "reasoning_content" in delta}
    assert thoughts == {"Thinking... "}
    groq, _ = one_answer("groq", stream=True)
    assert groq.events()[-1]["usage"] == get(groq.events()[-1], "x_groq.usage")
    llamacpp, entry = one_answer("llamacpp", stream=True)
    timings = llamacpp.events()[-1]["timings"]
    assert count(timings, "cache_n") + count(timings, "prompt_n") == entry.tokens.prompt
    openai, _ = one_answer("openai", stream=True)
    assert "obfuscation" in openai.events()[2]


@all_cases(
    ("dialect", "path", "word"),
    [
        ("zai", "choices.0.finish_reason", "sensitive"),
        ("anthropic_messages", "stop_reason", "refusal"),
        ("openai", "choices.0.finish_reason", "content_filter"),
        ("openai_responses", "output.0.content.0.type", "refusal"),
        ("openrouter", "choices.0.native_finish_reason", "SAFETY"),
    ],
)
def test_a_refusal_has_the_dialects_word(dialect: str, path: str, word: str) -> None:
    model = simulated(price=PRICE, refuse=1.0)
    answer, _ = one_answer(dialect, stream=False, model=model)
    assert get(answer.json(), path) == word


def test_a_response_that_ran_out_is_incomplete() -> None:
    answer, _ = one_answer("openai_responses", stream=True, max_output_tokens=30)
    assert b"event: response.incomplete" in answer.body
    assert b"max_output_tokens" in answer.body


# Errors


ERRORS: list[tuple[str, str, int, str]] = [
    ("openai", "no_money", 429, "insufficient_quota"),
    ("openai", "overloaded", 503, "service_unavailable"),
    ("anthropic_messages", "overloaded", 529, "overloaded_error"),
    ("anthropic_messages", "no_money", 400, "credit balance is too low"),
    ("anthropic_compat", "rate_limit", 429, "rate_limit_error"),
    ("xai", "bad_key", 400, "Incorrect API key"),
    ("deepseek", "no_money", 402, "invalid_request_error"),
    ("moonshot", "rate_limit", 429, "try again after 3 seconds"),
    ("moonshot", "no_money", 429, "exceeded_current_quota_error"),
    ("moonshot", "overloaded", 429, "engine_overloaded_error"),
    ("dashscope", "no_money", 400, "Arrearage"),
    ("minimax", "rate_limit", 200, '"status_code":1002'),
    ("minimax", "no_money", 402, "1008"),
    ("minimax", "too_long", 400, "context window exceeds limit"),
    ("zai", "rate_limit", 429, '"1302"'),
    ("zai", "no_money", 429, '"1113"'),
    ("gemini_compat", "rate_limit", 429, '"retryDelay":"3s"'),
    ("gemini_compat", "bad_key", 400, "API_KEY_INVALID"),
    ("openrouter", "no_money", 402, '"code":402'),
    ("groq", "too_long", 413, "rate_limit_exceeded"),
    ("together", "no_money", 402, "credit"),
    ("vllm", "bad_request", 400, '"code":400'),
    ("llamacpp", "too_long", 400, "exceed_context_size_error"),
    ("llamacpp", "overloaded", 503, "Loading model"),
    ("ollama", "not_found", 404, "not_found_error"),
]


@all_cases(("dialect", "cause", "status", "said"), ERRORS)
def test_a_cause_is_stated_in_the_providers_words(dialect: str, cause: str, status: int, said: str) -> None:
    async def one(mock: RunningMock) -> tuple[int, str]:
        mock.script([{"error": cause, "retry_after_s": 3}])
        answer = await speak(mock, dialect, request_for(dialect, stream=True))
        return answer.status, answer.body.decode()

    found = with_mock(one, [THINKER])
    assert found[0] == status
    assert said in found[1]


@all_cases("dialect", FORMATS)
def test_every_dialect_can_err_inside_a_stream(dialect: str) -> None:
    async def one(mock: RunningMock) -> bytes:
        mock.script([{"error_event": "server_error", "after_chunks": 1}])
        return (await speak(mock, dialect, request_for(dialect, stream=True))).body

    tail = with_mock(one, [THINKER]).decode()[-600:]
    assert "error" in tail
    assert "[DONE]" not in tail


def test_an_openrouter_stream_errs_with_a_finish_reason_of_its_own() -> None:
    async def one(mock: RunningMock) -> Object:
        mock.script([{"error_event": "server_error", "after_chunks": 1}])
        return (await speak(mock, "openrouter", request_for("openrouter", stream=True))).events()[-1]

    last = with_mock(one, [THINKER])
    assert get(last, "choices.0.finish_reason") == "error"
    assert get(last, "error.code") == 502
