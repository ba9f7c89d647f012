"""Why a bill exceeds the most that its request could cost."""

from __future__ import annotations

from harness.core.types import Usage
from harness.pricing.overrun import overrun_cause
from tests.cases import all_cases
from tests.pricing.prices import answer


@all_cases(
    ("usage", "instead", "said"),
    [
        (Usage(prompt_tokens=20, completion_tokens=900), None, "900 output tokens, above the limit of 400"),
        (Usage(prompt_tokens=5000, completion_tokens=9), None, "5,000 prompt tokens for a prompt of 50 bytes"),
        (Usage(prompt_tokens=20, completion_tokens=9), "gpt-6-pro", "gpt-6-pro answered, at its own price"),
        (Usage(prompt_tokens=20, completion_tokens=9), None, "rates or fees above those of the price row"),
        (None, None, "rates or fees above those of the price row"),
    ],
)
def test_the_likeliest_cause_is_named(usage: Usage | None, instead: str | None, said: str) -> None:
    assert said in overrun_cause(answer(usage), prompt_bytes=50, max_tokens=400, instead=instead)
