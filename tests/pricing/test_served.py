"""The model that answered against the one that was asked for: names of one model, and the bill of another."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from harness.core.clock import utc
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Endpoint, SamplingParams, Usage
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import PriceBook, load_book
from harness.pricing.served import is_same_model, other_model
from tests.cases import all_cases
from tests.pricing.prices import NOON, answer, rates, row

USAGE = Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=0)


def endpoint(provider: str, model: str, *, model_id: str | None = None, served_as: tuple[str, ...] = ()) -> Endpoint:
    return Endpoint(
        label=f"{provider}/{model}",
        provider=provider,
        model=model,
        model_id=model_id or model,
        base_url="http://none.invalid",
        dialect="openai",
        served_as=served_as,
    )


@all_cases(
    ("provider", "model", "served"),
    [
        ("openai", "gpt-5", "gpt-5-2025-08-07"),
        ("openai", "gpt-5-2025-08-07", "gpt-5"),
        ("openai", "gpt-5", "gpt-5-2031-01-31"),  # a snapshot that no list has yet
        ("anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001"),
        ("anthropic", "claude-haiku-4-5", "claude-haiku-4-5@20251001"),  # Vertex AI
        ("minimax", "minimax-m3", "MiniMax-M3"),
        ("google", "gemini-2.5-pro", "models/gemini-2.5-pro"),
        ("fireworks", "kimi-k2p6", "accounts/fireworks/models/kimi-k2p6"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "anthropic/claude-4.5-sonnet-20250929"),
        ("openrouter", "openai/gpt-5", "openai/gpt-5:nitro"),
        ("xai", "grok-4", "grok-4-0709"),
        ("openrouter", "openai/gpt-5:online", "openai/gpt-5"),  # the variant is left out
        ("together", "deepseek-ai/DeepSeek-R1", "deepseek/deepseek-r1"),
        ("openai", "gpt-5", "openai/gpt-5"),  # a proxy writes the vendor before the name
        ("openai", "gpt-5", "OpenAI/gpt-5-2025-08-07"),
        ("openrouter", "openai/gpt-5", "gpt-5-2025-08-07"),
        ("groq", "openai/gpt-oss-120b", "gpt-oss-120b"),
        ("anthropic", "claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),  # Amazon Bedrock
        ("anthropic", "claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0"),
    ],
)
def test_a_name_of_the_requested_model_is_no_mismatch(provider: str, model: str, served: str, book: PriceBook) -> None:
    assert is_same_model(served, endpoint(provider, model), book)


@all_cases(
    ("provider", "model", "served"),
    [
        ("anthropic", "claude-opus-4-5", "claude-haiku-4-5"),
        ("openai", "gpt-5", "gpt-5-mini"),
        ("openai", "gpt-5", "gpt-5-mini-2025-08-07"),
        ("openai", "gpt-5", "openai/gpt-5-mini"),
        ("groq", "openai/gpt-oss-120b", "openai/gpt-oss-20b"),
        ("anthropic", "claude-opus-4-5", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("openai", "gpt-5-2025-08-07", "gpt-5-2026-03-01"),
        ("google", "gemini-2.5-pro", "gemini-3.8-flash"),
        ("openrouter", "deepseek/deepseek-r1", "anthropic/claude-sonnet-5"),
        ("openrouter", "deepseek/deepseek-r1", "tngtech/deepseek-r1"),  # another vendor's model of that name
        ("openrouter", "openai/gpt-5", "openai/gpt-5:free"),
        ("openrouter", "openai/gpt-5", "openai/gpt-5:online"),
    ],
)
def test_another_model_is_a_mismatch(provider: str, model: str, served: str, book: PriceBook) -> None:
    assert not is_same_model(served, endpoint(provider, model), book)


def test_names_that_an_endpoint_lists_are_its_own(book: PriceBook) -> None:
    deployment = endpoint("azure", "gpt-5", model_id="my-deployment", served_as=("gpt-5-eu",))
    assert is_same_model("gpt-5-2025-08-07", deployment, book)
    assert is_same_model("gpt-5-eu", deployment, book)
    assert not is_same_model("gpt-5-mini", deployment, book)
    assert is_same_model("Qwen/Qwen3-8B", endpoint("vllm", "default", served_as=("*",)), book)


def test_a_response_that_names_no_model_is_no_mismatch(book: PriceBook) -> None:
    assert other_model(answer(USAGE), endpoint("openai", "gpt-5"), book) is None


BOOK = load_book(own=[row(rates("10", "50"), model="big"), row(rates("1", "5"), model="small")])


def cost(served: str | None, model: str = "big") -> Cost | CostUnknown:
    attempt = replace(answer(USAGE), served_model=served)
    return cost_of_attempt(BOOK, endpoint("acme", model), SamplingParams(), attempt)


def test_an_answer_of_another_model_is_billed_at_its_price_and_says_so() -> None:
    asked, instead = cost("big"), cost("small")
    assert isinstance(asked, Cost)
    assert isinstance(instead, Cost)
    # 1000 x 10 + 100 x 50 = 15,000; 1000 x 1 + 100 x 5 = 1,500 per million
    assert (asked.usd, instead.usd) == (Decimal("0.015"), Decimal("0.0015"))
    assert "small answered instead of big: billed at its price" in instead.notes


def test_an_answer_of_a_model_without_a_price_has_no_dollars() -> None:
    found = cost("stranger")
    assert isinstance(found, CostUnknown)
    assert "stranger answered instead of big: no price row of acme/stranger" in found.reason


def test_a_free_ending_has_no_token_price_and_only_while_its_row_is_in_force(book: PriceBook) -> None:
    free = book.price_at("openrouter", "deepseek/deepseek-r1:free", NOON)
    assert not isinstance(free, CostUnknown)
    assert free.rates.prompt == free.rates.completion == 0
    assert isinstance(book.price_at("openrouter", "deepseek/deepseek-r1:free", utc("2024-01-01")), CostUnknown)
    assert isinstance(book.price_at("openai", "gpt-5:free", NOON), CostUnknown)


def gateway_cost(model: str, served: str, *, charge: str | None = None) -> Cost | CostUnknown:
    """The bill of 1000 and 100 tokens through OpenRouter, which states a charge."""
    attempt = replace(answer(USAGE), served_model=served, reported_cost_usd=None if charge is None else Decimal(charge))
    return cost_of_attempt(load_book(), endpoint("openrouter", model), SamplingParams(), attempt)


def test_a_variant_with_a_price_of_its_own_is_not_billed_as_the_plain_model() -> None:
    unpaid = gateway_cost("deepseek/deepseek-r1:free", "deepseek/deepseek-r1", charge="0")
    paid = gateway_cost("deepseek/deepseek-r1:free", "deepseek/deepseek-r1", charge="0.001")
    free = gateway_cost("deepseek/deepseek-r1", "deepseek/deepseek-r1:free", charge="0")
    assert isinstance(unpaid, Cost)
    assert isinstance(paid, Cost)
    assert isinstance(free, Cost)
    assert unpaid.usd == free.usd == 0
    assert paid.usd > 0
    assert paid.notes[0].startswith("deepseek/deepseek-r1 answered instead of deepseek/deepseek-r1:free")
    # a search is charged beside the tokens, whichever of the two names the answer has
    assert isinstance(gateway_cost("openai/gpt-5:online", "openai/gpt-5"), CostUnknown)
    assert isinstance(gateway_cost("openai/gpt-5", "openai/gpt-5:online"), CostUnknown)


@all_cases(("prefix", "is_known"), [("us.", False), ("eu.", False), ("global.", True), ("", True)])
def test_a_regional_profile_of_bedrock_has_no_price_in_the_vendors_row(prefix: str, is_known: bool) -> None:
    attempt = replace(answer(USAGE), served_model=f"{prefix}anthropic.claude-haiku-4-5-20251001-v1:0")
    found = cost_of_attempt(load_book(), endpoint("anthropic", "claude-haiku-4-5"), SamplingParams(), attempt)
    assert isinstance(found, Cost) == is_known
    if isinstance(found, CostUnknown):
        assert f"the region {prefix.rstrip('.')} of Amazon Bedrock" in found.reason
