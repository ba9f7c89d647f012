"""Bills made from those of alike attempts are those that the rule itself makes, to the last digit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from harness.core.prices import Cost, CostUnknown, Rates, Tier
from harness.core.types import Completion, Endpoint, Failure, FailureKind, FinishReason, SamplingParams, Timing, Usage
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import load_book
from harness.pricing.repeated import RepeatedBills
from harness.pricing.served import other_model
from tests.pricing.test_properties import any_usages, consistent_usages

AT = datetime(2026, 11, 20, 12, 30, 17, 5, tzinfo=UTC)
BOOK = load_book()
NAMES = sorted(BOOK.models())
SETTINGS = SamplingParams(max_tokens=100)


def endpoint(name: str) -> Endpoint:
    provider, _, model = name.partition("/")
    return Endpoint(
        label=name, provider=provider, model=model, model_id=model, base_url="https://example.com/v1", dialect="openai"
    )


@dataclass(slots=True)
class Parts:
    """The parts of an attempt that `RepeatedBills` looks at, as a log line has them."""

    attempt: Completion | Failure
    values: dict[str, object] = field(init=False)

    def __post_init__(self) -> None:
        self.values = {name: getattr(self.attempt, name, None) for name in ("kind", "finish_reason")}

    def __getattr__(self, name: str) -> object:
        value = self.values.get(name) if name in self.values else getattr(self.attempt, name, None)
        return value.value if isinstance(value, FailureKind | FinishReason) else value


def bills_of(attempts: list[Completion | Failure], name: str, bills: RepeatedBills) -> list[Cost | CostUnknown]:
    found = []
    for attempt in attempts:
        form, counts = bills.bill(endpoint(name), "settings", Parts(attempt), lambda one=attempt: (SETTINGS, one))  # type: ignore[arg-type, misc]
        cost = form.cost(counts)
        assert form.other_model == other_model(attempt, endpoint(name), bills.book)
        assert str(form.usd(counts)) == (str(cost.usd) if isinstance(cost, Cost) else "None")
        assert dollars(bills.total(endpoint(name), SETTINGS, attempt)) == dollars(cost)
        found.append(cost)
    return found


def dollars(cost: Cost | CostUnknown) -> object:
    """What a run needs of a bill, with every digit."""
    if isinstance(cost, CostUnknown):
        return cost.reason, str(cost.known_usd)
    return str(cost.usd), cost.price_id, cost.is_upper_bound


def by_the_rule(attempts: list[Completion | Failure], name: str, bills: RepeatedBills) -> list[Cost | CostUnknown]:
    return [cost_of_attempt(bills.book, endpoint(name), SETTINGS, attempt) for attempt in attempts]


def same(found: list[Cost | CostUnknown], expected: list[Cost | CostUnknown]) -> bool:
    """With every digit and zero: Decimals that differ in zeros are equal and print differently."""
    return str(found) == str(expected)


def completion(usage: Usage | None, **changes: object) -> Completion:
    timing = Timing(started_at=AT, total_s=1.0, text_chunks=3)
    plain = Completion(text="42", reasoning="", finish_reason=FinishReason.STOP, timing=timing, usage=usage)
    return replace(plain, **changes)  # type: ignore[arg-type]


tokens = st.integers(0, 300_000)
tiers = st.sampled_from([None, "default", "flex", "priority", "batch"])


@given(st.sampled_from(NAMES), st.lists(st.one_of(consistent_usages(), any_usages()), min_size=1, max_size=8), tiers)
def test_answers_of_any_shipped_row_cost_what_the_rule_says(name: str, usages: list[Usage], tier: str | None) -> None:
    bills = RepeatedBills(BOOK)
    attempts: list[Completion | Failure] = [completion(usage, service_tier=tier) for usage in usages]
    assert same(bills_of(attempts, name, bills), by_the_rule(attempts, name, bills))


@given(
    st.lists(st.tuples(tokens, tokens, st.booleans(), st.booleans()), min_size=2, max_size=12),
    st.decimals(0, 100, places=4),
    st.sampled_from([Decimal(0), Decimal("0.055")]),
    st.sampled_from([Decimal(0), Decimal("0.0005")]),
)
def test_many_answers_at_a_row_with_tiers_and_fees_cost_what_the_rule_says(
    counts: list[tuple[int, int, bool, bool]], rate: Decimal, fee_share: Decimal, request_fee: Decimal
) -> None:
    rates = Rates(prompt=rate, completion=rate * 4, cached=rate / 10)
    long = Tier(above_prompt_tokens=100_000, rates=Rates(prompt=rate * 2, completion=rate * 8))
    row = replace(
        next(BOOK.all_rows()),
        provider="acme",
        model="one",
        currency="USD",
        exchange=None,
        rates=rates,
        tiers=(long,),
        windows=(),
        fee_share=fee_share,
        request_fee=request_fee,
        cache_from_tokens=1024,
        effective_from=AT.replace(hour=0, minute=0, second=0, microsecond=0),
        effective_to=None,
    )
    bills = RepeatedBills(load_book(own=[row]))
    attempts: list[Completion | Failure] = [
        completion(
            Usage(
                prompt_tokens=prompt,
                completion_tokens=output,
                cached_tokens=prompt // 3 if has_cached else None,
                reasoning_tokens=output // 2 if has_reasoning else None,
            )
        )
        for prompt, output, has_cached, has_reasoning in counts
    ]
    assert same(bills_of(attempts, "acme/one", bills), by_the_rule(attempts, "acme/one", bills))


def test_failures_without_usage_cost_what_the_rule_says() -> None:
    bills = RepeatedBills(BOOK)
    timings = [
        Timing(started_at=AT, total_s=seconds, text_chunks=chunks) for seconds in (1.0, 90.0) for chunks in (0, 2)
    ]
    attempts: list[Completion | Failure] = [
        Failure(kind=kind, message="", is_retryable=True, timing=timing, http_status=status, was_sent=was_sent)
        for kind in FailureKind
        for timing in timings
        for status in (None, 200, 429, 500, 504)
        for was_sent in (True, False)
    ]
    assert same(bills_of(attempts, "openai/gpt-5", bills), by_the_rule(attempts, "openai/gpt-5", bills))


def test_a_row_that_begins_within_a_minute_is_not_taken_for_the_minute() -> None:
    shipped = next(row for row in BOOK.all_rows() if row.currency == "USD")
    start = AT.replace(second=30, microsecond=0)
    old = replace(shipped, provider="acme", model="one", effective_from=start - timedelta(days=1), effective_to=start)
    new = replace(old, rates=Rates(prompt=Decimal(7), completion=Decimal(9)), effective_from=start, effective_to=None)
    bills = RepeatedBills(load_book(own=[old, new]))
    usage = Usage(prompt_tokens=1000, completion_tokens=10)
    attempts: list[Completion | Failure] = [
        completion(usage, timing=Timing(started_at=start + timedelta(seconds=second), total_s=1.0))
        for second in (-1, 0, 1)
    ]
    found = bills_of(attempts, "acme/one", bills)
    assert same(found, by_the_rule(attempts, "acme/one", bills))
    # 1000 x $7 + 10 x $9 per million
    assert [isinstance(one, Cost) and one.usd == Decimal("0.00709") for one in found] == [False, True, True]


def test_answers_alike_but_for_their_counts_ask_the_rule_once() -> None:
    asked: list[int] = []
    bills = RepeatedBills(BOOK)
    for number in range(50):
        attempt = completion(Usage(prompt_tokens=100 + number, completion_tokens=7, reasoning_tokens=0))

        def decoded(one: Completion = attempt) -> tuple[SamplingParams, Completion]:
            asked.append(1)
            return SETTINGS, one

        bills.bill(endpoint("openai/gpt-5"), "settings", Parts(attempt), decoded)  # type: ignore[arg-type]
    assert len(asked) == 2  # once for the row, once for the bill
