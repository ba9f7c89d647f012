"""OlymMATH asks in the language of its part."""

from __future__ import annotations

import pytest

from harness.tasks.olymmath import olymmath_sample


@pytest.mark.parametrize(("part", "is_chinese"), [("EN", False), ("ZH", True)])
def test_the_instruction_is_in_the_problems_language(part: str, is_chinese: bool) -> None:
    row = {"unique_id": f"OlymMATH-EASY-0-{part}", "problem": "?", "answer": " $\\frac{1}{2}$", "subject": "Algebra"}
    sample = olymmath_sample(row, 0)
    assert ("请" in sample.prompt) is is_chinese
    assert "\\boxed{}" in sample.prompt
    assert (sample.id, sample.target) == (row["unique_id"], "\\frac{1}{2}")
    assert sample.tags == {"difficulty": "hard", "subject": "Algebra"}
