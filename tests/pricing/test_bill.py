"""Bills worked by hand, one per provider's usage shape."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from harness.core.clock import utc
from harness.core.prices import Cost
from harness.core.types import Usage
from harness.core.usage import usage_breakdown
from harness.pricing.book import PriceBook
from harness.pricing.cost import cost_of
from tests.cases import all_cases

D = Decimal


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
        what="openrouter: read and write in one reply, and 5.5% for the credits",
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


@all_cases("golden", GOLDEN, ids=lambda golden: golden.what)
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


@all_cases("golden", GOLDEN, ids=lambda golden: golden.what)
def test_lines_hold_the_same_tokens_as_the_breakdown(golden: Golden, book: PriceBook) -> None:
    provider, _, model = golden.name.partition("/")
    price = book.price_at(provider, model, utc(golden.at))
    cost = cost_of(
        golden.usage, price, at=utc(golden.at), service_tier=golden.service_tier, is_thinking=golden.is_thinking
    )
    assert isinstance(cost, Cost)
    tokens = {line.what: line.tokens for line in cost.lines}
    split = usage_breakdown(golden.usage)
    assert tokens.get("prompt, uncached", 0) == split.uncached_input
    assert tokens.get("prompt, cached", 0) == split.cached_input
    assert tokens.get("cache write", 0) + tokens.get("cache write, 1 h", 0) == split.cache_write
    output = ("completion", "completion, excl. reasoning", "reasoning")
    assert sum(tokens.get(what, 0) for what in output) == split.total_billed_output
