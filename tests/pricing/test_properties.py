"""What holds for every row and every usage: sums, monotony, bounds, and no usage that breaks the arithmetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from harness.core.clock import utc
from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Usage
from harness.pricing.book import PriceBook, load_book
from harness.pricing.cost import cost_of
from tests.cases import all_cases

BOOK: PriceBook = load_book()
READ_AGAIN: PriceBook = load_book()
ROWS = [row for row in BOOK.all_rows() if row.currency == "USD"]
ALL_ROWS = list(BOOK.all_rows())
counts = st.integers(0, 400_000)
maybe_counts = st.none() | counts


@st.composite
def consistent_usages(draw: st.DrawFn) -> Usage:
    """Usages whose parts fit into their wholes, with some parts unreported."""
    uncached, cached, written_5m, written_1h, visible, reasoning = (draw(counts) for _ in range(6))
    reports_cache, reports_reasoning = draw(st.booleans()), draw(st.booleans())
    return Usage(
        prompt_tokens=uncached + (cached + written_5m + written_1h if reports_cache else 0),
        completion_tokens=visible + reasoning,
        cached_tokens=cached if reports_cache else None,
        cache_write_tokens=written_5m + written_1h if reports_cache else None,
        cache_write_1h_tokens=written_1h if reports_cache else None,
        reasoning_tokens=reasoning if reports_reasoning else None,
    )


@st.composite
def any_usages(draw: st.DrawFn) -> Usage:
    """Usages that may contradict themselves in any way that the type allows."""
    return Usage(
        prompt_tokens=draw(maybe_counts),
        completion_tokens=draw(maybe_counts),
        cached_tokens=draw(maybe_counts),
        cache_write_tokens=draw(maybe_counts),
        cache_write_1h_tokens=draw(maybe_counts),
        reasoning_tokens=draw(maybe_counts),
        split_by_documented_rule=draw(st.booleans()),
        cache_counts_overlap=draw(st.booleans()),
        problems=draw(st.sampled_from([(), ("total below the parts",)])),
    )


def _at(row: Price, hours: int) -> Price:
    """The row as the book gives it at that hour of its life, its exchange rate with it."""
    found = BOOK.price_at(row.provider, row.model, row.effective_from + timedelta(hours=hours))
    return found if isinstance(found, Price) else row


@given(
    row=st.sampled_from(ALL_ROWS),
    usage=any_usages(),
    hour=st.integers(0, 23),
    thinks=st.sampled_from([None, True, False]),
)
def test_any_usage_gives_a_bill_that_adds_up_or_a_reason(
    row: Price,
    usage: Usage,
    hour: int,
    thinks: bool | None,
) -> None:
    at = row.effective_from + timedelta(hours=hour)
    cost = cost_of(usage, _at(row, hour), at=at, is_thinking=thinks)
    if isinstance(cost, CostUnknown):
        assert cost.reason
        return
    assert Fraction(cost.usd) == sum((Fraction(line.usd) for line in cost.lines), Fraction(0))
    assert Fraction(cost.amount) == sum((Fraction(line.amount) for line in cost.lines), Fraction(0))
    assert all(line.usd >= 0 for line in cost.lines)
    for line in cost.lines:
        if line.fee_share is None:
            assert Fraction(line.amount) == line.tokens * Fraction(line.rate_per_mtok) / 1_000_000


@given(row=st.sampled_from(ROWS), usage=consistent_usages(), more=st.integers(1, 200_000), data=st.data())
def test_dollars_never_fall_when_a_class_of_tokens_grows(
    row: Price, usage: Usage, more: int, data: st.DataObject
) -> None:
    at = row.effective_from + timedelta(hours=data.draw(st.integers(0, 23)))
    grown = _grown(
        usage,
        more,
        data.draw(st.sampled_from(["uncached", "cached", "written", "written_1h", "completion", "reasoning"])),
    )
    before, after = cost_of(usage, row, at=at), cost_of(grown, row, at=at)
    assert isinstance(before, Cost)
    assert isinstance(after, Cost)
    assert after.usd >= before.usd


def _grown(usage: Usage, more: int, what: str) -> Usage:
    """One disjoint class made larger; a class that is not reported counts as the plain one of its side."""
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    if what == "completion" or (what == "reasoning" and usage.reasoning_tokens is None):
        return replace(usage, completion_tokens=completion + more)
    if what == "reasoning":
        return replace(
            usage, completion_tokens=completion + more, reasoning_tokens=(usage.reasoning_tokens or 0) + more
        )
    grown = replace(usage, prompt_tokens=prompt + more)
    if usage.cached_tokens is None or what == "uncached":
        return grown
    if what == "cached":
        return replace(grown, cached_tokens=usage.cached_tokens + more)
    grown = replace(grown, cache_write_tokens=(usage.cache_write_tokens or 0) + more)
    if what == "written":
        return grown
    return replace(grown, cache_write_1h_tokens=(usage.cache_write_1h_tokens or 0) + more)


@given(row=st.sampled_from(ROWS), usage=consistent_usages(), hour=st.integers(0, 23))
def test_a_contradiction_is_never_billed_below_the_consistent_reading(row: Price, usage: Usage, hour: int) -> None:
    at = row.effective_from + timedelta(hours=hour)
    plain = cost_of(usage, row, at=at)
    doubted = cost_of(replace(usage, problems=("something is wrong",)), row, at=at)
    assert isinstance(plain, Cost)
    assert isinstance(doubted, Cost)
    assert doubted.is_upper_bound
    assert doubted.usd >= plain.usd


@given(usage=consistent_usages(), days=st.integers(0, 900))
def test_repricing_at_its_own_date_changes_nothing(usage: Usage, days: int) -> None:
    at = utc("2024-12-01") + timedelta(days=days, hours=3)
    for name in ("deepseek/deepseek-chat", "minimax/minimax-m2", "minimax-cn/minimax-m2"):
        provider, _, model = name.partition("/")
        first = cost_of(usage, BOOK.price_at(provider, model, at), at=at)
        again = cost_of(usage, READ_AGAIN.price_at(provider, model, at), at=at)
        assert first == again


@all_cases("tokens", [1, 7, 999_999, 10**15 + 1])
def test_bill_of_awkward_counts_is_exact(tokens: int) -> None:
    row = BOOK.price_at("deepseek", "deepseek-v4-pro", utc("2026-05-01T05:00Z"))
    cost = cost_of(
        Usage(prompt_tokens=tokens, completion_tokens=0, cached_tokens=tokens), row, at=utc("2026-05-01T05:00Z")
    )
    assert isinstance(cost, Cost)
    assert Fraction(cost.usd) == tokens * Fraction(3625, 10**12)  # 0.003625 per million
    assert isinstance(cost.usd, Decimal)
