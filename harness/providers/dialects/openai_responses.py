"""OpenAI's Responses API. Source: API reference "Responses" and "Streaming events"; state of 2026-11."""

from __future__ import annotations

from dataclasses import replace

from harness.core.types import Json, Sample, Tool
from harness.providers.dialects.openai import DIALECT as OPENAI
from harness.providers.dialects.openai import EFFORT_WORDS
from harness.providers.format.dialect_spec import History, ThinkingControl, UsageRules
from harness.providers.format.request import turn_messages
from harness.providers.parsing.responses_api import responses_api_parser


def responses_prompt(sample: Sample, history: History, traits: frozenset[str]) -> dict[str, Json]:
    """The prompt and the turns so far as input, the system text as instructions."""
    body: dict[str, Json] = {"input": turn_messages(sample.prompt, history)}
    return body if sample.system is None else {"instructions": sample.system, **body}


def responses_tool(tool: Tool) -> Json:
    """An entry of `tools`. `strict` is on by default here, and off in chat completions."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", **function, "strict": False}


DIALECT = replace(
    OPENAI,
    name="openai_responses",
    title="OpenAI, Responses",
    path="/responses",
    prompt_body=responses_prompt,
    tool_entry=responses_tool,
    fixed_body={"store": False},
    token_limit_field="max_output_tokens",  # noqa: S106  the name of a field
    unsupported_params=frozenset({"seed"}),
    thinking=ThinkingControl(
        efforts=EFFORT_WORDS,
        effort_at="reasoning.effort",
        off={"reasoning": {"effort": "none"}},
        off_needs="effort_none",
    ),
    include_usage=False,
    parser=responses_api_parser,
    reasoning_fields=(),
    think_tags=(),
    usage=replace(
        UsageRules(),
        cached=(
            "input_tokens_details.cached_tokens",
            "x_details.0.prompt_tokens_details.cached_tokens",
        ),
        cache_write=(
            "input_tokens_details.cache_write_tokens",
            "x_details.0.prompt_tokens_details.cache_creation_input_tokens",
        ),
        cache_write_split=("x_details.0.prompt_tokens_details.cache_creation",),
        reasoning=("output_tokens_details.reasoning_tokens",),
    ),
    notes=(
        "Events are named; usage comes with `response.completed`; there is no `[DONE]`.",
        "Alibaba's variant reports cache writes only in `usage.x_details`.",
    ),
)
