"""Bills worked by hand, one per provider's usage shape, and what doubtful counts do to a bill."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest

from harness.core.clock import utc
from harness.core.prices import Cost, CostUnknown, Tier
from harness.core.types import Usage
from harness.core.usage import breakdown
from harness.pricing.bill import exact_text
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of, provider_usd
from tests.pricing.prices import NOON, rates, row

D = Decimal
PLAIN = row(rates("1", "10", cached="0.1", write="1.25", write_1h="2"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A usage as a dialect normalises it, and its dollars by hand."""

    what: str
    name: str
    at: str
    usage: Usage
    usd: str
    service_tier: str | None = None
    is_thinking: bool | None = None


GOLDEN = (
    Golden(
        what="openai chat: reasoning inside the completion",
        name="openai/gpt-5",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=400, completion_tokens=900, cached_tokens=0, reasoning_tokens=640),
        # 400 x 1.25 + 900 x 10 = 500 + 9000
        usd="0.0095",
    ),
    Golden(
        what="openai chat: cached prompt",
        name="openai/gpt-5",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=4000, completion_tokens=10, cached_tokens=3840, reasoning_tokens=0),
        # 160 x 1.25 + 3840 x 0.125 + 10 x 10 = 200 + 480 + 100
        usd="0.00078",
    ),
    Golden(
        what="openai responses: the same counts under other names, flex",
        name="openai/gpt-5-mini",
        at="2026-10-20T10:00Z",
        usage=Usage(prompt_tokens=2000, completion_tokens=300, cached_tokens=1024, reasoning_tokens=128),
        service_tier="flex",
        # 976 x 0.125 + 1024 x 0.0125 + 300 x 1 = 122 + 12.8 + 300
        usd="0.0004348",
    ),
    Golden(
        what="openai: the reply's default tier is the plain price, priority twice",
        name="openai/gpt-5.1",
        at="2026-10-20T10:00Z",
        usage=Usage(prompt_tokens=1000, completion_tokens=1000, cached_tokens=0, reasoning_tokens=0),
        service_tier="priority",
        # 1000 x 2.5 + 1000 x 20
        usd="0.0225",
    ),
    Golden(
        what="anthropic native: read and both kinds of write inside the normalised prompt, no split of reasoning",
        name="anthropic/claude-sonnet-4-5",
        at="2025-11-15T10:00Z",
        usage=Usage(
            prompt_tokens=5000,
            completion_tokens=200,
            cached_tokens=2000,
            cache_write_tokens=1500,
            cache_write_1h_tokens=500,
        ),
        # 1500 x 3 + 2000 x 0.3 + 1000 x 3.75 + 500 x 6 + 200 x 15 = 4500 + 600 + 3750 + 3000 + 3000
        usd="0.01485",
    ),
    Golden(
        what="anthropic: above 200,000 the whole request, output too, at the tier's rates",
        name="anthropic/claude-sonnet-4-5",
        at="2026-02-01T00:00Z",
        usage=Usage(prompt_tokens=200001, completion_tokens=1000, cached_tokens=0, cache_write_tokens=0),
        # 200001 x 6 + 1000 x 22.5 = 1200006 + 22500
        usd="1.222506",
    ),
    Golden(
        what="anthropic: the tier has ended",
        name="anthropic/claude-sonnet-4-5",
        at="2026-04-30T00:00Z",
        usage=Usage(prompt_tokens=200001, completion_tokens=1000, cached_tokens=0),
        # 200001 x 3 + 1000 x 15 = 600003 + 15000
        usd="0.615003",
    ),
    Golden(
        what="anthropic compatible: details always empty, nothing cached unasked",
        name="anthropic/claude-haiku-4-5",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=3000, completion_tokens=50),
        # 3000 x 1 + 50 x 5
        usd="0.00325",
    ),
    Golden(
        what="xai chat: reasoning stood beside the completion and was added",
        name="xai/grok-4",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=4600, completion_tokens=2000, cached_tokens=6, reasoning_tokens=900),
        # 4594 x 3 + 6 x 0.75 + 2000 x 15 = 13782 + 4.5 + 30000
        usd="0.0437865",
    ),
    Golden(
        what="xai: exactly at the threshold is still the plain price",
        name="xai/grok-4-fast",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=128000, completion_tokens=10, cached_tokens=0, reasoning_tokens=0),
        # 128000 x 0.2 + 10 x 0.5 = 25600 + 5
        usd="0.025605",
    ),
    Golden(
        what="xai: one token more doubles everything",
        name="xai/grok-4-fast",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=128001, completion_tokens=10, cached_tokens=1, reasoning_tokens=0),
        # 128000 x 0.4 + 1 x 0.1 + 10 x 1 = 51200 + 0.1 + 10
        usd="0.0512101",
    ),
    Golden(
        what="gemini compatible: hidden thinking found as total - prompt - completion",
        name="google/gemini-2.5-flash",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=20, completion_tokens=1300, reasoning_tokens=1290),
        # 20 x 0.3 + 1300 x 2.5 = 6 + 3250
        usd="0.003256",
    ),
    Golden(
        what="deepseek: hit and miss add up to the prompt",
        name="deepseek/deepseek-chat",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=1000, completion_tokens=500, cached_tokens=640),
        # 360 x 0.28 + 640 x 0.028 + 500 x 0.42 = 100.8 + 17.92 + 210
        usd="0.00032872",
    ),
    Golden(
        what="deepseek: half price at night",
        name="deepseek/deepseek-chat",
        at="2025-03-01T23:00Z",
        usage=Usage(prompt_tokens=1000, completion_tokens=500, cached_tokens=0),
        # 1000 x 0.135 + 500 x 0.55 = 135 + 275
        usd="0.00041",
    ),
    Golden(
        what="deepseek: peak on a Monday in 2026, 09:30 in Beijing",
        name="deepseek/deepseek-flash",
        at="2026-09-14T01:30Z",
        usage=Usage(prompt_tokens=1000, completion_tokens=1000, cached_tokens=500, reasoning_tokens=700),
        # 500 x 0.3 + 500 x 0.006 + 1000 x 1.2 = 150 + 3 + 1200
        usd="0.001353",
    ),
    Golden(
        what="deepseek: the same hour on a public holiday is off-peak",
        name="deepseek/deepseek-flash",
        at="2026-10-05T01:30Z",
        usage=Usage(prompt_tokens=1000, completion_tokens=1000, cached_tokens=500, reasoning_tokens=700),
        # 500 x 0.15 + 500 x 0.003 + 1000 x 0.6 = 75 + 1.5 + 600
        usd="0.0006765",
    ),
    Golden(
        what="moonshot: cached at top level equals the prompt, no split of reasoning",
        name="moonshot/kimi-k2-turbo-preview",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=8, completion_tokens=11, cached_tokens=8),
        # 8 x 0.15 + 11 x 8 = 1.2 + 88
        usd="0.0000892",
    ),
    Golden(
        what="dashscope: explicit cache creation inside the prompt, second tier not reached",
        name="alibaba/qwen3-max",
        at="2025-11-15T10:00Z",
        usage=Usage(
            prompt_tokens=30000, completion_tokens=400, cached_tokens=0, cache_write_tokens=29000, reasoning_tokens=300
        ),
        # 1000 x 1.2 + 29000 x 1.5 + 400 x 6 = 1200 + 43500 + 2400
        usd="0.0471",
    ),
    Golden(
        what="dashscope: implicit cache in the second tier",
        name="alibaba/qwen3-max",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=40000, completion_tokens=100, cached_tokens=20000),
        # 20000 x 2.4 + 20000 x 0.48 + 100 x 12 = 48000 + 9600 + 1200
        usd="0.0588",
    ),
    Golden(
        what="dashscope qwen-plus: thinking bills reasoning and answer at its own rate",
        name="alibaba/qwen-plus",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=24, completion_tokens=1600, cached_tokens=0, reasoning_tokens=1300),
        # 24 x 0.4 + 1600 x 4 = 9.6 + 6400
        usd="0.0064096",
    ),
    Golden(
        what="dashscope qwen-plus: the plain rate when it did not think",
        name="alibaba/qwen-plus",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=24, completion_tokens=1600, cached_tokens=0),
        is_thinking=False,
        # 24 x 0.4 + 1600 x 1.2 = 9.6 + 1920
        usd="0.0019296",
    ),
    Golden(
        what="minimax: free in the launch weeks",
        name="minimax/minimax-m2",
        at="2025-11-06T23:59Z",
        usage=Usage(prompt_tokens=41, completion_tokens=16, cached_tokens=0, reasoning_tokens=9),
        usd="0",
    ),
    Golden(
        what="minimax: the list price from the first instant of 7 November",
        name="minimax/minimax-m2",
        at="2025-11-07T00:00Z",
        usage=Usage(prompt_tokens=1041, completion_tokens=16, cached_tokens=1000, reasoning_tokens=9),
        # 41 x 0.3 + 1000 x 0.03 + 16 x 1.2 = 12.3 + 30 + 19.2
        usd="0.0000615",
    ),
    Golden(
        what="zai: usage on the finish chunk, reasoning inside",
        name="zai/glm-4.6",
        at="2025-11-15T10:00Z",
        usage=Usage(prompt_tokens=13, completion_tokens=564, cached_tokens=0, reasoning_tokens=561),
        # 13 x 0.6 + 564 x 2.2 = 7.8 + 1240.8
        usd="0.0012486",
    ),
    Golden(
        what="groq: today's rate",
        name="groq/openai/gpt-oss-120b",
        at="2026-11-15T10:00Z",
        usage=Usage(prompt_tokens=128, completion_tokens=640, cached_tokens=64, reasoning_tokens=500),
        # 64 x 0.15 + 64 x 0.075 + 640 x 0.6 = 9.6 + 4.8 + 384
        usd="0.0003984",
    ),
    Golden(
        what="openrouter: read and write in one reply, and 5.5 % for the credits",
        name="openrouter/anthropic/claude-sonnet-4.5",
        at="2025-11-15T10:00Z",
        usage=Usage(
            prompt_tokens=3000, completion_tokens=100, cached_tokens=2000, cache_write_tokens=900, reasoning_tokens=0
        ),
        # 100 x 3 + 2000 x 0.3 + 900 x 3.75 + 100 x 15 = 300 + 600 + 3375 + 1500 = 5775; x 1.055 = 6092.625
        usd="0.006092625",
    ),
    Golden(
        what="batch halves Anthropic's caches too",
        name="anthropic/claude-opus-4-5",
        at="2026-01-15T10:00Z",
        usage=Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=400, cache_write_tokens=200),
        service_tier="batch",
        # 400 x 2.5 + 400 x 0.25 + 200 x 3.125 + 100 x 12.5 = 1000 + 100 + 625 + 1250
        usd="0.002975",
    ),
)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.what)
def test_bill_is_right_to_the_last_digit(golden: Golden, book: PriceBook) -> None:
    at = utc(golden.at)
    provider, _, model = golden.name.partition("/")
    cost = cost_of(
        golden.usage,
        book.price_at(provider, model, at),
        at=at,
        service_tier=golden.service_tier,
        is_thinking=golden.is_thinking,
    )
    assert isinstance(cost, Cost), cost
    assert cost.usd == D(golden.usd)
    assert sum((line.usd for line in cost.lines), D(0)) == cost.usd
    assert not cost.is_upper_bound


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.what)
def test_lines_hold_the_same_tokens_as_the_breakdown(golden: Golden, book: PriceBook) -> None:
    provider, _, model = golden.name.partition("/")
    price = book.price_at(provider, model, utc(golden.at))
    cost = cost_of(
        golden.usage, price, at=utc(golden.at), service_tier=golden.service_tier, is_thinking=golden.is_thinking
    )
    assert isinstance(cost, Cost)
    tokens = {line.what: line.tokens for line in cost.lines}
    split = breakdown(golden.usage)
    assert tokens.get("prompt, uncached", 0) == split.uncached_input
    assert tokens.get("prompt, cached", 0) == split.cached_input
    assert tokens.get("cache write", 0) + tokens.get("cache write, 1 h", 0) == split.cache_write
    output = ("completion", "completion, excl. reasoning", "reasoning")
    assert sum(tokens.get(what, 0) for what in output) == split.total_billed_output


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


