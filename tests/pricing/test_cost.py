"""What doubtful counts, tiers and exchange rates do to a bill; plain bills worked by hand are in test_bills."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from harness.core.clock import utc
from harness.core.prices import Cost, CostUnknown, Price, Tier, Window
from harness.core.types import Usage
from harness.pricing.bill import usd_without_fees
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from harness.pricing.exact import exact_text
from tests.cases import all_cases
from tests.pricing.prices import NOON, rates, row

D = Decimal


def _billed(usage: Usage, price: Price) -> Cost:
    cost = cost_of(usage, price, at=NOON)
    assert isinstance(cost, Cost)
    return cost


PLAIN = row(rates("1", "10", cached="0.1", write="1.25", write_1h="2"))


def test_yuan_are_converted_at_the_dated_rate_and_both_amounts_kept(book: PriceBook) -> None:
    at = utc("2025-12-01")
    price = book.price_at("minimax-cn", "minimax-m2", at)
    cost = cost_of(Usage(prompt_tokens=1_000_000, completion_tokens=0, cached_tokens=0), price, at=at)
    assert isinstance(cost, Cost)
    assert (cost.currency, cost.amount) == ("CNY", D("2.1"))
    # 2.1 / 7.0796 = 0.29662...; back again it is 2.1 to 33 digits
    assert D("0.29662") < cost.usd < D("0.29663")
    assert abs(Fraction(cost.usd) * Fraction("7.0796") - Fraction("2.1")) < Fraction(1, 10**33)
    assert "7.0796 CNY per USD of 2025-11-26" in cost.notes


def test_yuan_without_a_rate_of_that_day_are_unknown() -> None:
    cost = cost_of(Usage(prompt_tokens=1, completion_tokens=1), row(rates("1", "2"), currency="CNY"), at=NOON)
    assert isinstance(cost, CostUnknown)
    assert "no exchange rate" in cost.reason


@all_cases(
    ("usage", "said"),
    [
        (None, "no usage"),
        (Usage(completion_tokens=5), "prompt tokens were not reported"),
        (Usage(prompt_tokens=5), "completion tokens were not reported"),
        (Usage(), "prompt and completion tokens were not reported"),
        (Usage(prompt_tokens=5, problems=("completion_tokens is -3",)), "completion_tokens is -3"),
    ],
)
def test_missing_counts_are_unknown_and_never_zero(usage: Usage | None, said: str) -> None:
    cost = cost_of(usage, PLAIN, at=NOON)
    assert isinstance(cost, CostUnknown)
    assert said in cost.reason


def test_unknown_price_keeps_its_reason() -> None:
    assert cost_of(Usage(prompt_tokens=1, completion_tokens=1), CostUnknown(reason="no row"), at=NOON) == CostUnknown(
        reason="no row"
    )


def test_unreported_cache_is_an_upper_bound_only_where_a_discount_was_possible() -> None:
    usage = Usage(prompt_tokens=1000, completion_tokens=10)
    bound = cost_of(usage, PLAIN, at=NOON)
    exact = cost_of(usage, row(rates("1", "10")), at=NOON)
    assert isinstance(bound, Cost)
    assert isinstance(exact, Cost)
    assert bound.is_upper_bound
    assert "cached tokens were not reported" in bound.notes[0]
    assert not exact.is_upper_bound
    assert bound.usd == exact.usd == D("0.0011")  # 1000 x 1 + 10 x 10


def test_prompt_below_the_cache_minimum_is_exact_without_cache_counts(book: PriceBook) -> None:
    price = book.price_at("openai", "gpt-5", NOON)
    short = cost_of(Usage(prompt_tokens=1023, completion_tokens=1), price, at=NOON)
    long = cost_of(Usage(prompt_tokens=1024, completion_tokens=1), price, at=NOON)
    assert isinstance(short, Cost)
    assert isinstance(long, Cost)
    assert (short.is_upper_bound, long.is_upper_bound) == (False, True)


def test_cached_tokens_without_a_published_rate_cost_the_prompt_rate_as_a_bound() -> None:
    cost = cost_of(Usage(prompt_tokens=100, completion_tokens=0, cached_tokens=40), row(rates("1", "10")), at=NOON)
    assert isinstance(cost, Cost)
    assert cost.usd == D("0.0001")
    assert cost.is_upper_bound
    assert "no published rate for cached tokens: 40" in cost.notes[0]


def test_written_tokens_without_a_rate_of_their_own_cost_the_prompt_rate() -> None:
    cost = cost_of(
        Usage(prompt_tokens=100, completion_tokens=0, cached_tokens=0, cache_write_tokens=30),
        row(rates("1", "10", cached="0.1")),
        at=NOON,
    )
    assert isinstance(cost, Cost)
    assert cost.usd == D("0.0001")
    assert "no separate rate for cache writes: 30" in cost.notes[0]


def test_overlapping_read_and_write_are_billed_once_at_the_higher_rate() -> None:
    usage = Usage(
        prompt_tokens=2168, completion_tokens=0, cached_tokens=2161, cache_write_tokens=2100, cache_counts_overlap=True
    )
    cost = cost_of(usage, PLAIN, at=NOON)
    assert isinstance(cost, Cost)
    # 7 uncached x 1 + 61 only read x 0.1 + 2100 both x 1.25 = 7 + 6.1 + 2625
    assert cost.usd == D("0.0026381")
    assert cost.is_upper_bound


@all_cases(
    ("usage", "usd"),
    [
        # 100 read cannot be among 60, so they may lie beside them: 160 plain at 1
        (Usage(prompt_tokens=60, completion_tokens=0, cached_tokens=100), "0.00016"),
        # 100 written beside a prompt of 60: 60 x 1 + 100 x 1.25
        (Usage(prompt_tokens=60, completion_tokens=0, cache_write_tokens=100), "0.000185"),
        # reasoning beside the completion: (5 + 9) x 10
        (Usage(prompt_tokens=0, completion_tokens=5, cached_tokens=0, reasoning_tokens=9), "0.00014"),
        # a named problem: every count beside the others, 10 x 1 + (5 + 2) x 10
        (
            Usage(prompt_tokens=10, completion_tokens=5, reasoning_tokens=2, problems=("total below the parts",)),
            "0.00008",
        ),
        # 30 written at 1.25 and 80 read beside 100: 210 in all, 180 plain at 1 + 30 x 1.25
        (Usage(prompt_tokens=100, completion_tokens=0, cached_tokens=80, cache_write_tokens=30), "0.0002175"),
    ],
)
def test_contradictory_usage_is_billed_at_the_most_expensive_reading(usage: Usage, usd: str) -> None:
    cost = cost_of(usage, PLAIN, at=NOON)
    assert isinstance(cost, Cost)
    assert cost.usd == D(usd)
    assert cost.is_upper_bound
    assert "contradicts itself" in cost.notes[0]


def test_a_contradiction_in_a_service_tier_without_rates_has_no_upper_bound(book: PriceBook) -> None:
    usage = Usage(prompt_tokens=60, completion_tokens=0, cached_tokens=100)
    price = book.price_at("openai", "gpt-5-nano", NOON)
    assert isinstance(cost_of(usage, price, at=NOON, service_tier="priority"), CostUnknown)
    assert isinstance(cost_of(usage, price, at=NOON, service_tier="flex"), Cost)


def test_a_bill_after_the_day_of_retirement_says_that_another_model_may_have_answered(book: PriceBook) -> None:
    usage = Usage(prompt_tokens=10, completion_tokens=5, cached_tokens=0)
    price = book.price_at("xai", "grok-4", NOON)
    before, after = (cost_of(usage, price, at=utc(day)) for day in ("2026-05-14", "2026-05-15"))
    assert isinstance(before, Cost)
    assert isinstance(after, Cost)
    assert before.notes == ()
    assert "grok-4 was retired on 2026-05-15" in after.notes[0]


def test_unknown_thinking_is_billed_higher_and_flagged(book: PriceBook) -> None:
    cost = cost_of(
        Usage(prompt_tokens=0, completion_tokens=100, cached_tokens=0),
        book.price_at("alibaba", "qwen-plus", NOON),
        at=NOON,
    )
    assert isinstance(cost, Cost)
    assert cost.usd == D("0.0004")  # 100 x 4
    assert cost.is_upper_bound


def test_reported_reasoning_outweighs_a_setting_that_says_no_thinking(book: PriceBook) -> None:
    usage = Usage(prompt_tokens=0, completion_tokens=100, cached_tokens=0, reasoning_tokens=60)
    cost = cost_of(usage, book.price_at("alibaba", "qwen-plus", NOON), at=NOON, is_thinking=False)
    assert isinstance(cost, Cost)
    assert cost.usd == D("0.0004")
    assert not cost.is_upper_bound


def test_unsplit_reasoning_is_exact_where_output_has_one_rate() -> None:
    cost = cost_of(Usage(prompt_tokens=0, completion_tokens=7, cached_tokens=0), PLAIN, at=NOON)
    assert isinstance(cost, Cost)
    assert [line.what for line in cost.lines] == ["completion"]
    assert not cost.is_upper_bound


def test_service_tier_without_rates_is_unknown_and_lists_those_that_have_some(book: PriceBook) -> None:
    cost = cost_of(
        Usage(prompt_tokens=1, completion_tokens=1),
        book.price_at("openai", "gpt-5", NOON),
        at=NOON,
        service_tier="scale",
    )
    assert isinstance(cost, CostUnknown)
    assert "'scale'" in cost.reason
    assert "batch, flex, priority" in cost.reason


def test_service_tier_in_a_length_tier_needs_rates_of_both() -> None:
    price = row(
        rates("1", "1"),
        tiers=(Tier(above_prompt_tokens=10, rates=rates("2", "2")),),
        service_tiers={"batch": rates("0.5", "0.5")},
    )
    short = cost_of(Usage(prompt_tokens=10, completion_tokens=0), price, at=NOON, service_tier="batch")
    long = cost_of(Usage(prompt_tokens=11, completion_tokens=0), price, at=NOON, service_tier="batch")
    assert isinstance(short, Cost)
    assert short.usd == D("0.000005")
    assert isinstance(long, CostUnknown)
    assert "above 10 tokens" in long.reason


@all_cases("name", ["default", "standard", "auto", "on_demand", "Default"])
def test_the_providers_words_for_the_plain_tier_are_the_plain_price(name: str) -> None:
    cost = cost_of(Usage(prompt_tokens=1, completion_tokens=0, cached_tokens=0), PLAIN, at=NOON, service_tier=name)
    assert isinstance(cost, Cost)
    assert cost.usd == D("0.000001")


def test_fee_is_a_line_of_its_own_and_not_in_what_the_provider_charges() -> None:
    price = row(rates("1", "10"), fee_share="0.055")
    cost = cost_of(Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=0), price, at=NOON)
    assert isinstance(cost, Cost)
    fee = cost.lines[-1]
    assert (fee.what, fee.fee_share, fee.usd) == ("gateway fee", D("0.055"), D("0.00011"))  # 0.002 x 0.055
    assert cost.usd == D("0.00211")
    assert usd_without_fees(cost) == D("0.002")


def test_counts_of_thousands_of_digits_are_billed_exactly() -> None:
    tokens = 10**4000 + 1
    cost = cost_of(Usage(prompt_tokens=tokens, completion_tokens=0, cached_tokens=0), PLAIN, at=NOON)
    assert isinstance(cost, Cost)
    assert exact_text(cost.usd) == "1" + "0" * 3994 + ".000001"


@all_cases(
    ("amount", "text"), [("0.0003100", "0.00031"), ("12.00", "12"), ("100", "100"), ("0", "0"), ("1E-7", "0.0000001")]
)
def test_amounts_are_written_out_in_full(amount: str, text: str) -> None:
    assert exact_text(D(amount)) == text


def test_reasoning_beyond_the_output_is_billed_beside_it() -> None:
    usage = Usage(
        prompt_tokens=12,
        completion_tokens=10,
        cached_tokens=0,
        reasoning_tokens=10,
        stated_reasoning_tokens=228,
        problems=("228 reasoning tokens of 10 billed",),
    )
    cost = cost_of(usage, row(rates("1", "10")), at=NOON)
    assert isinstance(cost, Cost)
    # 12 x 1 + (10 + 228) x 10
    assert (cost.usd, cost.is_upper_bound) == (Decimal("0.002392"), True)


def test_charges_beside_tokens_leave_the_dollars_unknown_and_the_tokens_bill_known() -> None:
    beside = ("2 web searches are charged beside the tokens",)
    usage = Usage(
        prompt_tokens=10,
        completion_tokens=20,
        cached_tokens=0,
        reasoning_tokens=0,
        problems=beside,
        non_token_charges=beside,
    )
    # 10 x 1 + 20 x 10
    expected = CostUnknown(reason=beside[0], known_usd=Decimal("0.00021"))
    assert cost_of(usage, row(rates("1", "10")), at=NOON) == expected


def test_tokens_of_another_price_leave_the_dollars_unknown() -> None:
    others = ("iterations of another model, at its own price: other-1",)
    usage = Usage(prompt_tokens=10, completion_tokens=20, problems=others, tokens_at_other_rates=others)
    assert cost_of(usage, row(rates("1", "10")), at=NOON) == CostUnknown(reason=others[0])


def test_a_row_that_sources_dispute_says_so_on_the_bill(book: PriceBook) -> None:
    usage = Usage(prompt_tokens=10, completion_tokens=20, cached_tokens=0, reasoning_tokens=0)
    before, after = (
        cost_of(usage, book.price_at("deepseek", "deepseek-v4-pro", utc(at)), at=utc(at))
        for at in ("2026-09-09T12:00Z", "2026-11-20T12:00Z")
    )
    assert isinstance(before, Cost)
    assert isinstance(after, Cost)
    assert before.usd == after.usd
    assert (before.notes, "low confidence: Sources differ on" in after.notes[0]) == ((), True)


def test_a_surcharge_multiplies_every_class_before_the_fee() -> None:
    plain = row(rates("3", "15"), fee_share="0.055")
    price = replace(plain, surcharges={"inference_geo: us": D("1.1")})
    usage = Usage(prompt_tokens=1000, completion_tokens=200, cached_tokens=0, surcharges=("inference_geo: us",))
    # (1000 x 3 + 200 x 15) x 1.1 x 1.055 = 6,963 per million
    assert _billed(usage, price).usd == D("0.006963")


def test_a_surcharge_that_the_row_does_not_list_makes_dollars_unknown() -> None:
    usage = Usage(prompt_tokens=10, completion_tokens=2, cached_tokens=0, surcharges=("inference_geo: mars",))
    cost = cost_of(usage, row(rates("1", "1")), at=NOON)
    assert isinstance(cost, CostUnknown)
    assert "inference_geo: mars" in cost.reason


def test_ones_own_key_at_a_gateway_pays_no_fee_on_credits() -> None:
    usage = Usage(prompt_tokens=8000, completion_tokens=120, cached_tokens=0, own_key=True)
    bill = _billed(usage, row(rates("1.25", "10"), fee_share="0.055"))
    assert bill.usd == D("0.0112")  # 8000 x 1.25 + 120 x 10
    assert "one's own key at the gateway: no fee on credits" in bill.notes


def test_hits_of_an_explicit_cache_have_their_own_rate_or_an_upper_bound() -> None:
    usage = Usage(prompt_tokens=2000, completion_tokens=100, cached_tokens=1800, explicit_cached_tokens=1800)
    with_rate = row(replace(rates("1.2", "6", cached="0.24"), cached_explicit=D("0.12")))
    assert _billed(usage, with_rate).usd == D("0.001056")  # 200 x 1.2 + 1800 x 0.12 + 100 x 6
    bound = _billed(usage, row(rates("1.2", "6", cached="0.24")))
    assert (bound.usd, bound.is_upper_bound) == (D("0.003"), True)  # 2000 x 1.2 + 100 x 6


def test_an_upper_bound_goes_by_the_hour_and_the_tier_that_held() -> None:
    peak = Window(start="00:00", end="13:00", time_zone="UTC", rates=rates("2", "8"))
    contradictory = Usage(prompt_tokens=100, completion_tokens=10, cached_tokens=128)
    by_hour = row(rates("1", "4"), windows=(peak,))
    at_peak = cost_of(contradictory, by_hour, at=utc("2025-11-15T12:00Z"))
    off_peak = cost_of(contradictory, by_hour, at=utc("2025-11-15T14:00Z"))
    flex = cost_of(
        contradictory, row(rates("1", "4"), service_tiers={"flex": rates("0.5", "2")}), at=NOON, service_tier="flex"
    )
    bounds = [cost.usd for cost in (at_peak, off_peak, flex) if isinstance(cost, Cost) and cost.is_upper_bound]
    # at most 228 prompt tokens and 10 output: 228 x 2 + 10 x 8; half of it; a quarter
    assert bounds == [D("0.000536"), D("0.000268"), D("0.000134")]


def test_a_bill_on_an_old_row_or_rate_says_how_old_it_is() -> None:
    usage = Usage(prompt_tokens=10, completion_tokens=2, cached_tokens=0)
    price = row(rates("7", "7"), currency="CNY", per_usd="7")  # read and fixed on 2025-11-01
    fresh, old = (cost_of(usage, price, at=utc(day)) for day in ("2025-12-31", "2026-01-01"))
    assert isinstance(fresh, Cost)
    assert isinstance(old, Cost)
    assert fresh.notes == ("7 CNY per USD of 2025-11-01",)
    assert "price row read 61 days before, on 2025-11-01" in old.notes[0]
    assert "exchange rate is 61 days old, of 2025-11-01" in old.notes[1]


def test_a_fee_per_request_is_a_line_of_its_own_below_the_gateways_fee() -> None:
    price = replace(row(rates("1", "10"), fee_share="0.1"), request_fee=D("0.005"))
    bill = _billed(Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=0), price)
    assert [line.what for line in bill.lines][-2:] == ["fee per request", "gateway fee"]
    assert bill.usd == D("0.0077")  # (0.001 + 0.001 + 0.005) x 1.1
