"""MATH-Perturb-Hard: 279 MATH problems of level 5, changed so that the known way of solving them no longer works.

Huang et al. 2025, arXiv 2502.06453. The id is the published problem_id. Only from a data folder.
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
    level, target = text_field(row, "level").removeprefix("Level "), number_text(row, "answer").strip("$ ")
    return Sample(
        id=f"math-perturb-hard-{row['problem_id']}",
        prompt=with_instruction(text_field(row, "problem"), MATH),
        target=target,
        tags={"difficulty": difficulty_of_level(level), "level": level, "subject": text_field(row, "type")},
        reference=boxed_reference(target),
    )


TASK = Task(
    name="math-perturb",
    version=1,
    grader="math",
    source=Source(
        title="MATH-Perturb-Hard (github.com/Kaffaljidhmah2/MATH-Perturb)",
        licence="Apache-2.0",
        files=("math_perturb_hard", "math_perturb"),
    ),
    to_sample=to_sample,
    content_hash="sha256:40c453fa5fa475dc03b1a301e44a6c19ee25b33ec60b85d70ee188c1d801ff50",
    summary="279 MATH problems of level 5, changed in substance",
    max_tokens=65536,
)