@pytest.mark.parametrize(
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


def test_overlapping_read_and_write_are_billed_once_at_the_dearer_rate() -> None:
    usage = Usage(
        prompt_tokens=2168, completion_tokens=0, cached_tokens=2161, cache_write_tokens=2100, overlapping=True
    )
    cost = cost_of(usage, PLAIN, at=NOON)
    assert isinstance(cost, Cost)
    # 7 uncached x 1 + 61 only read x 0.1 + 2100 both x 1.25 = 7 + 6.1 + 2625
    assert cost.usd == D("0.0026381")
    assert cost.is_upper_bound


@pytest.mark.parametrize(
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
def test_contradictory_usage_is_billed_at_the_dearest_reading(usage: Usage, usd: str) -> None:
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
    assert "grok-4 was switched off on 2026-05-15" in after.notes[0]


def test_unknown_thinking_is_billed_dearer_and_flagged(book: PriceBook) -> None:
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


@pytest.mark.parametrize("name", ["default", "standard", "auto", "on_demand", "Default"])
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
    assert provider_usd(cost) == D("0.002")


def test_counts_of_thousands_of_digits_are_billed_exactly() -> None:
    tokens = 10**4000 + 1
    cost = cost_of(Usage(prompt_tokens=tokens, completion_tokens=0, cached_tokens=0), PLAIN, at=NOON)
    assert isinstance(cost, Cost)
    assert exact_text(cost.usd) == "1" + "0" * 3994 + ".000001"


@pytest.mark.parametrize(
    ("amount", "text"), [("0.0003100", "0.00031"), ("12.00", "12"), ("100", "100"), ("0", "0"), ("1E-7", "0.0000001")]
)
def test_amounts_are_written_out_in_full(amount: str, text: str) -> None:
    assert exact_text(D(amount)) == text
