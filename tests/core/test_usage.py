"""The six numbers of a usage."""

from __future__ import annotations

from dataclasses import astuple

from harness.core.types import Usage
from harness.core.usage import UNKNOWN, usage_breakdown
from tests.cases import all_cases


@all_cases(
    ("usage", "expected"),
    [
        # 100 - 60 - 30 = 10; 50 - 20 = 30
        (
            Usage(
                prompt_tokens=100,
                completion_tokens=50,
                cached_tokens=60,
                cache_write_tokens=30,
                reasoning_tokens=20,
            ),
            (10, 60, 30, 30, 20, 50),
        ),
        # nothing said on cache or reasoning: all uncached, the output undivided
        (Usage(prompt_tokens=100, completion_tokens=50), (100, 0, 0, None, None, 50)),
        # the same 93 tokens read and written: 100 - 93 = 7
        (
            Usage(
                prompt_tokens=100,
                completion_tokens=5,
                cached_tokens=93,
                cache_write_tokens=93,
                cache_counts_overlap=True,
            ),
            (7, 93, 93, None, None, 5),
        ),
        # a prompt that was not reported leaves the rest unknown, not zero
        (Usage(completion_tokens=5), (None, None, None, None, None, 5)),
        # more cached than there was prompt: the remainder is unknown, never negative
        (Usage(prompt_tokens=10, completion_tokens=5, cached_tokens=20), (None, 20, 0, None, None, 5)),
        (Usage(prompt_tokens=10, completion_tokens=5, reasoning_tokens=9), (10, 0, 0, None, 9, 5)),
    ],
)
def test_breakdown_splits_by_rate_and_keeps_unknown_unknown(usage: Usage, expected: tuple[int | None, ...]) -> None:
    assert astuple(usage_breakdown(usage)) == expected


def test_without_usage_all_six_are_unknown() -> None:
    assert usage_breakdown(None) == UNKNOWN
    assert set(astuple(UNKNOWN)) == {None}
