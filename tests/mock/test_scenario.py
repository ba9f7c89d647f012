"""Draws depend on seed, model, prompt, repeat and attempt, and have the chances that were asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.config.simulation import Simulation
from harness.mock.scenario import DrawKey, DrawnBehavior, accuracy_for, draw
from tests.cases import all_cases

OCCASION = DrawKey(model="m", prompt_digest="d", repeat="0", attempt="0")


def simulation(**fields: object) -> Simulation:
    return Simulation.model_validate(fields)


def draws(simulated: Simulation, count: int) -> list[DrawnBehavior]:
    return [draw(simulated, replace(OCCASION, prompt_digest=str(index)), None) for index in range(count)]


def test_the_same_occasion_gives_the_same_draw() -> None:
    simulated = simulation(refuse=0.3, truncate=0.3, faults={"truncate_stream": 0.5})
    assert draw(simulated, OCCASION, "easy") == draw(simulated, OCCASION, "easy")


@pytest.mark.parametrize("name", ["model", "prompt_digest", "repeat"])
def test_another_model_prompt_or_repeat_draws_anew(name: str) -> None:
    other = replace(OCCASION, **{name: "other"})
    assert draw(simulation(), OCCASION, None).text_seed != draw(simulation(), other, None).text_seed


def test_another_seed_draws_anew() -> None:
    assert draw(simulation(seed=1), OCCASION, None).text_seed != draw(simulation(seed=2), OCCASION, None).text_seed


def test_another_attempt_keeps_the_answer_and_draws_fault_and_latency_anew() -> None:
    simulated = simulation(faults={"rate_limit": 0.5})
    first, second = draw(simulated, OCCASION, None), draw(simulated, replace(OCCASION, attempt="1"), None)
    assert (first.is_correct, first.text_seed, first.answer_tokens) == (
        second.is_correct,
        second.text_seed,
        second.answer_tokens,
    )
    assert first.ttft_s != second.ttft_s
    faults = {draw(simulated, replace(OCCASION, attempt=str(number)), None).fault for number in range(20)}
    assert faults == {None, "rate_limit"}


def test_the_share_of_right_answers_is_the_accuracy() -> None:
    # 2,000 draws at 0.7: standard deviation sqrt(0.7 * 0.3 / 2000) = 0.0102, so 0.04 is almost four of them
    right = sum(drawn.is_correct for drawn in draws(simulation(accuracy=0.7), 2000)) / 2000
    assert abs(right - 0.7) < 0.04


def test_repeats_of_one_prompt_are_independent_draws() -> None:
    simulated = simulation(accuracy=0.5)
    right = [draw(simulated, replace(OCCASION, repeat=str(repeat)), None).is_correct for repeat in range(400)]
    assert 150 < sum(right) < 250  # 200 +- 5 standard deviations of 10


@all_cases(("difficulty", "expected"), [("easy", 0.9), ("medium", 0.5), ("hard", 0.1), (None, 0.5), ("other", 0.5)])
def test_accuracy_goes_by_difficulty(difficulty: str | None, expected: float) -> None:
    simulated = simulation(accuracy={"easy": 0.9, "medium": 0.5, "hard": 0.1})
    assert accuracy_for(simulated, difficulty) == expected


def test_half_of_the_lengths_lie_below_the_median() -> None:
    lengths = [drawn.answer_tokens for drawn in draws(simulation(answer_tokens={"median": 100, "spread": 0.5}), 1000)]
    assert 420 < sum(length < 100 for length in lengths) < 580  # 500 +- 5 standard deviations of 15.8


def test_no_spread_means_always_the_median() -> None:
    assert {drawn.ttft_s for drawn in draws(simulation(ttft_s={"median": 0.25}), 20)} == {0.25}
