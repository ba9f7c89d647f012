"""How each chat provider adds up its usage object: what contains what, and under which names.

Written from the providers' documented fields, independently of the code that reads them in the harness.
"""

from __future__ import annotations

from decimal import Decimal

from harness.mock.formats.base import AnswerPlan, JsonObject


def plain(turn: AnswerPlan) -> JsonObject:
    """Three counts and no details (Anthropic's compatible layer, Ollama): thinking is inside the completion."""
    tokens = turn.tokens
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
    }


def _cached(turn: AnswerPlan) -> JsonObject:
    return {"cached_tokens": turn.tokens.cached}


def openai(turn: AnswerPlan) -> JsonObject:
    """OpenAI: reasoning inside the completion, cache reads and writes inside the prompt."""
    prompt: JsonObject = {**_cached(turn), "audio_tokens": 0}
    if turn.tokens.written:
        prompt["cache_write_tokens"] = turn.tokens.written
    completion = {
        "reasoning_tokens": turn.tokens.reasoning,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    }
    return {**plain(turn), "prompt_tokens_details": prompt, "completion_tokens_details": completion}


def detailed(turn: AnswerPlan) -> JsonObject:
    """The common form (Z.ai, generic): cached and reasoning counts in the details."""
    return {
        **plain(turn),
        "prompt_tokens_details": _cached(turn),
        "completion_tokens_details": {"reasoning_tokens": turn.tokens.reasoning},
    }


def dashscope(turn: AnswerPlan) -> JsonObject:
    """DashScope: `text_tokens` repeats whole counts; an explicit cache write is inside the prompt, named twice."""
    tokens = turn.tokens
    prompt: JsonObject = {**_cached(turn), "text_tokens": tokens.prompt}
    if tokens.written:
        prompt |= {
            "cache_creation_input_tokens": tokens.written,
            "cache_creation": {"ephemeral_5m_input_tokens": tokens.written},
            "cache_type": "ephemeral",
        }
    completion = {"reasoning_tokens": tokens.reasoning, "text_tokens": tokens.completion}
    return {**plain(turn), "completion_tokens_details": completion, "prompt_tokens_details": prompt}


def minimax(turn: AnswerPlan) -> JsonObject:
    """MiniMax: the total first, characters always 0."""
    value: JsonObject = {**plain(turn), "total_characters": 0}
    if turn.tokens.reasoning:
        value["completion_tokens_details"] = {"reasoning_tokens": turn.tokens.reasoning}
    if turn.reports_cache:
        value["prompt_tokens_details"] = _cached(turn)
    return value


def moonshot(turn: AnswerPlan) -> JsonObject:
    """Moonshot: cached tokens at the top level; no reasoning count (K2 Thinking)."""
    return {**plain(turn), "cached_tokens": turn.tokens.cached}


def moonshot_new(turn: AnswerPlan) -> JsonObject:
    """Moonshot K2.5 and later: the cached count twice, and a reasoning count."""
    return {**detailed(turn), "cached_tokens": turn.tokens.cached}


def deepseek(turn: AnswerPlan) -> JsonObject:
    """DeepSeek: cache hit and miss add up to the prompt; no completion details without thinking."""
    tokens = turn.tokens
    value: JsonObject = {**plain(turn), "prompt_tokens_details": _cached(turn)}
    if turn.thinks:
        value["completion_tokens_details"] = {"reasoning_tokens": tokens.reasoning}
    return {
        **value,
        "prompt_cache_hit_tokens": tokens.cached,
        "prompt_cache_miss_tokens": tokens.prompt - tokens.cached,
    }


TICKS_PER_USD = Decimal(10) ** 10


def xai(turn: AnswerPlan) -> JsonObject:
    """xAI: the completion count leaves the reasoning out, the total holds it; the charge in ticks."""
    tokens = turn.tokens
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.visible,
        "total_tokens": tokens.prompt + tokens.visible + tokens.reasoning,
        "prompt_tokens_details": {"text_tokens": tokens.prompt, "audio_tokens": 0, "image_tokens": 0, **_cached(turn)},
        "completion_tokens_details": {
            "reasoning_tokens": tokens.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "num_sources_used": 0,
        "cost_in_usd_ticks": int((turn.bill.usd * TICKS_PER_USD).to_integral_value()),
    }


def gemini(turn: AnswerPlan) -> JsonObject:
    """Gemini's compatible layer: the thinking shows in the total and nowhere else."""
    tokens = turn.tokens
    value: JsonObject = {
        "completion_tokens": tokens.visible,
        "prompt_tokens": tokens.prompt,
        "total_tokens": tokens.prompt + tokens.visible + tokens.reasoning,
    }
    return {**value, "prompt_tokens_details": _cached(turn)} if turn.reports_cache else value


