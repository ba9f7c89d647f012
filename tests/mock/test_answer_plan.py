"""What the mock decides to answer: length, refusal, truncation."""

from __future__ import annotations

from harness.mock.testing import RunningMock, simulated
from tests.mock.asked_server import THINKER
from tests.mock.asking import ask, body_of, with_mock


def test_half_of_the_tokens_are_reasoning_where_its_share_is_a_half() -> None:
    async def one(mock: RunningMock) -> None:
        await ask(mock.url, body_of())
        [entry] = mock.ledger.entries()
        assert entry.tokens.reasoning == entry.tokens.visible

    with_mock(one, [THINKER])


def test_an_output_limit_cuts_the_answer_and_says_length() -> None:
    async def one(mock: RunningMock) -> None:
        answer = (await ask(mock.url, body_of(stream=False, max_tokens=5))).json()
        choices, usage = answer["choices"], answer["usage"]
        assert isinstance(choices, list)
        assert isinstance(usage, dict)
        assert (choices[0]["finish_reason"], usage["completion_tokens"]) == ("length", 5)

    with_mock(one, [THINKER])


def test_no_answer_is_longer_than_the_model_can_write() -> None:
    async def one(mock: RunningMock) -> int:
        await ask(mock.url, body_of(max_tokens=500))
        return mock.ledger.entries()[0].tokens.completion

    assert with_mock(one, [simulated(answer_tokens={"median": 300}, max_output_tokens=50)]) == 50


def test_a_refusal_and_a_truncation_are_drawn() -> None:
    async def words(mock: RunningMock) -> list[object]:
        found = []
        for name in ("refuses", "cuts"):
            answer = (await ask(mock.url, {**body_of(stream=False), "model": name})).json()
            choices = answer["choices"]
            assert isinstance(choices, list)
            found.append(choices[0]["finish_reason"])
        return found

    models = [simulated("refuses", refuse=1.0), simulated("cuts", truncate=1.0)]
    assert with_mock(words, models) == ["content_filter", "length"]
