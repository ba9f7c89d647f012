"""graded-math: responses of every kind that the math grader must tell apart, right and wrong, for the mocked suite.

A model with accuracy 1 answers each problem with the row's `reference`, whether that is right or not. The verdicts
stand in results/baseline/graded-suite.json.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import Sample, Source, Task, text_field


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with the response to it."""
    tags = row.get("tags") or {}
    assert isinstance(tags, dict)
    return Sample(
        id=text_field(row, "id"),
        prompt=text_field(row, "prompt"),
        target=text_field(row, "answer"),
        reference=text_field(row, "reference"),
        tags=tags,
    )


TASK = Task(
    name="graded-math",
    version=1,
    grader="math",
    source=Source(title="responses written for this project", licence="Apache-2.0", shipped="graded-math.jsonl"),
    to_sample=to_sample,
    content_hash=None,
    summary="responses of every kind that the math grader must tell apart",
    max_tokens=2048,
)
