"""core-code: small functions to write from a specification, made for this project, in three difficulty tiers.

The rows are in tasks/data/core-code.jsonl (how they came about and are checked: tasks/data/README.md). The target holds
the calls with their expected values as tagged plain data; the grader compares types too, and floats within the case's
`tolerance` where it has one. tests/tasks holds the wrong solutions that the calls must reject.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from harness.tasks import FUNCTION, Sample, Source, Task, text_field, with_instruction


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with its calls. Raises KeyError or ValueError for a row without the fields it needs."""
    cases = row["cases"]
    if not isinstance(cases, list) or not cases:
        raise ValueError(f"field 'cases' of {row.get('id')!r} holds no list of calls")
    target = {"kind": "calls", "entry_point": text_field(row, "entry_point"), "cases": cases}
    return Sample(
        id=text_field(row, "id"),
        prompt=with_instruction(text_field(row, "prompt"), FUNCTION),
        target=json.dumps(target, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        tags={"difficulty": text_field(row, "tier"), "topic": text_field(row, "topic")},
        reference=f"```python\n{text_field(row, 'reference')}```",
    )


TASK = Task(
    name="core-code",
    version=1,
    grader="code",
    source=Source(
        title="core-code, written for this project",
        licence="Apache-2.0",
        shipped="core-code.jsonl",
    ),
    to_sample=to_sample,
    content_hash="sha256:4662e5343f1fc3112c4754a3c0443cbd254c2f9af097317419bdf4e6b25cfb95",
    summary="48 functions to write from a specification, in three difficulty tiers",
    max_tokens=2048,
)
