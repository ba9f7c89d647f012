"""graded-code: responses that the code grader must tell apart, and programs that meet a limit of the sandbox.

Part of the mocked suite: a model with accuracy 1 answers each problem with the row's `reference`, whether that is right
or not. The verdicts stand in results/baseline/graded-suite.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from harness.tasks import Sample, Source, Task, text_field


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with the response to it."""
    tags = row.get("tags") or {}
    assert isinstance(tags, dict)
    return Sample(
        id=text_field(row, "id"),
        prompt=text_field(row, "prompt"),
        target=json.dumps(row["answer"], ensure_ascii=False, sort_keys=True),
        reference=text_field(row, "reference"),
        tags=tags,
    )


TASK = Task(
    name="graded-code",
    version=1,
    grader="code",
    source=Source(title="responses written for this project", licence="Apache-2.0", shipped="graded-code.jsonl"),
    to_sample=to_sample,
    content_hash=None,
    summary="responses of every kind that the code grader must tell apart",
    max_tokens=2048,
)
