"""Each dialect's usage: what it counts and how it adds up, where in a stream it stands, what it says of dollars."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias, cast

from harness.mock.formats.known import FORMATS
from harness.mock.testing import simulated
from tests.cases import all_cases
from tests.mock.asking import Answer, content_of
from tests.mock.dialects import PRICE, Object, count, get, one_answer

WRITER = simulated(price=PRICE, accuracy=1.0, cached_share={"write_share": 0.5})


def last_usage(answer: Answer, dialect: str, *, stream: bool) -> object:
    """The last usage object that is more than zeros, wherever this dialect puts it."""
    if not stream:
        return answer.json()["usage"]
    found: object = None
    for event in answer.events():
        for path in ("usage", "choices.0.usage", "response.usage", "message.usage"):
            if path.startswith("choices") and not event.get("choices"):
                continue
            usage = get(event, path)
            if isinstance(usage, dict) and any(isinstance(n, int) and n > 0 for n in usage.values()):
                found = usage
    return found


# What is billed, read off the usage object: (prompt, cached, output).
Reading: TypeAlias = Callable[[object], tuple[int, int | None, int]]


def _details(usage: object) -> tuple[int, int | None, int]:
    return (
        count(usage, "prompt_tokens"),
        count(usage, "prompt_tokens_details.cached_tokens"),
        count(usage, "completion_tokens"),
    )


def _no_cache(usage: object) -> tuple[int, int | None, int]:
    assert get(usage, "prompt_tokens_details") is None
    return count(usage, "prompt_tokens"), None, count(usage, "completion_tokens")


def _top_cached(usage: object) -> tuple[int, int | None, int]:
    return count(usage, "prompt_tokens"), count(usage, "cached_tokens"), count(usage, "completion_tokens")


def _by_total(usage: object) -> tuple[int, int | None, int]:
    prompt = count(usage, "prompt_tokens")
    return prompt, count(usage, "prompt_tokens_details.cached_tokens"), count(usage, "total_tokens") - prompt


def _responses(usage: object) -> tuple[int, int | None, int]:
    return (
        count(usage, "input_tokens"),
        count(usage, "input_tokens_details.cached_tokens"),
        count(usage, "output_tokens"),
    )


def _messages(usage: object) -> tuple[int, int | None, int]:
    cached = count(usage, "cache_read_input_tokens")
    prompt = count(usage, "input_tokens") + cached + count(usage, "cache_creation_input_tokens")
    return prompt, cached, count(usage, "output_tokens")


READINGS: dict[str, Reading] = {
    "anthropic_compat": _no_cache,
    "ollama": _no_cache,
    "moonshot": _top_cached,
    "moonshot_new": _top_cached,
    "together": _top_cached,
    "xai": _by_total,
    "xai_grok4": _by_total,
    "gemini_compat": _by_total,
    "openai_responses": _responses,
    "xai_responses": _responses,
    "anthropic_messages": _messages,
    "anthropic_messages_new": _messages,
}


@all_cases("stream", [True, False])
@all_cases("dialect", FORMATS)
def test_usage_read_by_the_dialects_rule_is_what_was_billed(dialect: str, stream: bool) -> None:
    answer, entry = one_answer(dialect, stream=stream)
    prompt, cached, output = READINGS.get(dialect, _details)(last_usage(answer, dialect, stream=stream))
    assert (prompt, cached or 0, output) == (entry.tokens.prompt, entry.tokens.cached, entry.tokens.completion)
    assert entry.tokens.reasoning > 0
    assert entry.tokens.cached == (0 if cached is None else 4)  # half of 9, rounded down
    dollars = (9 - entry.tokens.cached) * 2 + entry.tokens.cached * Decimal("0.5") + entry.tokens.completion * 10
    assert entry.bill.usd == dollars / 1_000_000


def place_of_usage(answer: Answer) -> str:
    """finish, extra, after (a chunk with choices after the finish), choice, or none."""
    place = "none"
    finished = False
    for event in answer.events():
        choices = event.get("choices")
        choice = cast(Object, choices[0]) if isinstance(choices, list) and choices else None
        finishes = choice is not None and choice.get("finish_reason") is not None
        if choice is not None and choice.get("usage"):
            place = "choice"
        usage = event.get("usage")
        if isinstance(usage, dict) and usage.get("prompt_tokens") and place != "choice":
            place = "extra" if choice is None else "finish" if finishes else "after" if finished else "running"
        finished = finished or finishes
    return place


PLACES = {
    "openai": ("extra", "none"),
    "azure": ("extra", "none"),
    "anthropic_compat": ("extra", "none"),
    "minimax": ("extra", "none"),
    "moonshot": ("choice", "choice"),
    "dashscope": ("extra", "none"),
    "deepseek": ("finish", "finish"),
    "xai": ("extra", "none"),
    "zai": ("finish", "finish"),
    "gemini_compat": ("finish", "none"),
    "openrouter": ("after", "after"),
    "groq": ("finish", "finish"),
    "cerebras": ("finish", "finish"),
    "together": ("finish", "finish"),
    "vllm": ("extra", "none"),
    "sglang": ("extra", "none"),
    "llamacpp": ("extra", "none"),
    "ollama": ("extra", "none"),
    "generic": ("extra", "none"),
}


@all_cases(("dialect", "places"), PLACES.items())
def test_usage_stands_where_the_dialect_puts_it_asked_for_or_not(dialect: str, places: tuple[str, str]) -> None:
    asked, _ = one_answer(dialect, stream=True)
    unasked, _ = one_answer(dialect, stream=True, stream_options={})
    assert (place_of_usage(asked), place_of_usage(unasked)) == places


def test_minimax_of_old_sends_zeros_and_then_the_whole_message_again() -> None:
    answer, _ = one_answer("minimax_old", stream=True)
    *before, last = answer.events()
    assert {str(event["usage"]) for event in before} == {"{'total_tokens': 0, 'total_characters': 0}"}
    assert get(last, "choices.0.message.content") == content_of(before)


def test_vllm_sends_running_usage_on_request() -> None:
    options = {"include_usage": True, "continuous_usage_stats": True}
    answer, entry = one_answer("vllm", stream=True, stream_options=options)
    running = [count(event, "usage.completion_tokens") for event in answer.events()]
    assert running == sorted(running)
    assert running[-1] == entry.tokens.completion < sum(running)


def test_the_charge_is_stated_where_the_provider_states_it() -> None:
    xai, entry = one_answer("xai", stream=True)
    ticks = count(last_usage(xai, "xai", stream=True), "cost_in_usd_ticks")
    assert Decimal(ticks).scaleb(-10) == entry.bill.usd
    openrouter, entry = one_answer("openrouter", stream=True)
    cost = get(last_usage(openrouter, "openrouter", stream=True), "cost")
    assert cost == float(entry.bill.usd)


@all_cases("dialect", ["openai", "openrouter", "dashscope", "anthropic_messages", "openai_responses"])
def test_cache_writes_are_reported_and_billed_where_the_dialect_can_tell_them(dialect: str) -> None:
    answer, entry = one_answer(dialect, stream=True, model=WRITER)
    usage = str(last_usage(answer, dialect, stream=True))
    assert entry.tokens.written == 4
    assert "'cache_write_tokens': 4" in usage or "'cache_creation_input_tokens': 4" in usage
