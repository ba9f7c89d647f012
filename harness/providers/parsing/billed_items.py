"""What a usage object bills beside the tokens we have rates for: searches, tools, media tokens, surcharges.

The rule is a list of what is known, not of what is suspicious: a number under a name that is neither listed here nor
read by the dialect may be billed, so the dollars are unknown until someone has looked. Public reports of bills that
were too low name one missed counter each (BerriAI/litellm#30817 and #15227, SillyTavern#3833).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from harness.core.types import Json
from harness.providers.format.dialect_spec import UsageRules
from harness.providers.format.json_payload import shown
from harness.providers.parsing.counts import is_stated, is_true, whole

ITEMS_KEY = "billed_items"
"""Where a reader keeps, inside the raw usage, what the response showed outside it: output items, citations, blocks."""

FREE_ITEMS = frozenset(
    {
        *("message", "reasoning", "compaction"),
        *("function_call", "custom_tool_call", "computer_call", "local_shell_call", "apply_patch_call"),
        *("mcp_call", "mcp_list_tools", "mcp_approval_request", "tool_search_call", "tool_search_output"),
    }
)
"""Output items of a Responses reply that cost their tokens alone; tools that the client runs cost nothing.

Source: OpenAI, "Pricing", section built-in tools, and "Tools: MCP" (no fee per call), as of 2026-11.
"""
FREE_SEARCH_ACTIONS = frozenset({"open_page", "find_in_page", "find"})
"""Actions of a `web_search_call` without a fee: OpenAI, "Web search": search actions incur a tool call cost."""
FREE_SERVER_TOOLS = ("web_fetch", "tool_search")
"""Anthropic's server tools without a fee of their own: page "Web fetch tool", as of 2026-11."""

