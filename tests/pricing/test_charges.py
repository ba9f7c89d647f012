"""Disjoint classes of tokens, each charged once at its rate; what is in doubt is said."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from harness.core.types import Usage
from harness.pricing.charges import contradictions, max_charges, max_prompt_tokens, usage_charges
from tests.cases import all_cases
from tests.pricing.prices import rates, row

RATES = rates("2", "8", cached="0.2", write="2.5", write_1h="4", thinking="12")


def billed(usage: Usage, *, is_thinking: bool | None = False) -> dict[str, tuple[int, Decimal]]:
    """Tokens and rate of each class that bills any."""
    found = usage_charges(usage, RATES, row(RATES), is_thinking=is_thinking)
    return {charge.what: (charge.tokens, charge.rate_per_mtok) for charge in found.charges if charge.tokens}


def test_a_prompt_is_split_into_uncached_read_and_written() -> None:
    usage = Usage(
        prompt_tokens=100, completion_tokens=10, cached_tokens=60, cache_write_tokens=30, cache_write_1h_tokens=20
    )
    assert billed(usage) == {
        "prompt, uncached": (10, Decimal(2)),  # 100 - 60 - 30
        "prompt, cached": (60, Decimal("0.2")),
        "cache write": (10, Decimal("2.5")),  # 30 - 20
        "cache write, 1 h": (20, Decimal(4)),
        "completion": (10, Decimal(8)),
    }


def test_tokens_read_and_written_at_once_are_billed_once_at_the_higher_rate() -> None:
    usage = Usage(
        prompt_tokens=100, completion_tokens=0, cached_tokens=60, cache_write_tokens=60, cache_counts_overlap=True
    )
    assert billed(usage) == {"prompt, uncached": (40, Decimal(2)), "prompt, cache read and write": (60, Decimal("2.5"))}


@all_cases(
    ("reasoning", "is_thinking", "rate"),
    [
        (5, False, 12),  # reasoning tokens are proof, whatever the setting was
        (0, None, 8),  # a reported 0 decides where the setting is not known
        (0, True, 12),  # and says no more than the setting where that is
        (None, None, 12),  # nothing known: the higher rate
        (None, False, 8),
    ],
)
def test_output_has_the_rate_of_what_is_known_of_reasoning(
    reasoning: int | None, is_thinking: bool | None, rate: int
) -> None:
    usage = Usage(prompt_tokens=0, completion_tokens=10, reasoning_tokens=reasoning)
    found = billed(usage, is_thinking=is_thinking)
    assert {each for _, each in found.values()} == {Decimal(rate)}
    assert sum(tokens for tokens, _ in found.values()) == 10


def test_only_unknown_reasoning_makes_an_upper_bound() -> None:
    usage = Usage(prompt_tokens=0, completion_tokens=10, cached_tokens=0)
    caveats = [usage_charges(usage, RATES, row(RATES), is_thinking=each).caveats for each in (None, True)]
    assert [len(each) for each in caveats] == [1, 0]
    assert "whether the model reasoned is not known" in caveats[0][0]


def test_contradictions_are_named_with_both_counts() -> None:
    usage = Usage(prompt_tokens=10, completion_tokens=5, cached_tokens=8, cache_write_tokens=4, reasoning_tokens=6)
    assert contradictions(usage) == (
        "12 cached and written of 10 prompt tokens",
        "6 reasoning of 5 completion tokens",
    )
    assert max_prompt_tokens(usage) == 22  # the cache counts may stand beside the prompt: 10 + 8 + 4


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_the_highest_reading_is_never_below_the_consistent_one(
    prompt: int, completion: int, cached: int, written: int, reasoning: int
) -> None:
    usage = Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=reasoning,
    )
    if contradictions(usage):
        return

    def total(found: object) -> Decimal:
        return sum((one.tokens * one.rate_per_mtok for one in found.charges), Decimal(0))  # type: ignore[attr-defined]

    consistent = usage_charges(usage, RATES, row(RATES), is_thinking=True)
    assert total(max_charges(usage, RATES)) >= total(consistent)
