"""MATH-500: 500 competition problems in LaTeX, the held-out part of MATH that Lightman et al. 2023 chose.

Hendrycks et al. 2021, arXiv 2103.03874; Lightman et al. 2023, arXiv 2305.20050. The id is the published unique_id.
`difficulty` follows the published level: 1 and 2 easy, 3 medium, 4 and 5 hard; the level itself stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import (
    MATH,
    Sample,
    Source,
    Task,
    boxed_reference,
    difficulty_of_level,
    number_text,
    text_field,
    with_instruction,
)


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with its published answer."""
    level, target = number_text(row, "level"), text_field(row, "answer").strip()
    return Sample(
        id=text_field(row, "unique_id").removeprefix("test/").removesuffix(".json"),
        prompt=with_instruction(text_field(row, "problem"), MATH),
        target=target,
        tags={"difficulty": difficulty_of_level(level), "level": level, "subject": text_field(row, "subject")},
        reference=boxed_reference(target),
    )


TASK = Task(
    name="math-500",
    version=1,
    grader="math",
    source=Source(
        title="MATH-500 (github.com/openai/prm800k, of MATH by Hendrycks et al.)",
        licence="MIT",
        hub_id="HuggingFaceH4/MATH-500",
        hub_split="test",
        files=("math500", "math_500", "MATH-500/test", "math500/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:8cb579406fb01af91a907d245edb8f6a770712ad7cf3579c52366f05947416fa",
    summary="500 competition problems, five levels",
    max_tokens=32768,
)
