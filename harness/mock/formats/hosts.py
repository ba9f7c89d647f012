"""Gateways, hosts of open models and self-hosted servers, each a value of `ChatFormat`.

Sources and rules as for `vendors`.
"""

from __future__ import annotations

from dataclasses import replace

from harness.mock.formats import host_errors, usage
from harness.mock.formats.base import AnswerPlan, Body, JsonObject, StopCause, at_path
from harness.mock.formats.chat import ChatFormat, InterimUsage, Reasoning, RolePlacement, UsagePosition
from harness.mock.formats.rules import always_in_tags, null_always


def _openrouter_reasoning(body: Body) -> Reasoning:
    excluded = at_path(body, "reasoning.exclude") is True or body.get("include_reasoning") is False
    return Reasoning.HIDDEN if excluded else Reasoning.FIELD


def _openrouter_details(text: str) -> JsonObject:
    return {"reasoning_details": [{"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}]}


def _native_finish(turn: AnswerPlan) -> JsonObject:
    words = {StopCause.STOP: "completed", StopCause.LENGTH: "max_output_tokens", StopCause.REFUSED: "SAFETY"}
    words[StopCause.TOOL_CALLS] = "tool_calls"
    return {"native_finish_reason": words[turn.finish]}


OPENROUTER = ChatFormat(
    name="openrouter",
    usage=usage.openrouter,
    write_error=host_errors.openrouter,
    thinking_switches={"reasoning.enabled": False, "reasoning.effort": "none", "reasoning_effort": "none"},
    reasoning=_openrouter_reasoning,
    reasoning_field="reasoning",
    details=_openrouter_details,
    usage_place=UsagePosition.AFTER_FINISH,
    usage_must_be_asked=False,
    role=RolePlacement.EVERY_DELTA,
    finish_delta={"content": ""},
    chunk_extras=lambda turn: {"provider": turn.host, "system_fingerprint": "fp_mock"},
    choice_extras={"logprobs": None, "native_finish_reason": None},
    finish_extras=_native_finish,
    message_extras={"refusal": None, "reasoning": None},
    keepalive=b": OPENROUTER PROCESSING\n\n",
    error_event_extras={
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
    },
    id_prefix="gen-",
    reports_cache_writes=True,
    answer_headers=lambda turn: {"x-generation-id": f"gen-{turn.id}"},
)


def _groq_reasoning(body: Body) -> Reasoning:
    if body.get("include_reasoning") is False or body.get("reasoning_format") == "hidden":
        return Reasoning.HIDDEN
    return Reasoning.TAGS if body.get("reasoning_format") == "raw" else Reasoning.FIELD


def _x_groq(turn: AnswerPlan) -> JsonObject:
    return {"x_groq": {"id": f"req_{turn.id}", "usage": usage.groq(turn)}}


GROQ = ChatFormat(
    sends_whole_calls=True,
    name="groq",
    usage=usage.groq,
    write_error=host_errors.groq,
    thinking_switches={"reasoning_effort": "none"},
    reasoning=_groq_reasoning,
    reasoning_field="reasoning",
    usage_place=UsagePosition.FINISH_CHUNK,
    usage_must_be_asked=False,
    chunk_extras=lambda _turn: {"system_fingerprint": "fp_mock"},
    choice_extras={"logprobs": None},
    body_extras=lambda turn: {
        "usage_breakdown": None,
        "x_groq": {"id": f"req_{turn.id}"},
        "service_tier": turn.service_tier("on_demand"),
    },
    usage_extras=_x_groq,
    error_event_name="error",
    answer_headers=lambda turn: {
        "x-ratelimit-limit-requests": "14400",
        "x-ratelimit-remaining-requests": "14399",
        "x-ratelimit-reset-requests": "6s",
        "x-request-id": f"req_{turn.id}",
    },
)

CEREBRAS = ChatFormat(
    name="cerebras",
    usage=usage.cerebras,
    write_error=host_errors.together,
    reasoning_field="reasoning",
    usage_place=UsagePosition.FINISH_CHUNK,
    usage_must_be_asked=False,
    chunk_extras=lambda _turn: {"system_fingerprint": "fp_mock"},
    body_extras=lambda turn: {"time_info": usage.cerebras_times(turn)},
    usage_extras=lambda turn: {"time_info": usage.cerebras_times(turn)},
)

TOGETHER = ChatFormat(
    name="together",
    usage=usage.together,
    write_error=host_errors.together,
    limit_fields=("max_tokens",),
    reasoning=always_in_tags,
    usage_place=UsagePosition.FINISH_CHUNK,
    usage_must_be_asked=False,
    usage_before=null_always,
    role=RolePlacement.EVERY_DELTA,
    finish_delta={"content": "", "token_id": 1},
    choice_extras={"text": "", "logprobs": None, "seed": None},
    message_extras={"tool_calls": []},
    body_extras=lambda _turn: {"prompt": []},
    id_prefix="",
    answer_headers=lambda _turn: {"retry-after": "30"},
)


# Self-hosted


def _vllm_before(turn: AnswerPlan) -> InterimUsage:
    running = at_path(turn.body, "stream_options.continuous_usage_stats") is True and turn.asks_usage
    return InterimUsage.RUNNING if running else InterimUsage.ABSENT


_TEMPLATE_SWITCH = {"chat_template_kwargs.enable_thinking": False, "chat_template_kwargs.thinking": False}

VLLM = ChatFormat(
    name="vllm",
    usage=usage.vllm,
    write_error=host_errors.vllm,
    thinking_switches=_TEMPLATE_SWITCH,
    reasoning_field="reasoning",
    usage_before=_vllm_before,
    choice_extras={"logprobs": None, "token_ids": None},
    finish_extras=lambda _turn: {"stop_reason": None},
    body_extras=lambda _turn: {"prompt_logprobs": None, "kv_transfer_params": None},
)
VLLM_OLD = replace(VLLM, name="vllm_old", reasoning_field="reasoning_content")
VLLM_NEW = replace(VLLM, name="vllm_new", usage=usage.vllm_new)

SGLANG = ChatFormat(
    name="sglang",
    usage=usage.sglang,
    write_error=host_errors.vllm,
    thinking_switches=_TEMPLATE_SWITCH,
    choice_extras={"logprobs": None, "matched_stop": None},
    body_extras=lambda _turn: {"metadata": {"weight_version": "default"}},
    id_prefix="",
)

LLAMACPP = ChatFormat(
    name="llamacpp",
    usage=usage.llamacpp,
    write_error=host_errors.llamacpp,
    thinking_switches=_TEMPLATE_SWITCH,
    opening_content=None,
    chunk_extras=lambda _turn: {"system_fingerprint": "mock-b0"},
    body_extras=lambda turn: {"timings": usage.llamacpp_timings(turn)},
    usage_extras=lambda turn: {"timings": usage.llamacpp_timings(turn)},
)

OLLAMA = ChatFormat(
    sends_whole_calls=True,
    name="ollama",
    usage=usage.plain,
    write_error=host_errors.ollama,
    limit_fields=("max_tokens",),
    thinking_switches={"reasoning_effort": "none", "reasoning.effort": "none"},
    reasoning_field="reasoning",
    role=RolePlacement.EVERY_DELTA,
    finish_delta={"content": ""},
    chunk_extras=lambda _turn: {"system_fingerprint": "fp_ollama"},
    reports_cache=False,
)

HOSTS = (
    OPENROUTER,
    GROQ,
    CEREBRAS,
    TOGETHER,
    VLLM,
    VLLM_OLD,
    VLLM_NEW,
    SGLANG,
    LLAMACPP,
    OLLAMA,
)