def openrouter(turn: AnswerPlan) -> JsonObject:
    """OpenRouter: normalised counts and the charge in dollars; the fee on buying credits is in no reply."""
    cached: JsonObject = {**_cached(turn), "audio_tokens": 0}
    if turn.tokens.written:
        cached["cache_write_tokens"] = turn.tokens.written
    output = ("reasoning", "completion")
    prompt_usd = sum((line.usd for line in turn.bill.lines if line.what not in (*output, "fee")), Decimal(0))
    output_usd = sum((line.usd for line in turn.bill.lines if line.what in output), Decimal(0))
    return {
        **plain(turn),
        "cost": float(prompt_usd + output_usd),
        "is_byok": False,
        "prompt_tokens_details": cached,
        "cost_details": {
            "upstream_inference_cost": None,
            "upstream_inference_prompt_cost": float(prompt_usd),
            "upstream_inference_completions_cost": float(output_usd),
        },
        "completion_tokens_details": {"reasoning_tokens": turn.tokens.reasoning, "image_tokens": 0},
    }


def groq(turn: AnswerPlan) -> JsonObject:
    """Groq: times in seconds among the counts."""
    seconds = turn.tokens.completion / turn.tokens_per_s
    value: JsonObject = {
        "queue_time": 0.01,
        "prompt_tokens": turn.tokens.prompt,
        "prompt_time": 0.002,
        "completion_tokens": turn.tokens.completion,
        "completion_time": seconds,
        "total_tokens": turn.tokens.prompt + turn.tokens.completion,
        "total_time": seconds + 0.002,
    }
    if turn.reports_cache:
        value["prompt_tokens_details"] = _cached(turn)
    if turn.thinks:
        value["completion_tokens_details"] = {"reasoning_tokens": turn.tokens.reasoning}
    return value


def cerebras(turn: AnswerPlan) -> JsonObject:
    """Cerebras: OpenAI's details without the audio counts."""
    completion = {
        "accepted_prediction_tokens": 0,
        "reasoning_tokens": turn.tokens.reasoning,
        "rejected_prediction_tokens": 0,
    }
    return {**plain(turn), "completion_tokens_details": completion, "prompt_tokens_details": _cached(turn)}


def cerebras_times(turn: AnswerPlan) -> JsonObject:
    """Cerebras's `time_info`, in seconds."""
    seconds = turn.tokens.completion / turn.tokens_per_s
    return {"queue_time": 0.01, "prompt_time": 0.002, "completion_time": seconds, "total_time": seconds + 0.012}


def together(turn: AnswerPlan) -> JsonObject:
    """Together: cached tokens at the top level, no reasoning count."""
    return {**plain(turn), "cached_tokens": turn.tokens.cached}


def vllm(turn: AnswerPlan) -> JsonObject:
    """vLLM: details are null unless the server was started to report cached tokens."""
    return {**plain(turn), "prompt_tokens_details": _cached(turn) if turn.reports_cache else None}


def vllm_new(turn: AnswerPlan) -> JsonObject:
    """vLLM of late 2026: a reasoning count in the details."""
    return {**vllm(turn), "completion_tokens_details": {"reasoning_tokens": turn.tokens.reasoning}}


def sglang(turn: AnswerPlan) -> JsonObject:
    """SGLang: the reasoning count at the top level; cached tokens only with a flag and above zero."""
    details = _cached(turn) if turn.reports_cache and turn.tokens.cached else None
    return {**plain(turn), "prompt_tokens_details": details, "reasoning_tokens": turn.tokens.reasoning}


def llamacpp(turn: AnswerPlan) -> JsonObject:
    """llama.cpp: cached tokens in the details, no reasoning count."""
    return {**plain(turn), "prompt_tokens_details": _cached(turn)}


def llamacpp_timings(turn: AnswerPlan) -> JsonObject:
    """llama.cpp's `timings`: `prompt_n` counts only what was processed now; milliseconds."""
    tokens = turn.tokens
    prompt_n = tokens.prompt - tokens.cached
    prompt_ms = turn.ttft_s * 1000
    predicted_ms = tokens.completion / turn.tokens_per_s * 1000
    return {
        "cache_n": tokens.cached,
        "prompt_n": prompt_n,
        "prompt_ms": prompt_ms,
        "prompt_per_second": prompt_n / turn.ttft_s if turn.ttft_s else None,
        "predicted_n": tokens.completion,
        "predicted_ms": predicted_ms,
        "predicted_per_second": turn.tokens_per_s,
    }
