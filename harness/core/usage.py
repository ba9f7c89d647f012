"""Normalised usage split into the six numbers that a bill and a report are made of.

Covers the arithmetic between the fields of `Usage`. `harness.providers.parsing.usage` reads a provider's usage object.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.types import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageBreakdown:
    """Tokens of one attempt by the rate they are billed at; None: unknown, never zero.

    `uncached_input + cached_input + cache_write` is the whole prompt, except where cache reads and writes overlap
    (`Usage.cache_counts_overlap`): there both count the same tokens. `output_excl_reasoning + reasoning` is
    `total_billed_output`, which is known even where the split is not.
    """

    uncached_input: int | None
    cached_input: int | None
    cache_write: int | None
    output_excl_reasoning: int | None
    reasoning: int | None
    total_billed_output: int | None


UNKNOWN = UsageBreakdown(
    uncached_input=None,
    cached_input=None,
    cache_write=None,
    output_excl_reasoning=None,
    reasoning=None,
    total_billed_output=None,
)


def usage_breakdown(usage: Usage | None) -> UsageBreakdown:
    """The six numbers of a usage; all None without one.

    A known prompt without a word on the cache counts as uncached in full: no provider bills a cache read or write that
    it does not report. A completion without a word on reasoning stays undivided. A cached or reasoning count larger
    than what contains it (a contradiction that `Usage.problems` names) leaves the remainder unknown.
    """
    if usage is None:
        return UNKNOWN
    completion, reasoning = usage.completion_tokens, usage.reasoning_tokens
    visible = None if completion is None or reasoning is None else completion - reasoning
    prompt = usage.prompt_tokens
    if prompt is None:
        uncached, cached, written = None, usage.cached_tokens, usage.cache_write_tokens
    else:
        # Nothing said of the cache is 0 here, unlike elsewhere: a read or a write that is billed is always reported.
        cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
        uncached = prompt - (max(cached, written) if usage.cache_counts_overlap else cached + written)
    return UsageBreakdown(
        uncached_input=_not_negative(uncached),
        cached_input=cached,
        cache_write=written,
        output_excl_reasoning=_not_negative(visible),
        reasoning=reasoning,
        total_billed_output=completion,
    )


def _not_negative(count: int | None) -> int | None:
    return None if count is None or count < 0 else count
