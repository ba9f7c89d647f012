"""core-math: short problems with exact answers in three tiers, written for this harness and shipped with it.

Easy, medium and hard; arithmetic to combinatorics, geometry and a little calculus; answers are whole numbers,
fractions, radicals, pairs, sets and intervals. Every answer is derived a second time by a program in
tests/tasks/core_math_checks.py. It shows that a pipeline works and tells weak models apart; no research benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import MATH, Sample, Source, Task, boxed_reference, text_field, with_instruction


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with its tier as `difficulty` and its topic."""
    answer = text_field(row, "answer")
    return Sample(
        id=text_field(row, "id"),
        prompt=with_instruction(text_field(row, "problem"), MATH),
        target=answer,
        tags={"difficulty": text_field(row, "tier"), "topic": text_field(row, "topic")},
        reference=boxed_reference(answer),
    )


TASK = Task(
    name="core-math",
    version=1,
    grader="math",
    source=Source(title="core-math, written for this harness", licence="Apache-2.0", shipped="core-math.jsonl"),
    to_sample=to_sample,
    content_hash="sha256:999059314a2fb1392123d4711fff07def3ba9db8d90a094d72e148652ced4a42",
    summary="77 problems in three tiers, exact answers",
    max_tokens=4096,
)
