"""Attempts and calls: which failures cost nothing, which are unknown, and how attempts add up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.clock import utc
from harness.core.prices import Cost, CostUnknown, Tier
from harness.core.types import Attempt, Call, Endpoint, FailureKind, FinishReason, SamplingParams, Usage
from harness.pricing.attempts import attempt_cost, call_cost, cost_of_attempt, sum_costs
from harness.pricing.book import load_book
from tests.cases import all_cases
from tests.pricing.prices import NOON, answer, failure, rates, row

D = Decimal
PRICE = row(rates("1", "10"))
USAGE = Usage(prompt_tokens=100, completion_tokens=10, cached_tokens=0)  # 100 x 1 + 10 x 10 = $0.0002


def _endpoint(name: str = "acme/thing", *traits: str) -> Endpoint:
    provider, _, model = name.partition("/")
    return Endpoint(
        label=name,
        provider=provider,
        model=model,
        model_id=model,
        base_url="http://none.invalid",
        dialect="openai",
        traits=frozenset(traits),
    )


def _call(*attempts: Attempt, name: str = "acme/thing", thinking: bool | None = None) -> Call:
    return Call(
        key="k",
        label=name,
        name=name,
        task="t",
        task_version=1,
        grader="g",
        sample_id="s",
        repeat=0,
        params=SamplingParams(thinking=thinking),
        attempts=attempts,
    )


@all_cases(
    ("kind", "status", "partial_text", "total_s", "is_free"),
    [
        (FailureKind.DNS, None, "", 1.0, True),
        (FailureKind.CONNECTION_FAILED, None, "", 1.0, True),
        (FailureKind.TLS, None, "", 1.0, True),
        (FailureKind.CONNECT_TIMEOUT, None, "", 15.0, True),
        (FailureKind.STALE_CONNECTION, None, "", 1.0, True),
        (FailureKind.RATE_LIMITED, 429, "", 1.0, True),
        (FailureKind.RATE_LIMITED, 200, "", 1.0, True),  # MiniMax says it under HTTP 200
        (FailureKind.RATE_LIMITED, 200, "The ans", 1.0, False),  # inside a stream that had begun
        (FailureKind.OVERLOADED, 529, "", 1.0, True),
        (FailureKind.OVERLOADED, 504, "", 900.0, False),
        (FailureKind.OVERLOADED, 200, "", 1.0, False),  # inside a stream that may have hidden its thinking
        (FailureKind.PAYMENT_REQUIRED, 402, "", 1.0, True),
        (FailureKind.QUOTA_EXHAUSTED, 429, "", 1.0, True),
        (FailureKind.UNAUTHORIZED, 401, "", 1.0, True),
        (FailureKind.NOT_FOUND, 404, "", 1.0, True),
        (FailureKind.BAD_REQUEST, 400, "", 1.0, True),
        (FailureKind.CONTEXT_LENGTH_EXCEEDED, 413, "", 1.0, True),
        (FailureKind.REDIRECTED, 302, "", 1.0, True),
        (FailureKind.CONTENT_FILTERED, 400, "", 1.0, True),
        (FailureKind.CONTENT_FILTERED, 200, "", 1.0, False),
        (FailureKind.SERVER_ERROR, 500, "", 2.0, True),
        (FailureKind.SERVER_ERROR, 500, "", 300.0, False),  # DashScope's RequestTimeOut
        (FailureKind.SERVER_ERROR, 502, "", 2.0, True),
        (FailureKind.SERVER_ERROR, 504, "", 2.0, False),
        (FailureKind.SERVER_ERROR, 200, "", 2.0, False),
        (FailureKind.SERVER_ERROR, 500, "The ans", 2.0, False),
        (FailureKind.CONNECTION_LOST, 200, "", 1.0, False),
        (FailureKind.FIRST_BYTE_TIMEOUT, None, "", 600.0, False),
        (FailureKind.READ_TIMEOUT, 200, "The", 180.0, False),
        (FailureKind.TOTAL_TIMEOUT, 200, "The", 3600.0, False),
        (FailureKind.EMPTY_RESPONSE, 200, "", 1.0, False),
        (FailureKind.STREAM_TRUNCATED, 200, "The", 1.0, False),
        (FailureKind.MALFORMED_RESPONSE, 200, "", 1.0, False),
        (FailureKind.INTERRUPTED, 200, "The", 1.0, False),
        (FailureKind.HARNESS_BUG, None, "", 1.0, False),
    ],
)
def test_failure_without_usage_is_free_only_where_the_model_cannot_have_worked(
    kind: FailureKind,
    status: int | None,
    partial_text: str,
    total_s: float,
    is_free: bool,
) -> None:
    cost = attempt_cost(failure(kind, status=status, partial_text=partial_text, total_s=total_s), PRICE)
    assert isinstance(cost, Cost) is is_free
    if isinstance(cost, Cost):
        assert (cost.usd, cost.lines, cost.notes) == (D(0), (), (f"not billed: {kind.value}",))
    else:
        assert kind.value in cost.reason


def test_failure_after_reasoning_alone_is_unknown() -> None:
    broken = failure(FailureKind.RATE_LIMITED, status=200)
    after_reasoning = replace(broken, timing=replace(broken.timing, text_chunks=3))
    assert isinstance(attempt_cost(after_reasoning, PRICE), CostUnknown)


def test_a_request_of_a_batch_is_billed_only_where_it_was_answered() -> None:
    for kind, status in ((FailureKind.SERVER_ERROR, 500), (FailureKind.NOT_PROCESSED, None)):
        refused = replace(failure(kind, status=status), service_tier="batch")
        cost = attempt_cost(refused, PRICE)
        assert isinstance(cost, Cost)
        assert cost.usd == 0
    broken_answer = replace(failure(FailureKind.SERVER_ERROR, status=200), service_tier="batch")
    assert isinstance(attempt_cost(broken_answer, PRICE), CostUnknown)
    without_result = failure(FailureKind.EMPTY_RESPONSE)
    assert isinstance(attempt_cost(without_result, PRICE), CostUnknown)


@all_cases("kind", list(FailureKind))
def test_failure_that_was_never_sent_is_free_whatever_its_kind(kind: FailureKind) -> None:
    cost = attempt_cost(failure(kind, was_sent=False), CostUnknown(reason="no row"))
    assert isinstance(cost, Cost)
    assert cost.usd == 0


@all_cases("kind", list(FailureKind))
def test_failure_with_usage_is_billed_whatever_its_kind(kind: FailureKind) -> None:
    cost = attempt_cost(failure(kind, usage=USAGE), PRICE)
    assert isinstance(cost, Cost)
    assert cost.usd == D("0.0002")


def test_reply_decides_service_tier_before_the_request() -> None:
    price = row(rates("1", "10"), service_tiers={"flex": rates("0.5", "5"), "priority": rates("2", "20")})
    flex = attempt_cost(answer(USAGE, service_tier="flex"), price, service_tier="priority")
    asked = attempt_cost(answer(USAGE), price, service_tier="priority")
    assert isinstance(flex, Cost)
    assert isinstance(asked, Cost)
    assert (flex.usd, asked.usd) == (D("0.0001"), D("0.0004"))


def test_reasoning_text_is_proof_of_thinking() -> None:
    price = row(rates("1", "1", thinking="4"))
    usage = Usage(prompt_tokens=0, completion_tokens=10, cached_tokens=0)
    thought = attempt_cost(answer(usage, reasoning="hm"), price, is_thinking=False)
    plain = attempt_cost(answer(usage), price, is_thinking=False)
    assert isinstance(thought, Cost)
    assert isinstance(plain, Cost)
    assert (thought.usd, plain.usd) == (D("0.00004"), D("0.00001"))


def test_spent_sums_all_attempts_and_accepted_is_the_last() -> None:
    book = load_book(own=[PRICE])
    call = _call(
        failure(FailureKind.RATE_LIMITED, status=429), failure(FailureKind.STREAM_TRUNCATED, usage=USAGE), answer(USAGE)
    )
    spent, accepted = call_cost(call, book, _endpoint())
    assert isinstance(spent, Cost)
    assert isinstance(accepted, Cost)
    assert (spent.usd, accepted.usd) == (D("0.0004"), D("0.0002"))
    assert sum((line.usd for line in spent.lines), D(0)) == spent.usd
    assert spent.price_id == "acme/thing@2025-01-01"


def test_one_unknown_attempt_makes_the_spending_unknown_and_keeps_the_known_part() -> None:
    book = load_book(own=[PRICE])
    spent, accepted = call_cost(
        _call(failure(FailureKind.STREAM_TRUNCATED, partial_text="The"), answer(USAGE)), book, _endpoint()
    )
    assert isinstance(spent, CostUnknown)
    assert "may have billed" in spent.reason
    assert spent.known_usd == D("0.0002")
    assert isinstance(accepted, Cost)


def test_failed_job_has_no_accepted_cost() -> None:
    spent, accepted = call_cost(
        _call(failure(FailureKind.UNAUTHORIZED, status=401)), load_book(own=[PRICE]), _endpoint()
    )
    assert isinstance(spent, Cost)
    assert spent.usd == 0
    assert accepted is None


def test_each_attempt_is_billed_at_the_price_of_its_own_start() -> None:
    cheap = row(rates("1", "10"), start="2025-01-01", end="2025-11-15T12:00Z")
    costly = row(rates("2", "20"), start="2025-11-15T12:00Z")
    call = _call(answer(USAGE, at=utc("2025-11-15T11:59:59Z")), answer(USAGE, at=utc("2025-11-15T12:00Z")))
    spent, accepted = call_cost(call, load_book(own=[cheap, costly]), _endpoint())
    assert isinstance(spent, Cost)
    assert isinstance(accepted, Cost)
    # two answers are two turns of a conversation: what counts cost both, 0.0002 and 0.0004
    assert (spent.usd, accepted.usd) == (D("0.0006"), D("0.0006"))
    assert spent.price_id == "acme/thing@2025-01-01 + acme/thing@2025-11-15T12:00Z"


def test_the_endpoints_word_on_reasoning_decides_whatever_the_call_asked_for() -> None:
    book = load_book(own=[row(rates("0", "1", thinking="4"))])
    usage = Usage(prompt_tokens=0, completion_tokens=10, cached_tokens=0)
    on, _ = call_cost(_call(answer(usage), thinking=False), book, _endpoint("acme/thing", "always_thinks"))
    off, _ = call_cost(_call(answer(usage), thinking=True), book, _endpoint("acme/thing", "never_thinks"))
    assert isinstance(on, Cost)
    assert isinstance(off, Cost)
    assert (on.usd, off.usd) == (D("0.00004"), D("0.00001"))


def test_gateway_model_keeps_the_slashes_of_its_name() -> None:
    spent, _ = call_cost(
        _call(answer(USAGE), name="openrouter/openai/gpt-5"), load_book(), _endpoint("openrouter/openai/gpt-5")
    )
    assert isinstance(spent, Cost)
    # (100 x 1.25 + 10 x 10) x 1.055 = 225 x 1.055
    assert spent.usd == D("0.000237375")


def test_sum_of_nothing_is_zero_and_of_two_currencies_is_in_dollars() -> None:
    yuan = attempt_cost(answer(USAGE), row(rates("7", "70"), currency="CNY", per_usd="7"))
    dollars = attempt_cost(answer(USAGE), PRICE)
    both, nothing = sum_costs([yuan, dollars]), sum_costs([])
    assert isinstance(both, Cost)
    assert isinstance(nothing, Cost)
    assert (both.currency, both.usd, both.amount) == ("USD", D("0.0004"), D("0.0004"))
    assert (nothing.usd, nothing.lines) == (D(0), ())


def test_yuan_alone_stay_yuan_in_the_sum() -> None:
    yuan = attempt_cost(answer(USAGE, at=NOON), row(rates("7", "70"), currency="CNY", per_usd="7"))
    both = sum_costs([yuan, yuan])
    assert isinstance(both, Cost)
    assert (both.currency, both.amount, both.usd) == ("CNY", D("0.0028"), D("0.0004"))


REFUSED = Usage(prompt_tokens=412, completion_tokens=0, cached_tokens=0)


def test_a_refusal_before_any_output_follows_the_published_rule() -> None:
    refusal = replace(answer(REFUSED), text="", finish_reason=FinishReason.REFUSED)
    rule = replace(PRICE, refusals_unbilled="Acme, page on refusals")
    unbilled, unsaid = attempt_cost(refusal, rule), attempt_cost(refusal, PRICE)
    assert isinstance(unbilled, Cost)
    assert isinstance(unsaid, Cost)
    assert (unbilled.usd, unbilled.is_upper_bound) == (D(0), False)
    assert "Acme, page on refusals" in unbilled.notes[0]
    assert (unsaid.usd, unsaid.is_upper_bound) == (D("0.000412"), True)  # 412 x 1 per million


def test_an_answer_that_another_replaced_costs_what_it_cost_as_an_answer() -> None:
    """Its reasoning text is proof of thinking, which the failure's own fields do not show."""
    book = load_book(own=[row(rates("0", "1", thinking="4"))])
    replaced = answer(USAGE, reasoning="hm")
    twice = replace(failure(FailureKind.ANSWERED_TWICE, usage=USAGE), completion=replaced)
    costs = [cost_of_attempt(book, _endpoint(), SamplingParams(), one) for one in (replaced, twice)]
    assert [cost.usd for cost in costs if isinstance(cost, Cost)] == [D(10) * 4 / 10**6] * 2