_COUNTED = frozenset(
    {
        *("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens", "text_tokens"),
        *("cached_tokens", "cached_text_tokens", "num_cached_tokens", "reasoning_tokens", "thinking_tokens"),
        *("prompt_cache_hit_tokens", "prompt_cache_miss_tokens", "cache_write_tokens", "cache_creation_tokens"),
        *("cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens_at_start"),
        *("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"),
        *("accepted_prediction_tokens", "rejected_prediction_tokens"),  # inside the completion count (OpenAI)
        "web_fetch_requests",
    }
)
"""Counts that usage reads, that repeat or divide one it reads, or that are free."""
_FREE = frozenset({"web_fetch_requests"})
_MONEY = frozenset(
    {
        *("cost", "total_cost", "cost_in_usd_ticks", "prompt_cost", "completion_cost", "input_cost", "output_cost"),
        *("input_tokens_cost", "output_tokens_cost", "reasoning_tokens_cost", "cached_tokens_cost"),
        *("upstream_inference_cost", "upstream_inference_prompt_cost", "upstream_inference_completions_cost"),
    }
)
"""Stated charges for tokens; a charge under another name (`request_cost`) is for something else."""
_SUFFIXES = re.compile(r"_(so_far|unfilled)$")
_DIVIDING = re.compile(
    r"(prompt|completion|input|output)_tokens_details|cache_creation|x_details|iterations|cost_details|[0-9]+"
)
"""Objects that divide or repeat the counts beside them; `iterations` is read where its format has them (Messages)."""
_DECIMAL = re.compile(r"[0-9]*\.?[0-9]+([eE][+-]?[0-9]{1,3})?")
_TIMING = re.compile(r"(^|_)(time|ms|latency|ttft|per_second|created|timestamp)$")
_MEDIA = re.compile(r"audio|image|video|multimodal|speech")
_REPEATED = frozenset({"timings", "time_info"})
"""Objects that repeat the counts beside measured times (llama.cpp, Cerebras)."""
_LISTED_IN_MESSAGE = ("annotations", "executed_tools", "images", "citations", "search_results")
_FIELDS_OF_MESSAGE = frozenset({*_LISTED_IN_MESSAGE, "audio", "tool_calls"})
_LISTED_IN_ENVELOPE = ("web_search", "search_results", "citations")
_FIELDS_OF_ENVELOPE = frozenset({*_LISTED_IN_ENVELOPE, "usage_breakdown"})
NO_SURCHARGE = frozenset({"not_available", "global", "default", "none", ""})
"""Values of `inference_geo` that are billed at the plain rates (Anthropic, "Data residency", as of 2026-11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledItems:
    """`tokens`: tokens with another price, or that cannot be told apart. `charges`: what is no token and costs money.

    `surcharges` name conditions under which every rate is multiplied; the price row says by how much.
    """

    tokens: tuple[str, ...] = ()
    charges: tuple[str, ...] = ()
    surcharges: tuple[str, ...] = ()


def billed_items(raw: Mapping[str, Json], rules: UsageRules) -> BilledItems:
    """What a raw usage holds beside the known counts and those that the rules read. Never raises."""
    tokens, charges = [], []
    for path, value in _numbers(raw):
        if _is_known(path) or rules.reads(path):
            continue
        if _name(path).endswith("_tokens"):
            tokens.append(f"{shown(value)} {path} have no rate of their own here")
        else:
            charges.append(f"{shown(value)} {path.removeprefix(f'{ITEMS_KEY}.')} charged beside the tokens")
    geo = raw.get("inference_geo")
    place = geo.strip().lower() if isinstance(geo, str) else shown(geo) if geo else ""
    surcharges = () if place in NO_SURCHARGE else (f"inference_geo: {place}",)
    if is_true(raw.get("is_byok")) and is_stated(raw.get("cost")):
        charges.append(f"a fee of ${shown(raw['cost'])} in credits for the use of one's own key")
    return BilledItems(tokens=tuple(tokens), charges=tuple(charges), surcharges=surcharges)


@lru_cache(maxsize=4096)
def _is_known(path: str) -> bool:
    """Whether a number at this path bills nothing beside the tokens: it is counted, repeats a count, or is a time."""
    name = _name(path)
    return _is_timing(name) or ((name in _COUNTED or name in _MONEY) and (name in _FREE or _divides(path)))


def _name(path: str) -> str:
    return _SUFFIXES.sub("", path.rpartition(".")[2])


def item_of_output(item: Mapping[str, Json]) -> str | None:
    """The name of a Responses output item that is charged beside the tokens; None for one that is not."""
    kind = item.get("type")
    if not isinstance(kind, str) or kind in FREE_ITEMS:
        return None
    action = item.get("action")
    is_free = kind == "web_search_call" and isinstance(action, Mapping) and action.get("type") in FREE_SEARCH_ACTIONS
    return None if is_free else kind


def items_of_message(message: Mapping[str, Json]) -> Iterable[str]:
    """What a chat message or delta shows of charged work: citations of a search, tools run by the server, media."""
    return () if _FIELDS_OF_MESSAGE.isdisjoint(message) else _items_of_message(message)


def _items_of_message(message: Mapping[str, Json]) -> Iterator[str]:
    for name in _LISTED_IN_MESSAGE:
        listed = message.get(name)
        if isinstance(listed, list) and listed:
            yield name
    if message.get("audio"):
        yield "audio"
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, Mapping) and call.get("type") == "builtin_function":  # Moonshot's $web_search
            yield "builtin_function"


def items_of_envelope(chunk: Mapping[str, Json]) -> Iterable[str]:
    """What stands beside the choices of a chunk: search results (Z.ai, Perplexity), citations (xAI)."""
    return () if _FIELDS_OF_ENVELOPE.isdisjoint(chunk) else _items_of_envelope(chunk)


def _items_of_envelope(chunk: Mapping[str, Json]) -> Iterator[str]:
    for name in _LISTED_IN_ENVELOPE:
        listed = chunk.get(name)
        if isinstance(listed, list) and listed:
            yield name
    if chunk.get("usage_breakdown"):  # Groq's compound systems: tokens of several models, each at its own price
        yield "usage_breakdown"


def _is_decimal_text(value: Json) -> bool:
    """Whether a text is a number above zero, such as `"0.005"` (gateways write money so), `" 3 "` or `"1,000"`."""
    if not isinstance(value, str):
        return False
    text = value.strip().lstrip("+$").replace(",", "").replace("_", "")
    return _DECIMAL.fullmatch(text) is not None and Decimal(text) > 0


def _divides(path: str) -> bool:
    """Whether a count stands at the top level, or in objects that divide the counts of the top level alone."""
    return all(_DIVIDING.fullmatch(_SUFFIXES.sub("", above)) for above in path.split(".")[:-1])


def _is_timing(name: str) -> bool:
    return bool(_TIMING.search(name)) and not _MEDIA.search(name)


def _numbers(raw: Mapping[str, Json], above: str = "") -> Iterator[tuple[str, Json]]:
    """Every number above zero with its dotted path, those in lists too."""
    for name, value in raw.items():
        if value is None or value == 0 or name in _REPEATED:
            continue
        if type(value) is int and value > 0:  # as nearly all are
            yield f"{above}{name}", value
        else:
            yield from _number(f"{above}{name}", value)


def _number(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, Mapping):
        yield from _numbers(value, f"{path}.")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _number(f"{path}.{place}", item)
    elif not isinstance(value, bool):
        is_fraction = (isinstance(value, (Decimal, float)) and value > 0) or _is_decimal_text(value)
        count = whole(value)
        if is_fraction or (count is not None and count > 0):
            yield path, value
