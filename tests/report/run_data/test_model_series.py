"""One model on one task as flat arrays."""

from __future__ import annotations

import pytest

from harness.core.types import SamplingParams
from harness.report.run_data.model_series import settings_text


@pytest.mark.parametrize(
    ("params", "text"),
    [(SamplingParams(), "none"), (SamplingParams(temperature=0.0, max_tokens=5), "temperature=0.0, max_tokens=5")],
)
def test_settings_are_those_that_are_sent(params: SamplingParams, text: str) -> None:
    assert settings_text(params) == text