def test_a_refusal_after_some_output_is_billed() -> None:
    refusal = replace(answer(replace(REFUSED, completion_tokens=3)), text="I can", finish_reason=FinishReason.REFUSED)
    cost = attempt_cost(refusal, replace(PRICE, refusals_unbilled="Acme, page on refusals"))
    assert isinstance(cost, Cost)
    assert cost.usd == D("0.000442")  # 412 x 1 + 3 x 10 per million


def test_a_failure_is_billed_at_the_price_of_the_model_that_answered() -> None:
    small = row(rates("0.1", "1"), model="small")
    broken = replace(failure(FailureKind.STREAM_TRUNCATED, usage=USAGE), served_model="small")
    spent, _ = call_cost(_call(broken), load_book(own=[PRICE, small]), _endpoint())
    assert isinstance(spent, Cost)
    assert spent.usd == D("0.00002")  # a tenth of the requested model's


@pytest.mark.parametrize(
    ("request_id", "prompt_tokens", "is_upper_bound"),
    [(None, 200_001, True), (None, 200_000, False), ("chatcmpl-1", 200_001, False)],
)
def test_a_length_tier_of_imported_tokens_is_an_upper_bound_where_they_may_be_of_several_requests(
    request_id: str | None, prompt_tokens: int, is_upper_bound: bool
) -> None:
    usage = Usage(prompt_tokens=prompt_tokens, completion_tokens=0, cached_tokens=0)
    price = row(rates("3", "15"), tiers=(Tier(above_prompt_tokens=200_000, rates=rates("6", "22")),))
    imported = replace(_endpoint(), imported=True)
    attempt = replace(answer(usage), request_id=request_id)
    cost = cost_of_attempt(load_book(own=[price]), imported, SamplingParams(), attempt)
    assert isinstance(cost, Cost)
    # 6 or 3 per million
    assert cost.usd == D(prompt_tokens) * (6 if prompt_tokens > 200_000 else 3) / 10**6
    assert cost.is_upper_bound is is_upper_bound
    assert any("several requests" in note for note in cost.notes) is is_upper_bound
