"""tool-calls: 100 prompts with tools, written for this project, that show whether a host serves a model well.

Types, enums, nested objects, arrays, optional arguments, the choice among several tools, prompts that need no tool,
several calls at once, units and dates; 21 are in Chinese. The prompts are easy for a capable model on purpose: what
differs between two hosts of the same weights is then the host. How a row is written: tasks/data/README.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from harness.tasks import Sample, Source, Task, text_field, tools_field


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One prompt with its tools; the target holds the calls, the reference the answer where no tool is needed."""
    calls = row["calls"]
    if not isinstance(calls, list):
        raise ValueError(f"field 'calls' of {row.get('id')!r} holds no list of calls")
    return Sample(
        id=text_field(row, "id"),
        prompt=text_field(row, "prompt"),
        target=json.dumps({"calls": calls}, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        tags={name: text_field(row, field) for name, field in TAGS.items()},
        reference=None if calls else text_field(row, "reply"),
        tools=tools_field(row, "tools"),
    )


TAGS = {"difficulty": "tier", "category": "category", "language": "language"}

TASK = Task(
    name="tool-calls",
    version=1,
    grader="tool_calls",
    source=Source(title="tool-calls, written for this project", licence="Apache-2.0", shipped="tool-calls.jsonl"),
    to_sample=to_sample,
    content_hash="sha256:f690748385cd34f5d96a596ba17502df8c0a1aa1dc844d3fea216ed3e6a50763",
    summary="100 prompts with tools: valid JSON, right tool, right arguments, stop reason",
    max_tokens=4096,
)
