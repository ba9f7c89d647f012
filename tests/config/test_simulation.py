"""What a person may write about a simulated model, and what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from harness.config.simulation import Simulation
from tests.cases import all_cases


def test_former_name_of_a_truncated_stream_is_still_read() -> None:
    for name in ("truncate_stream", "cut"):
        faults = Simulation.model_validate({"faults": {name: 0.25}}).faults
        assert faults.truncate_stream == 0.25
        assert Simulation.model_validate_json(Simulation(faults=faults).model_dump_json()).faults == faults


def test_accuracy_is_a_number_or_one_for_each_difficulty() -> None:
    by_tier = Simulation.model_validate({"accuracy": {"easy": 1, "medium": 0.5, "hard": 0.25}}).accuracy
    assert not isinstance(by_tier, float)
    assert (by_tier.easy, by_tier.medium, by_tier.hard) == (1.0, 0.5, 0.25)
    assert Simulation.model_validate({"accuracy": 0.8}).accuracy == 0.8


@all_cases(
    ("fields", "said"),
    [
        ({"accuracy": 1.2}, "less than or equal to 1"),
        ({"reasoning_share": 1.0}, "less than 1"),
        ({"tokens_per_s": 0}, "greater than 0"),
        ({"ttft": {"median": 1}}, "Extra inputs are not permitted"),
        ({"dialect": "opnai"}, "'openai'"),
        ({"faults": {"cut": 0.6, "stall": 0.6}}, "sum to 1.2"),
        ({"answer_tokens": {"median": float("inf")}}, "finite"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Simulation.model_validate(fields)
