"""Rows of OlymMATH, the same in its four parts: English and Chinese, easy and hard.

Which part a row is of is the task file's business.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.types import Sample
from harness.tasks.prompts import MATH, MATH_ZH, with_instruction
from harness.tasks.rows import boxed_reference, text_field


def olymmath_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem; the instruction is in the problem's language, which the end of its id names."""
    unique_id, target = text_field(row, "unique_id"), text_field(row, "answer").strip("$ ")
    instruction = MATH_ZH if unique_id.endswith("-ZH") else MATH
    return Sample(
        id=unique_id,
        prompt=with_instruction(text_field(row, "problem"), instruction),
        target=target,
        tags={"difficulty": "hard", "subject": text_field(row, "subject")},
        reference=boxed_reference(target),
    )
