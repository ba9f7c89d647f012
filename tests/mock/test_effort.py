"""The effort of a request is found in each provider's field, and changes what the model does."""

from __future__ import annotations

import pytest

from harness.core.labels import Effort
from harness.mock.effort import effort_of
from harness.mock.testing import RunningMock, simulated
from tests.cases import all_cases
from tests.mock.asking import ask, body_of, with_mock


@all_cases(
    ("body", "effort"),
    [
        ({"reasoning_effort": "minimal"}, Effort.MINIMAL),
        ({"reasoning": {"effort": "high"}}, Effort.HIGH),
        ({"output_config": {"effort": "low"}}, Effort.LOW),
        ({"chat_template_kwargs": {"reasoning_effort": "medium"}}, Effort.MEDIUM),
        ({"thinking": {"budget_tokens": 1024}}, Effort.LOW),
        ({"thinking_budget": 8192}, Effort.MEDIUM),
        ({"reasoning": {"max_tokens": 24576}}, Effort.HIGH),
        ({"reasoning_effort": "default"}, None),
        ({}, None),
    ],
)
def test_an_effort_is_read_from_every_providers_field(body: dict[str, object], effort: Effort | None) -> None:
    assert effort_of(body) is effort


def test_a_level_changes_the_tokens_and_one_without_an_entry_changes_nothing() -> None:
    levels = {"low": {"reasoning_share": 0.5}, "none": {"reasoning_share": 0.0}}
    model = simulated(answer_tokens={"median": 60}, reasoning_share=0.75, by_effort=levels)

    async def reasoning(mock: RunningMock) -> list[float]:
        for effort in ("low", "high", "none"):
            await ask(mock.url, body_of(reasoning_effort=effort))
        await ask(mock.url, body_of())
        return [one.tokens.reasoning / one.tokens.visible for one in mock.ledger.entries()]

    # a share of 0.5 is as much reasoning as answer, 0.75 three times as much (each rounded to whole tokens)
    assert with_mock(reasoning, [model]) == pytest.approx([1, 3, 0, 3], abs=0.02)
