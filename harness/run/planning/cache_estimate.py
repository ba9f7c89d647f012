"""The share of a run's prompt tokens that a prompt cache will serve, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.types import CacheMode
from harness.run.attempt_prices import prompt_bytes
from harness.run.planning.plan import Plan

MIN_CACHED_BYTES = 4 * 1024
"""A beginning of 1,024 tokens at 4 bytes, the least that OpenAI, Anthropic, Gemini and Alibaba cache (2026-11)."""


def cached_shares(plan: Plan) -> Mapping[str, float] | None:
    """By task, the share of the prompt bytes that earlier requests of a warm run have left in the cache.

    0 for a cold run; None for one that does not ask for either, of which nothing is known.
    """
    if plan.cache is None:
        return None
    shares = {planned.name: 0.0 for planned in plan.tasks}
    if plan.cache is CacheMode.COLD:
        return shares
    beginnings = plan.beginnings()
    seen: set[bytes] = set()
    cached, sent = dict.fromkeys(shares, 0), dict.fromkeys(shares, 0)
    for planned, sample, _ in plan.positions(plan.order()):
        own = beginnings[planned.name, sample.id]
        held = (size for key, size in zip(own.keys, own.sizes, strict=True) if key in seen)
        longest = max(held, default=0)
        whole = prompt_bytes(sample)
        cached[planned.name] += min(longest, whole) if longest >= MIN_CACHED_BYTES else 0
        sent[planned.name] += whole
        seen.update(own.keys)
    return {task: cached[task] / total if (total := sent[task]) else 0.0 for task in shares}
