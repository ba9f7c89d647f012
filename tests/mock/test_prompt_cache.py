"""The prompt caches of the mock: what is read, from which length on, for how long, and what marks do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.config.simulation import PromptCache
from harness.mock.answer_plan import AnswerRequest, plan_answer
from harness.mock.faults import USUAL
from harness.mock.formats.known import FORMATS
from harness.mock.prompt_cache import CacheUse, PromptCaches
from harness.mock.scenario import DrawKey, draw
from harness.mock.testing import RunningMock, simulated
from harness.mock.tokens import prompt_tokens
from tests.cases import all_cases
from tests.mock.asking import ask, body_of, with_mock

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
OCCASION = DrawKey(model="m", prompt_digest="d", repeat="0", attempt="0")
RULES = PromptCache(min_tokens=8, unit_tokens=4, ttl_s=10.0)
LONG = "aaaabbbbccccddddeeeeffffgggghhhh"  # 8 tokens of four letters; with the message's own 4: 12


def used(caches: PromptCaches, text: str, *, now: float = 0.0, rules: PromptCache = RULES) -> CacheUse:
    found = caches.look_up("m", rules, [text], {}, now=now)
    caches.keep("m", found, now=now)
    return found


def test_the_longest_beginning_that_was_seen_is_read_in_whole_units() -> None:
    caches = PromptCaches()
    assert used(caches, LONG).read == 0
    assert used(caches, LONG).read == 12
    assert used(caches, LONG[:20] + "xxxx").read == 8  # 4 + 5 tokens are the same: two units of 4
    assert used(caches, "xxxx" + LONG).read == 0


def test_beginnings_below_the_minimum_are_not_held() -> None:
    caches = PromptCaches()
    assert (used(caches, "aaaabbbb").read, used(caches, "aaaabbbb").read) == (0, 0)  # 4 + 2 tokens


def test_a_beginning_lives_as_long_as_it_is_used() -> None:
    caches = PromptCaches()
    reads = [used(caches, LONG, now=now).read for now in (0.0, 9.0, 18.0, 29.0)]
    assert reads == [0, 12, 12, 0]  # 11 seconds after its last use it is gone


def test_models_have_caches_of_their_own() -> None:
    caches = PromptCaches()
    used(caches, LONG)
    assert caches.look_up("other", RULES, [LONG], {}, now=0.0).read == 0


def test_with_marks_only_what_stands_before_one_is_held() -> None:
    rules = PromptCache(min_tokens=8, needs_mark=True, bills_writes=True)
    mark = {"cache_control": {"type": "ephemeral"}}
    parts = [{"type": "text", "text": LONG[:24], **mark}, {"type": "text", "text": LONG[24:]}]
    marked = {"messages": [{"role": "user", "content": parts}]}
    caches = PromptCaches()
    first = caches.look_up("m", rules, [LONG], marked, now=0.0)
    caches.keep("m", first, now=0.0)
    second = caches.look_up("m", rules, [LONG], marked, now=1.0)
    assert (first.read, first.written) == (0, 10)  # 4 and 6 tokens stand before the mark
    assert (second.read, second.written) == (10, 0)
    assert caches.look_up("m", rules, [LONG], {"messages": [{"content": LONG}]}, now=1.0) == CacheUse()


@all_cases("dialect", ["generic", "deepseek", "moonshot", "together", "anthropic_messages", "openrouter"])
def test_a_second_prompt_is_answered_sooner_and_billed_as_cached(dialect: str) -> None:
    rules = {"min_tokens": 4, "unit_tokens": 1}
    model = simulated(dialect=dialect, prompt_cache=rules, answer_tokens={"median": 5})
    path = {"anthropic_messages": "/v1/messages"}.get(dialect, "/v1/chat/completions")

    async def tokens(mock: RunningMock) -> list[tuple[int, int]]:
        for _ in range(2):
            await ask(mock.url, body_of(max_tokens=50), path=path)
        return [(entry.tokens.prompt, entry.tokens.cached) for entry in mock.ledger.entries()]

    first, second = with_mock(tokens, [model])
    assert first == (first[0], 0)
    assert second == (first[0], first[0])


def test_a_cached_prompt_has_its_first_token_sooner() -> None:
    sample_tokens = prompt_tokens([LONG])
    asked = AnswerRequest(
        body={"max_tokens": 5}, texts=(LONG,), occasion=OCCASION, sample=None, at=NOON, cache=CacheUse(read=6)
    )
    model = simulated(prompt_cache={"ttft_saved": 0.8})
    drawn = draw(model.simulation, OCCASION, None)
    plan = plan_answer(asked, model, FORMATS["generic"], drawn, USUAL)
    assert sample_tokens == 12
    assert plan.ttft_s == pytest.approx(drawn.ttft_s * 0.6)  # half of the prompt is cached: half of the 80% is saved
