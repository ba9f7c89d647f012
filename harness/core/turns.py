"""A conversation's answer with the tokens and seconds of all its turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from harness.core.types import Call, Completion, Timing, Usage

_COUNTS = (
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "explicit_cached_tokens",
)
Number = TypeVar("Number", int, float)

_WORDS = ("problems", "non_token_charges", "tokens_at_other_rates", "surcharges")


def whole_answer(call: Call) -> Completion | None:
    """The accepted answer, with usage and times of all its turns; None where the job has none.

    Tokens are sums, None where a turn does not report them; so is `total_s`. `ttft_s` and `first_answer_s` are those of
    the first turn. Without further turns it is the accepted answer itself.
    """
    answer, turns = call.accepted, call.turns
    if answer is None or len(turns) == 1:
        return answer
    usages = [turn.usage for turn in turns]
    known = [usage for usage in usages if usage is not None]
    charges = [turn.reported_cost_usd for turn in turns]
    stated = [charge for charge in charges if charge is not None]
    return replace(
        answer,
        usage=_summed(known) if len(known) == len(usages) else None,
        raw_usage=None,
        reported_cost_usd=sum(stated[1:], stated[0]) if stated and len(stated) == len(charges) else None,
        timing=_joined([turn.timing for turn in turns]),
    )


def _summed(usages: Sequence[Usage]) -> Usage:
    summed = Usage(
        split_by_documented_rule=any(usage.split_by_documented_rule for usage in usages),
        cache_counts_overlap=any(usage.cache_counts_overlap for usage in usages),
        own_key=any(usage.own_key for usage in usages),
    )
    values: dict[str, Any] = {name: _sum(getattr(usage, name) for usage in usages) for name in _COUNTS}
    for name in _WORDS:
        values[name] = tuple(dict.fromkeys(word for usage in usages for word in getattr(usage, name)))
    return replace(summed, **values)


def _joined(timings: Sequence[Timing]) -> Timing:
    first = timings[0]
    return Timing(
        started_at=first.started_at,
        waited_s=_sum(one.waited_s for one in timings),
        total_s=_sum(one.total_s for one in timings),
        headers_s=first.headers_s,
        ttft_s=first.ttft_s,
        first_answer_s=first.first_answer_s,
        text_chunks=sum(one.text_chunks for one in timings),
        ttft_lag_s=first.ttft_lag_s,
        total_lag_s=_sum(one.total_lag_s for one in timings),
    )


def _sum(values: Iterable[Number | None]) -> Number | None:
    """The sum, None where one of the values is not known."""
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known) if len(known) == len(found) else None
