"""Bounds that no bill exceeds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.core.clock import utc
from harness.core.prices import Cost, CostUnknown, Price, Tier, Window
from harness.core.types import Endpoint, SamplingParams, Usage
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from harness.pricing.worst_case import TEMPLATE_TOKENS, worst_case
from tests.pricing.prices import rates, row

D = Decimal


def _endpoint(
    *, service_tier: str | None = None, context: int | None = None, max_tokens: int | None = None
) -> Endpoint:
    return Endpoint(
        label="acme/thing",
        provider="acme",
        model="thing",
        model_id="thing",
        base_url="http://127.0.0.1:1/v1",
        dialect="openai",
        service_tier=service_tier,
        params=SamplingParams(max_tokens=max_tokens),
        context_tokens=context,
    )


def test_worst_case_is_every_byte_a_token_and_the_whole_output() -> None:
    # (100 + 1024) x 1 + 500 x 10 = 6124
    assert worst_case(_endpoint(), 100, 500, row(rates("1", "10"))) == D("0.006124")
    assert TEMPLATE_TOKENS == 1024


def test_worst_case_takes_the_highest_tier_hour_thinking_write_and_fee() -> None:
    tiered = row(
        rates("1", "1", write="1.5", thinking="4"),
        tiers=(Tier(above_prompt_tokens=2000, rates=rates("2", "8")),),
        fee_share="0.1",
    )
    windowed = row(
        rates("1", "1"), windows=(Window(start="01:00", end="02:00", time_zone="UTC", rates=rates("3", "9")),)
    )
    # 2000 prompt tokens do not pass the threshold: (2000 x 1.5 + 100 x 4) x 1.1 = 3740
    assert worst_case(_endpoint(), 976, 100, tiered) == D("0.00374")
    # one more does: (2001 x 2 + 100 x 8) x 1.1 = 5282.2
    assert worst_case(_endpoint(), 977, 100, tiered) == D("0.0052822")
    # 1024 x 3 + 100 x 9
    assert worst_case(_endpoint(), 0, 100, windowed) == D("0.003972")


def test_worst_case_holds_the_fee_per_request_and_a_surcharge_that_the_account_may_bring() -> None:
    price = replace(
        row(rates("1", "10"), fee_share="0.1"), request_fee=D("0.005"), surcharges={"inference_geo: us": D("1.1")}
    )
    # ((100 + 1024) x 1 + 500 x 10) / 1e6 x 1.1 = 0.0067364, and 0.005 for the request, with 10% on both
    assert worst_case(_endpoint(), 100, 500, price) == D("0.01291004")
    elsewhere = replace(_endpoint(), extra_body={"inference_geo": "global"})
    assert worst_case(elsewhere, 100, 500, price) == D("0.0122364")  # (0.006124 + 0.005) x 1.1


def test_worst_case_finds_an_output_limit_or_says_that_there_is_none() -> None:
    price = row(rates("0", "1"))
    assert worst_case(_endpoint(max_tokens=7), 0, None, price) == D("0.000007")
    assert worst_case(_endpoint(context=9), 0, None, price) == D("0.000009")
    unknown = worst_case(_endpoint(), 0, None, price)
    assert isinstance(unknown, CostUnknown)
    assert "set max_tokens" in unknown.reason


def test_worst_case_of_an_unlisted_service_tier_or_currency_is_unknown() -> None:
    flex = worst_case(_endpoint(service_tier="flex"), 0, 1, row(rates("1", "1")))
    yuan = worst_case(_endpoint(), 0, 1, row(rates("1", "1"), currency="CNY"))
    assert isinstance(flex, CostUnknown)
    assert isinstance(yuan, CostUnknown)


def test_worst_case_of_a_priority_tier_is_its_higher_rate() -> None:
    price = row(rates("1", "10"), service_tiers={"priority": rates("2", "20")})
    # 1024 x 2 + 10 x 20
    assert worst_case(_endpoint(service_tier="priority"), 0, 10, price) == D("0.002248")


def test_where_no_service_tier_is_asked_for_the_most_expensive_may_serve() -> None:
    price = row(rates("1", "10"), service_tiers={"flex": rates("0.5", "5"), "priority": rates("2", "20")})
    # 1024 x 2 + 10 x 20; asked for by name, the plain tier is 1024 x 1 + 10 x 10
    assert worst_case(_endpoint(), 0, 10, price) == D("0.002248")
    assert worst_case(_endpoint(service_tier="auto"), 0, 10, price) == D("0.002248")
    assert worst_case(_endpoint(service_tier="default"), 0, 10, price) == D("0.001124")


def test_thinking_that_the_limit_does_not_hold_is_bounded_apart() -> None:
    price = row(rates("0", "1", thinking="4"))
    # (7 + 100) x 4; the context of 90 holds both; without a bound of its own thinking fills the context
    assert worst_case(_endpoint(), 0, 7, price, thinking_tokens=100) == D("0.000428")
    assert worst_case(_endpoint(context=90), 0, 7, price, thinking_tokens=100) == D("0.00036")
    assert worst_case(_endpoint(context=90), 0, 7, price, thinking_tokens=None) == D("0.00036")
    unknown = worst_case(_endpoint(), 0, 7, price, thinking_tokens=None)
    assert isinstance(unknown, CostUnknown)
    assert "does not limit its thinking" in unknown.reason


def test_converted_worst_case_is_rounded_up() -> None:
    bound = worst_case(_endpoint(), 0, 0, row(rates("1", "1"), currency="CNY", per_usd="7"))
    assert isinstance(bound, Decimal)
    assert bound * 7 >= D("0.001024")
    assert worst_case(_endpoint(), 0, 0, row(rates("0", "0"), currency="CNY", per_usd="7")) == 0


NAMES = (
    "openai/gpt-5",
    "anthropic/claude-sonnet-4-5",
    "alibaba/qwen-plus",
    "minimax-cn/minimax-m1",
    "openrouter/z-ai/glm-4.6",
)


@settings(deadline=None)
@given(
    name=st.sampled_from(NAMES),
    prompt_bytes=st.integers(0, 300_000),
    share=st.fractions(0, 1),
    cached_share=st.fractions(0, 1),
    max_tokens=st.integers(0, 100_000),
    used_share=st.fractions(0, 1),
    thinks=st.sampled_from([None, True, False]),
)
@example(  # each line's conversion rounds by itself: their sum passed a bound that was rounded once
    name="minimax-cn/minimax-m1",
    prompt_bytes=0,
    share=1.0,
    cached_share=0.0,
    max_tokens=9791,
    used_share=1.0,
    thinks=None,
)
def test_no_bill_within_the_limits_exceeds_the_worst_case(
    book: PriceBook,
    name: str,
    prompt_bytes: int,
    share: float,
    cached_share: float,
    max_tokens: int,
    used_share: float,
    thinks: bool | None,
) -> None:
    provider, _, model = name.partition("/")
    at = utc("2025-11-15T23:00Z")
    prompt_tokens = int((prompt_bytes + TEMPLATE_TOKENS) * share)
    usage = Usage(
        prompt_tokens=prompt_tokens,
        completion_tokens=int(max_tokens * used_share),
        cached_tokens=0,
        cache_write_tokens=int(prompt_tokens * cached_share),
    )
    worst = book.worst_price(provider, model, at)
    assert isinstance(worst, Price)
    bound = worst_case(_endpoint(), prompt_bytes, max_tokens, worst)
    cost = cost_of(usage, book.price_at(provider, model, at), at=at, is_thinking=thinks)
    assert isinstance(bound, Decimal)
    assert isinstance(cost, Cost)
    assert cost.usd <= bound
