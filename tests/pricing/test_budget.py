"""Ceilings: bounds that no bill exceeds, and a ledger that never promises more than its cap."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from harness.core.clock import utc
from harness.core.prices import Cost, CostUnknown, Price, Tier, Window
from harness.core.types import Endpoint, SamplingParams, Usage
from harness.pricing.book import PriceBook
from harness.pricing.budget import TEMPLATE_TOKENS, Budget, worst_case
from harness.pricing.cost import cost_of
from tests.cases import all_cases
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


def test_reservation_that_does_not_fit_is_refused_and_one_that_just_fits_is_not() -> None:
    budget = Budget(cap_usd=D("1"))
    assert budget.reserve("a", D("0.6"))
    assert not budget.reserve("b", D("0.400001"))
    assert budget.reserve("b", D("0.4"))
    assert budget.room_usd() == 0


def test_settling_gives_back_what_was_not_spent() -> None:
    budget = Budget(cap_usd=D("1"))
    budget.reserve("a", D("0.9"))
    budget.settle("a", D("0.1"))
    assert (budget.spent_usd, budget.reserved_usd, budget.room_usd()) == (D("0.1"), D("0"), D("0.9"))


def test_unknown_cost_keeps_its_whole_reservation_as_spent() -> None:
    budget = Budget(cap_usd=D("1"))
    budget.reserve("a", D("0.9"))
    budget.settle("a", CostUnknown(reason="cut"))
    assert (budget.spent_usd, budget.unknown_usd) == (D("0.9"), D("0.9"))
    assert not budget.reserve("b", D("0.2"))


def test_model_cap_binds_its_model_only() -> None:
    budget = Budget(cap_usd=D("10"), model_caps_usd={"costly": D("1")})
    assert not budget.reserve("a", D("2"), model="costly")
    assert budget.reserve("b", D("2"), model="cheap")
    assert budget.reserve("c", D("1"), model="costly")
    budget.settle("c", D("1"))
    assert budget.room_usd("costly") == 0


def test_attempt_above_its_reservation_is_recorded_and_closes_the_budget() -> None:
    budget = Budget(cap_usd=D("1"))
    budget.reserve("a", D("0.5"))
    budget.settle("a", D("1.2"))
    assert (budget.spent_usd, budget.overrun_usd, budget.room_usd()) == (D("1.2"), D("0.7"), D("0"))
    assert not budget.reserve("b", D("0.01"))


def test_without_a_cap_everything_fits_and_is_counted() -> None:
    budget = Budget(cap_usd=None)
    assert budget.reserve("a", D("1000000"))
    assert budget.room_usd() is None
    assert budget.reserved_usd == 1000000


@all_cases(
    "mistake",
    [
        lambda budget: budget.reserve("a", D("0.1")),
        lambda budget: budget.reserve("b", D("-1")),
        lambda budget: budget.settle("b", D("0")),
        lambda budget: budget.settle("a", D("-1")),
        lambda budget: budget.release("b"),
        lambda budget: Budget(cap_usd=D("-1")),
    ],
)
def test_misuse_of_the_ledger_is_refused_and_changes_nothing(mistake) -> None:  # type: ignore[no-untyped-def]
    budget = Budget(cap_usd=D("1"))
    budget.reserve("a", D("0.5"))
    with pytest.raises(ValueError, match=r"reservation|negative"):
        mistake(budget)
    assert (budget.reserved_usd, budget.spent_usd) == (D("0.5"), D("0"))


AMOUNTS = st.decimals(min_value=0, max_value=1, places=9)
MODELS = st.sampled_from(["one", "two"])


class Ledger(RuleBasedStateMachine):
    """Any order of reservations, settlements within them, unknown outcomes and releases."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.budget = Budget(cap_usd=D("1.5"), model_caps_usd={"one": D("0.7")})
        self.amounts: dict[str, tuple[str, Decimal]] = {}
        self.serial = 0

    @rule(target=keys, amount=AMOUNTS, model=MODELS)
    def reserve(self, amount: Decimal, model: str) -> str:
        """Keeps the key whether or not it fits."""
        self.serial += 1
        key = f"key {self.serial}"
        if self.budget.reserve(key, amount, model=model):
            self.amounts[key] = (model, amount)
        return key

    @rule(key=consumes(keys), share=st.integers(0, 1000), is_unknown=st.booleans())
    def settle(self, key: str, share: int, is_unknown: bool) -> None:
        """Never above the reservation."""
        if key in self.amounts:
            _, amount = self.amounts.pop(key)
            self.budget.settle(key, CostUnknown(reason="cut") if is_unknown else amount * share / 1000)

    @rule(key=consumes(keys))
    def release(self, key: str) -> None:
        """Nothing was sent."""
        if key in self.amounts:
            del self.amounts[key]
            self.budget.release(key)

    @invariant()
    def stays_under_its_caps(self) -> None:
        """Spent and reserved, in all and of the capped model."""
        assert self.budget.spent_usd + self.budget.reserved_usd <= D("1.5")
        room = self.budget.room_usd("one")
        assert room is not None
        assert 0 <= room <= D("0.7") - sum((amount for model, amount in self.amounts.values() if model == "one"), D(0))
        assert self.budget.reserved_usd == sum((amount for _, amount in self.amounts.values()), D(0))
        assert self.budget.overrun_usd == 0


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)


def test_reservations_above_a_cap_after_an_overrun_are_said_to_be_unusable() -> None:
    budget = Budget(cap_usd=D("1"))
    assert budget.reserve("a", D("0.4"), model="m")
    assert budget.reserve("b", D("0.4"), model="m")
    budget.settle("a", D("0.7"))  # 0.7 + 0.4 > 1
    assert budget.is_overcommitted("m")
    budget.release("b")
    assert not budget.is_overcommitted("m")
    assert budget.room_usd("m") == D("0.3")


def test_later_bounds_of_a_model_are_raised_as_far_as_one_was_exceeded() -> None:
    budget = Budget(cap_usd=D("10"))
    assert budget.reserve("a", D("0.5"), model="m")
    budget.settle("a", D("1.5"))  # three times the bound
    assert budget.learned_bound("m", D("0.2")) == D("0.6")
    assert budget.learned_bound("other", D("0.2")) == D("0.2")
    budget.learn("m", bound_usd=D("1"), billed_usd=D("2"))  # a smaller excess changes nothing
    assert budget.learned_bound("m", D("0.2")) == D("0.6")


def test_a_model_said_to_be_free_that_bills_has_its_largest_bill_as_bound() -> None:
    budget = Budget(cap_usd=D("10"))
    budget.learn("m", bound_usd=D("0"), billed_usd=D("0.3"))
    assert budget.learned_bound("m", D("0")) == D("0.3")


def test_an_unknown_cost_above_its_reservation_counts_with_its_known_part() -> None:
    budget = Budget(cap_usd=D("1"))
    assert budget.reserve("a", D("0.4"), model="m")
    budget.settle("a", CostUnknown(reason="a search", known_usd=D("0.9")))
    assert (budget.spent_usd, budget.room_usd("m")) == (D("0.9"), D("0.1"))
