"""The chat APIs of those who train the models, each a value of `ChatFormat`; gateways and hosts are in `hosts`.

Sources: the providers' documentation and public recordings as of November 2026, summed up in docs/mock.md. Names
that are no dialect of their own (`minimax_old`, `xai_grok4`, ...) are other generations of a route, reachable by path.
Parameters that a provider ignores are ignored here too: only refusals are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.mock.formats import errors, usage
from harness.mock.formats.base import AnswerPlan, Body, ErrorKind, ErrorReply, JsonObject, StopCause, at_path
from harness.mock.formats.chat import ChatFormat, InterimUsage, Reasoning, RolePlacement, UsagePosition
from harness.mock.formats.errors import unsupported_parameter
from harness.mock.formats.rules import always_hidden, null_always, null_if_asked, number_at, within

# OpenAI


def _openai_refusal(body: Body, *, thinks: bool) -> ErrorReply | None:
    if not thinks:
        return None
    if "max_tokens" in body:
        said = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        return unsupported_parameter("max_tokens", f"Unsupported parameter: {said}")
    for name, default in (("temperature", 1), ("top_p", 1), ("presence_penalty", 0), ("frequency_penalty", 0)):
        if body.get(name) not in (None, default):
            said = f"Unsupported value: '{name}' does not support {body[name]} with this model. "
            return unsupported_parameter(name, said + f"Only the default ({default}) value is supported.")
    for name in ("stop", "logit_bias", "logprobs"):
        if body.get(name):
            return unsupported_parameter(name, f"Unsupported parameter: '{name}' is not supported with this model.")
    return None


def _openai_headers(turn: AnswerPlan) -> Mapping[str, str]:
    return {
        "x-request-id": f"req_{turn.id}",
        "openai-processing-ms": str(round(turn.ttft_s * 1000)),
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-tokens": "29000",
        "x-ratelimit-reset-tokens": "6m0s",
    }


def _tier(turn: AnswerPlan) -> JsonObject:
    return {"service_tier": turn.service_tier("default")}


GENERIC = ChatFormat(name="generic", usage=usage.detailed, write_error=errors.openai)

OPENAI = ChatFormat(
    name="openai",
    usage=usage.openai,
    write_error=errors.openai,
    refusals=(_openai_refusal,),
    thinking_switches={"reasoning_effort": "none"},
    reasoning=always_hidden,
    usage_before=null_if_asked,
    chunk_extras=lambda turn: {**_tier(turn), "system_fingerprint": "fp_mock"},
    choice_extras={"logprobs": None},
    message_extras={"refusal": None, "annotations": []},
    answer_headers=_openai_headers,
    obfuscates=True,
    reports_cache_writes=True,
)
AZURE = replace(OPENAI, name="azure", empty_first_chunk=True)

ANTHROPIC_COMPAT = ChatFormat(
    name="anthropic_compat",
    not_simulated=(),  # ignored by the provider itself (docs, "OpenAI SDK compatibility", simple fields)
    usage=usage.plain,
    write_error=errors.anthropic_compat,
    thinking_switches={"thinking.type": "disabled"},
    reasoning=always_hidden,
    id_prefix="msg_",
    reports_cache=False,
    answer_headers=lambda turn: {"request-id": f"req_{turn.id}", "anthropic-ratelimit-requests-remaining": "49"},
)


# MiniMax


def _minimax_reasoning(body: Body) -> Reasoning:
    return Reasoning.FIELD if body.get("reasoning_split") is True else Reasoning.TAGS


def _minimax_details(text: str) -> JsonObject:
    detail = {"type": "reasoning.text", "id": "reasoning-text-1", "format": "MiniMax-response-v1", "index": 0}
    return {"reasoning_details": [{**detail, "text": text}]}


def _minimax_flags(turn: AnswerPlan) -> JsonObject:
    refused = turn.finish is StopCause.REFUSED
    return {
        "input_sensitive": False,
        "output_sensitive": refused,
        "input_sensitive_type": 0,
        "output_sensitive_type": 1 if refused else 0,
        "output_sensitive_int": 0,
    }


def _base_resp(_turn: AnswerPlan) -> JsonObject:
    return {"base_resp": {"status_code": 0, "status_msg": ""}}


MINIMAX = ChatFormat(
    name="minimax",
    usage=usage.minimax,
    write_error=errors.minimax,
    refusals=(within(errors.minimax, "temperature", 0, 1, open_low=True),),
    limit_fields=("max_tokens", "max_completion_tokens"),
    reasoning=_minimax_reasoning,
    details=_minimax_details,
    usage_before=null_always,
    role=RolePlacement.EVERY_DELTA,
    finish_is_always_present=False,
    finish_carries_text=True,
    chunk_extras=_minimax_flags,
    body_extras=_base_resp,
    usage_extras=_base_resp,
    message_extras={"name": "MiniMax AI", "audio_content": ""},
    id_prefix="",
)
MINIMAX_OLD = replace(
    MINIMAX,
    name="minimax_old",
    usage_place=UsagePosition.WHOLE_MESSAGE,
    usage_before=lambda _turn: InterimUsage.ZERO,
    finish_carries_text=False,
)


# Moonshot, DashScope, DeepSeek, xAI, Z.ai


def _moonshot_refusal(body: Body, *, thinks: bool) -> ErrorReply | None:
    temperature = number_at(body, "temperature")
    if thinks and temperature not in (None, 1):
        return errors.moonshot(ErrorKind.BAD_REQUEST, "invalid temperature: only 1 is allowed for this model", 0)
    if thinks and number_at(body, "top_p") not in (None, 1, 0.95):
        return errors.moonshot(ErrorKind.BAD_REQUEST, "invalid top_p: only 0.95 is allowed for this model", 0)
    if temperature is not None and not 0 <= temperature <= 1:
        return errors.moonshot(ErrorKind.BAD_REQUEST, "invalid temperature: must be in [0, 1]", 0)
    return None


MOONSHOT = ChatFormat(
    name="moonshot",
    usage=usage.moonshot,
    write_error=errors.moonshot,
    refusals=(_moonshot_refusal,),
    thinking_switches={"thinking.type": "disabled"},
    usage_place=UsagePosition.IN_CHOICE,
    chunk_extras=lambda _turn: {"system_fingerprint": "fpv0_mock"},
)
MOONSHOT_NEW = replace(MOONSHOT, name="moonshot_new", usage=usage.moonshot_new, role=RolePlacement.FIRST_DELTA)


def _dashscope_refusal(body: Body, *, thinks: bool) -> ErrorReply | None:
    if body.get("enable_thinking") is True and body.get("stream") is not True:
        said = "parameter.enable_thinking must be set to false for non-streaming calls"
        return errors.dashscope(ErrorKind.BAD_REQUEST, said, 0)
    temperature = number_at(body, "temperature")
    if temperature is not None and not 0 <= temperature < 2:
        return errors.dashscope(ErrorKind.BAD_REQUEST, "'temperature' must be in [0.0, 2.0)", 0)
    return None


DASHSCOPE = ChatFormat(
    name="dashscope",
    usage=usage.dashscope,
    write_error=errors.dashscope,
    refusals=(_dashscope_refusal,),
    limit_fields=("max_tokens", "max_completion_tokens"),
    thinking_switches={"enable_thinking": False},
    usage_before=null_always,
    opening_content=None,
    chunk_extras=lambda _turn: {"system_fingerprint": None},
    choice_extras={"logprobs": None},
    shuffles_keys=True,
    reports_cache_writes=True,
    answer_headers=lambda turn: {"x-request-id": turn.id},
)

DEEPSEEK = ChatFormat(
    name="deepseek",
    usage=usage.deepseek,
    write_error=errors.deepseek,
    limit_fields=("max_tokens",),
    thinking_switches={"thinking.type": "disabled"},
    usage_place=UsagePosition.FINISH_CHUNK,
    usage_must_be_asked=False,
    usage_before=null_always,
    finish_delta={"content": "", "reasoning_content": None},
    chunk_extras=lambda _turn: {"system_fingerprint": "fp_mock_kvcache"},
    choice_extras={"logprobs": None},
    keepalive=b": keep-alive\n\n",
    blank_lines=4,
    id_prefix="",
)


def _xai_refusal(body: Body, *, thinks: bool) -> ErrorReply | None:
    for name in ("stop", "frequency_penalty"):
        if thinks and body.get(name):
            said = f"Model does not support parameter {name}."
            return errors.xai(ErrorKind.BAD_REQUEST, said, 0)
    return None


def _grok4_refusal(body: Body, *, thinks: bool) -> ErrorReply | None:
    if "reasoning_effort" in body:
        return errors.xai(ErrorKind.BAD_REQUEST, "Model does not support parameter reasoningEffort.", 0)
    return _xai_refusal(body, thinks=thinks)


XAI = ChatFormat(
    sends_whole_calls=True,
    name="xai",
    usage=usage.xai,
    write_error=errors.xai,
    refusals=(_xai_refusal,),
    thinking_switches={"reasoning_effort": "none"},
    role=RolePlacement.FIRST_DELTA,
    finish_is_always_present=False,
    chunk_extras=lambda _turn: {"system_fingerprint": "fp_mock"},
    message_extras={"refusal": None},
    id_prefix="",
    answer_headers=lambda _turn: {"x-ratelimit-limit-requests": "480", "x-ratelimit-remaining-requests": "479"},
)
XAI_GROK4 = replace(
    XAI, name="xai_grok4", refusals=(_grok4_refusal,), placeholder="Thinking... ", role=RolePlacement.OWN_CHUNK
)

ZAI = ChatFormat(
    name="zai",
    usage=usage.detailed,
    write_error=errors.zai,
    limit_fields=("max_tokens",),
    thinking_switches={"thinking.type": "disabled"},
    usage_place=UsagePosition.FINISH_CHUNK,
    usage_must_be_asked=False,
    role=RolePlacement.EVERY_DELTA,
    finish_is_always_present=False,
    finish_delta={"content": ""},
    body_extras=lambda turn: {"request_id": turn.id},
    finish_words={StopCause.STOP: "stop", StopCause.LENGTH: "length", StopCause.REFUSED: "sensitive"},
    id_prefix="",
)


# Gemini


def _gemini_reasoning(body: Body) -> Reasoning:
    for path in ("extra_body.google.thinking_config.include_thoughts", "google.thinking_config.include_thoughts"):
        if at_path(body, path) is True:
            return Reasoning.TAGS
    return Reasoning.HIDDEN


GEMINI_COMPAT = ChatFormat(
    sends_whole_calls=True,
    name="gemini_compat",
    usage=usage.gemini,
    write_error=errors.gemini,
    thinking_switches={"reasoning_effort": "none"},
    reasoning=_gemini_reasoning,
    tags=("<thought>", "</thought>"),
    usage_place=UsagePosition.FINISH_CHUNK,
    role=RolePlacement.EVERY_DELTA,
    finish_is_always_present=False,
    finish_carries_text=True,
    id_prefix="",
    chunk_tokens=24,
)


VENDORS = (
    OPENAI,
    AZURE,
    ANTHROPIC_COMPAT,
    MINIMAX,
    MINIMAX_OLD,
    MOONSHOT,
    MOONSHOT_NEW,
    DASHSCOPE,
    DEEPSEEK,
    XAI,
    XAI_GROK4,
    ZAI,
    GEMINI_COMPAT,
    GENERIC,
)
