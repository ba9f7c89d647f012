"""The usage of nearly every answer, read in one look: three counts that add up, and at most two details of them.

    {"prompt_tokens": p, "completion_tokens": c, "total_tokens": p + c,
     "prompt_tokens_details": {"cached_tokens": ...}, "completion_tokens_details": {"reasoning_tokens": ...}}

Any other object, with another name or a count that does not fit, is read by `usage.read_any_usage`, which reads these
the same: a test compares the two in every dialect.
"""

from __future__ import annotations

from harness.core.types import Json, Usage
from harness.providers.format.dialect_spec import ReasoningAccounting, UsageRules
from harness.providers.parsing.counts import MAX_TOKENS

SPARE_DETAILS = frozenset(
    {"audio_tokens", "image_tokens", "text_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens"}
)
"""Details that say nothing where they are 0."""


def plain_usage(raw: Json, rules: UsageRules) -> Usage | None:
    """The usage of such an object; None for any other."""
    names = rules.plain_names
    if names is None or type(raw) is not dict:
        return None
    prompt, completion, total = raw.get(names.prompt), raw.get(names.completion), raw.get("total_tokens")
    if not (type(prompt) is type(completion) is type(total) is int):
        return None
    if not 0 < prompt <= total <= MAX_TOKENS or total != prompt + completion:
        return None
    cached = reasoning = None
    if len(raw) > 3:
        details = raw.get(names.prompt_details), raw.get(names.completion_details)
        if len(raw) != 3 + (names.prompt_details in raw) + (names.completion_details in raw):
            return None
        if not (_divides(details[0], "cached_tokens", prompt) and _divides(details[1], "reasoning_tokens", completion)):
            return None
        cached = details[0].get("cached_tokens") if details[0] else None
        reasoning = details[1].get("reasoning_tokens") if details[1] else None
    if reasoning is None and rules.reasoning_accounting is not ReasoningAccounting.INCLUDED:
        reasoning = 0  # the total shows that there was none beside the completion
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached, reasoning_tokens=reasoning)


def _divides(details: Json, part: str, whole: int) -> bool:
    """Whether details name nothing but this part of a count, at most the whole of it."""
    if details is None:
        return True
    if type(details) is not dict:
        return False
    for name, value in details.items():
        if value is None:
            is_known = name == part or name in SPARE_DETAILS
        elif type(value) is not int:
            return False
        else:
            is_known = 0 <= value <= whole if name == part else value == 0 and name in SPARE_DETAILS
        if not is_known:
            return False
    return True
