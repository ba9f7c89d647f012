"""From usage and rates to charges: disjoint classes of tokens, each at one rate, and what is in doubt about them.

One step of the way from usage to dollars: rates (which rates hold), charges (this module), bill (arithmetic), cost
(the result). Each module calls only those before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from harness.core.prices import Price, Rates
from harness.core.types import Usage

UNCACHED = "prompt, uncached"
CACHED = "prompt, cached"
CACHED_EXPLICIT = "prompt, explicit cache"
CACHE_WRITE = "cache write"
CACHE_WRITE_1H = "cache write, 1 h"
CACHE_READ_AND_WRITE = "prompt, cache read and write"
COMPLETION = "completion"
NON_REASONING_OUTPUT = "completion, excl. reasoning"
REASONING = "reasoning"


class TokenCharge(NamedTuple):
    """Tokens of one class at one rate per million tokens."""

    what: str
    tokens: int
    rate_per_mtok: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """What a consistent usage is charged for. With `caveats` the sum is an upper bound; `remarks` do not change it."""

    charges: tuple[TokenCharge, ...]
    caveats: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def usage_charges(usage: Usage, rates: Rates, price: Price, *, is_thinking: bool | None) -> Charges:
    """The charges of a consistent usage; needs `prompt_tokens` and `completion_tokens`.

    `is_thinking`: whether the model reasons under the settings of the request, None where that is not known.
    """
    reasoned = _used_reasoning(usage, is_thinking=is_thinking)
    rate = (rates.reasoning_completion if reasoned else rates.completion) if reasoned is not None else max_output(rates)
    return Charges(
        charges=(*_prompt_charges(usage, rates), *_output_charges(usage, rate)),
        caveats=(*_cache_caveats(usage, rates, price), *_reasoning_caveats(usage, rates, reasoned)),
        remarks=_remarks(usage, rates),
    )


def max_charges(usage: Usage, highest: Rates) -> Charges:
    """Charges that no reading of a contradictory usage exceeds: every count taken as lying beside the others.

    `highest` comes from pricing.rates.max_rates. Needs `prompt_tokens` and `completion_tokens`.
    """
    assert usage.completion_tokens is not None
    written, written_1h = total_cache_writes(usage), usage.cache_write_1h_tokens or 0
    unwritten = max(0, max_prompt_tokens(usage) - written)
    output = usage.completion_tokens + max(usage.reasoning_tokens or 0, usage.stated_reasoning_tokens or 0)
    write_rate = highest.write_1h_or_write if written_1h else highest.write_or_prompt
    return Charges(
        charges=(
            TokenCharge(
                what=f"{UNCACHED} (highest reading)",
                tokens=unwritten,
                rate_per_mtok=max(highest.prompt, highest.cached_or_prompt),
            ),
            TokenCharge(
                what=f"{CACHE_WRITE} (highest reading)", tokens=written, rate_per_mtok=max(highest.prompt, write_rate)
            ),
            TokenCharge(what=f"{COMPLETION} (highest reading)", tokens=output, rate_per_mtok=max_output(highest)),
        )
    )


def total_cache_writes(usage: Usage) -> int:
    """Tokens written to a cache, the one-hour ones included; 0 where none were reported."""
    return max(usage.cache_write_tokens or 0, usage.cache_write_1h_tokens or 0)


def max_prompt_tokens(usage: Usage) -> int:
    """The most prompt tokens any reading gives: cache counts that the prompt cannot hold may stand beside it."""
    prompt, in_cache = usage.prompt_tokens or 0, (usage.cached_tokens or 0) + total_cache_writes(usage)
    return prompt if in_cache <= prompt else prompt + in_cache


def contradictions(usage: Usage) -> tuple[str, ...]:
    """What cannot be so in a usage with both totals; the counts are tokens."""
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    cached, written, reasoning = usage.cached_tokens or 0, total_cache_writes(usage), usage.reasoning_tokens or 0
    in_cache = max(cached, written) if usage.cache_counts_overlap else cached + written
    found = []
    if in_cache > prompt:
        found.append(f"{in_cache} cached and written of {prompt} prompt tokens")
    if reasoning > completion:
        found.append(f"{reasoning} reasoning of {completion} completion tokens")
    if usage.cache_write_tokens is not None and (usage.cache_write_1h_tokens or 0) > usage.cache_write_tokens:
        found.append(f"{usage.cache_write_1h_tokens} one-hour of {usage.cache_write_tokens} written tokens")
    return tuple(found)


def max_output(rates: Rates) -> Decimal:
    """The higher of the two rates of output, for where it is not known whether the model reasoned."""
    return max(rates.completion, rates.reasoning_completion)


def _prompt_charges(usage: Usage, rates: Rates) -> list[TokenCharge]:
    """The prompt as disjoint classes.

    Cache reads and writes that count the same tokens (`Usage.cache_counts_overlap`) are billed once, at the higher of
    the two rates. Counts that were not reported bill nothing of their class.
    """
    assert usage.prompt_tokens is not None
    cached, written, written_1h = usage.cached_tokens or 0, total_cache_writes(usage), usage.cache_write_1h_tokens or 0
    if not (cached or written):
        return [TokenCharge(what=UNCACHED, tokens=usage.prompt_tokens, rate_per_mtok=rates.prompt)]
    # Which overlapping tokens were read and which written is not said: each is billed once, at the higher rate.
    both = min(cached, written) if usage.cache_counts_overlap else 0
    both_1h = min(both, written_1h)
    explicit = max(0, min(usage.explicit_cached_tokens or 0, cached - both))
    explicit_rate = rates.prompt if rates.cached_explicit is None else rates.cached_explicit
    read_rate, write_rate, write_1h_rate = rates.cached_or_prompt, rates.write_or_prompt, rates.write_1h_or_write
    return [
        TokenCharge(what=UNCACHED, tokens=usage.prompt_tokens - cached - written + both, rate_per_mtok=rates.prompt),
        TokenCharge(what=CACHED, tokens=cached - both - explicit, rate_per_mtok=read_rate),
        TokenCharge(what=CACHED_EXPLICIT, tokens=explicit, rate_per_mtok=explicit_rate),
        TokenCharge(what=CACHE_WRITE, tokens=written - written_1h - (both - both_1h), rate_per_mtok=write_rate),
        TokenCharge(what=CACHE_WRITE_1H, tokens=written_1h - both_1h, rate_per_mtok=write_1h_rate),
        TokenCharge(what=CACHE_READ_AND_WRITE, tokens=both - both_1h, rate_per_mtok=max(read_rate, write_rate)),
        TokenCharge(what=CACHE_READ_AND_WRITE, tokens=both_1h, rate_per_mtok=max(read_rate, write_1h_rate)),
    ]


def _output_charges(usage: Usage, rate_per_mtok: Decimal) -> list[TokenCharge]:
    """The output as visible answer and reasoning where the split is known, undivided where not.

    Both have one rate: where a provider prices reasoning apart, it prices the whole output of a reasoning request
    (Alibaba's price table, column "Thinking mode (CoT + response)", 2025-09).
    """
    assert usage.completion_tokens is not None
    if usage.reasoning_tokens is None:
        return [TokenCharge(what=COMPLETION, tokens=usage.completion_tokens, rate_per_mtok=rate_per_mtok)]
    visible = usage.completion_tokens - usage.reasoning_tokens
    return [
        TokenCharge(what=NON_REASONING_OUTPUT, tokens=visible, rate_per_mtok=rate_per_mtok),
        TokenCharge(what=REASONING, tokens=usage.reasoning_tokens, rate_per_mtok=rate_per_mtok),
    ]


def _used_reasoning(usage: Usage, *, is_thinking: bool | None) -> bool | None:
    """Reported reasoning tokens are proof; a reported zero says no more than the setting does."""
    if usage.reasoning_tokens:
        return True
    if is_thinking is None and usage.reasoning_tokens == 0:
        return False
    return is_thinking


def _reasoning_caveats(usage: Usage, rates: Rates, reasoned: bool | None) -> tuple[str, ...]:
    has_own_rate = rates.reasoning_completion != rates.completion
    if reasoned is not None or not has_own_rate or not usage.completion_tokens:
        return ()
    return ("whether the model reasoned is not known: output billed at the higher rate",)


def _cache_caveats(usage: Usage, rates: Rates, price: Price) -> tuple[str, ...]:
    caveats = []
    # Silence on cached tokens is only in doubt where a discount could have been given: providers cache prompts from a
    # length on (`cache_from_tokens`; OpenAI: 1,024, platform.openai.com, "Prompt caching").
    prompt_tokens, shortest_cached = usage.prompt_tokens or 0, max(1, price.cache_from_tokens or 1)
    is_silent_on_hits = not (price.explicit_caching_only or price.cache_hits_reported)
    has_discount = rates.cached is not None and rates.cached < rates.prompt and is_silent_on_hits
    if usage.cached_tokens is None and has_discount and prompt_tokens >= shortest_cached:
        caveats.append("cached tokens were not reported: the whole prompt billed as uncached")
    if usage.explicit_cached_tokens and rates.cached_explicit is None and rates.prompt:
        caveats.append(
            f"no published rate for explicit cache hits: {usage.explicit_cached_tokens} billed at the prompt rate"
        )
    elif usage.cached_tokens and rates.cached is None and rates.prompt:
        caveats.append(f"no published rate for cached tokens: {usage.cached_tokens} billed at the prompt rate")
    if usage.cache_counts_overlap and usage.cached_tokens and total_cache_writes(usage):
        caveats.append("cache reads and writes count the same tokens: billed once at the higher rate")
    return tuple(caveats)


def _remarks(usage: Usage, rates: Rates) -> tuple[str, ...]:
    remarks = []
    if total_cache_writes(usage) and rates.cache_write is None:
        remarks.append(f"no separate rate for cache writes: {total_cache_writes(usage)} billed at the prompt rate")
    if usage.cache_write_1h_tokens and rates.cache_write is not None and rates.cache_write_1h is None:
        remarks.append(f"no separate rate for one-hour cache writes: {usage.cache_write_1h_tokens} at the 5 min rate")
    if usage.split_by_documented_rule:
        remarks.append("no total was reported to check the counts: read by the provider's documented rule")
    return tuple(remarks)
