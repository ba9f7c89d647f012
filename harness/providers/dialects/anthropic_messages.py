"""Anthropic's native Messages API.

Sources: pages "Messages", "Streaming messages", "Extended thinking", "Prompt caching" and "Errors"; state of 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.core.types import FailureKind, Json, Sample, Tool
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.dialects.openai import EFFORT_WORDS
from harness.providers.format.dialect_spec import History, ThinkingControl, UsageRules
from harness.providers.format.json_payload import get_path, shown
from harness.providers.format.request import marked_text, turn_messages
from harness.providers.parsing.counts import whole
from harness.providers.parsing.messages_api import messages_api_parser

_SUMMED = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_SUMMED_DEEP = (
    ("cache_creation", "ephemeral_5m_input_tokens"),
    ("cache_creation", "ephemeral_1h_input_tokens"),
    ("output_tokens_details", "thinking_tokens"),
)
_DIVIDED = {"cache_creation": "cache_creation_input_tokens", "output_tokens_details": "output_tokens"}


def messages_prompt(sample: Sample, history: History, traits: frozenset[str]) -> dict[str, Json]:
    """The prompt and the turns so far as messages, the system text beside them."""
    body: dict[str, Json] = {"messages": turn_messages(sample.prompt, history)}
    return body if sample.system is None else {"system": sample.system, **body}


def mark_cached(body: dict[str, Json], shared_chars: int, model: str) -> dict[str, Json]:
    """The body with a cache mark behind the system text and one behind the first so many characters of the prompt.

    Nothing is cached without a mark (page "Prompt caching"); a mark behind less than the model's minimum is ignored.
    """
    del model
    marked: dict[str, Json] = dict(body)
    system, messages = body.get("system"), body["messages"]
    if isinstance(system, str):
        marked["system"] = marked_text(system, len(system))
    if shared_chars and isinstance(messages, list):
        first = {**messages[0], "content": marked_text(messages[0]["content"], shared_chars)}
        marked["messages"] = [first, *messages[1:]]
    return marked


def messages_tool(tool: Tool) -> Json:
    """An entry of `tools`."""
    return {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}


def sum_of_iterations(usage: Mapping[str, Json]) -> Mapping[str, Json]:
    """A usage with `iterations` (compaction, advisor) is their sum: the top level counts only the last of them."""
    entries = usage.get("iterations")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, Mapping) for entry in entries):
        return usage
    summed = {key: value for key, value in usage.items() if key not in ("cache_creation", "output_tokens_details")}
    summed |= {name: total for name in _SUMMED if (total := _sum(entries, name)) is not None}
    deep: dict[str, dict[str, Json]] = {}
    for outer, inner in _SUMMED_DEEP:
        total = _sum(entries, f"{outer}.{inner}")
        if total is not None:
            deep.setdefault(outer, {})[inner] = total
    for outer, divided in _DIVIDED.items():  # the top level's division holds where it divides the same count
        if outer not in deep and outer in usage and summed.get(divided) == usage.get(divided):
            summed[outer] = usage[outer]
    return {**summed, **deep}


def _sum(entries: list[Json], path: str) -> int | None:
    """The sum over the entries that state it; None where none does, or where one states what is no count."""
    stated = [count for entry in entries if (count := get_path(entry, path)) is not None]
    counts = [count for value in stated if (count := whole(value)) is not None and count >= 0]
    return sum(counts) if counts and len(counts) == len(stated) else None


def prices_of_iterations(usage: Mapping[str, Json]) -> tuple[str, ...]:
    """Iterations by another model than the one that answered, or that cannot be counted: dollars are then unknown.

    The reader keeps the answering model beside iterations that name one, as `model`.
    """
    entries = usage.get("iterations")
    if not isinstance(entries, list):
        return () if entries is None else (f"iterations are no list: {shown(entries)}",)
    found = [f"an iteration cannot be counted: {shown(entry)}" for entry in entries if not _is_counted(entry)]
    named = {model for entry in entries if (model := get_path(entry, "model")) is not None}
    others = sorted(str(model) for model in named if model != usage.get("model"))
    if others:
        found.append(f"iterations of another model, at its own price: {', '.join(others)}")
    return tuple(found)


def _is_counted(entry: Json) -> bool:
    """Whether an entry states how much went in and came out, and every count it states is one."""
    counts = [get_path(entry, name) for name in _SUMMED[:2]]
    further = [*_SUMMED[2:], *(f"{outer}.{inner}" for outer, inner in _SUMMED_DEEP)]
    counts += [count for path in further if (count := get_path(entry, path)) is not None]
    return all((count := whole(value)) is not None and count >= 0 for value in counts)


DIALECT = replace(
    OPENAI,
    name="anthropic_messages",
    title="Anthropic, native Messages",
    path="/messages",
    auth={"x-api-key": "{key}"},
    fixed_headers={"anthropic-version": "2023-06-01"},
    prompt_body=messages_prompt,
    ask_for_cache=mark_cached,
    tool_entry=messages_tool,
    token_limit_field="max_tokens",  # noqa: S106  the name of a field
    token_limit_when_none=4096,
    unsupported_params=frozenset({"seed"}),
    unsupported_with_reasoning=frozenset({"temperature", "top_p"}),
    mutually_exclusive_params={"top_p": "temperature"},
    ranges={"temperature": (0.0, 1.0)},
    thinking=ThinkingControl(
        on={"thinking": {"type": "enabled"}}, off={}, budget_at="thinking.budget_tokens", budget_is_required=True
    ),
    thinking_by_trait={
        "adaptive_thinking": ThinkingControl(
            efforts={effort: word for effort, word in EFFORT_WORDS.items() if word != "minimal"},
            effort_at="output_config.effort",
            on={"thinking": {"type": "adaptive"}},
            off={"thinking": {"type": "disabled"}},
        )
    },
    include_usage=False,
    parser=messages_api_parser,
    reasoning_fields=(),
    think_tags=(),
    failing_finishes=frozenset({"pause_turn"}),
    usage=UsageRules(
        prompt=("input_tokens",),
        completion=("output_tokens",),
        total=(),
        cached=("cache_read_input_tokens",),
        cache_write=("cache_creation_input_tokens",),
        cache_write_split=("cache_creation",),
        reasoning=("output_tokens_details.thinking_tokens",),
        cache_excluded_from_prompt=True,
        reshape=sum_of_iterations,
        tokens_at_other_rates=prices_of_iterations,
    ),
    codes={"timeout_error": FailureKind.SERVER_ERROR},
    notes=(
        "input_tokens excludes cache reads and writes: the prompt is the sum of the three.",
        "Usage in a stream is cumulative: the counts of message_delta replace those of message_start.",
        "If a stream ends before message_delta, the output tokens are unknown: message_start counts the first ones.",
        "Nothing is cached by default: a warm run (`--cache warm`) sends `cache_control` marks.",
        "`pause_turn` means that the turn is not over: the answer counts as interrupted.",
    ),
)
