"""BigCodeBench-Hard, instruct: functions that use libraries, tested by unit tests with mocks, files and charts.

Zhuo et al. 2024, arXiv 2406.15877. The published tests replace what the program calls and look at what it writes; here
they do so from a sandbox of their own (grader code, kind `unittests`). Of the 148 problems 127 are asked: the other 21
cannot be graded that way, each for the reason in `grading.code.excluded`, and an answer that cannot be graded should
not be paid for. So an accuracy here is one of 127 problems, not the published one of 148.

The libraries come with the extra `bigcodebench`; without one of them the answers that need it are kept and reported as
ungraded, and `harness regrade` grades them once it is there. Three published solutions lack an import that only the
tests bring, in their own process: `NEEDS_IMPORT`. Their references here have it; answers get nothing added.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from harness.grading.code.excluded import exclusion_reason
from harness.tasks import (
    FUNCTION,
    Sample,
    Source,
    Task,
    before_definition,
    code_block_prompt,
    text_field,
    with_instruction,
)

NEEDS_IMPORT = {
    "37": "import pandas as pd",
    "760": "import datetime",
    "1085": "from string import punctuation",
}
"""What a published solution uses and does not import, by the number in the id."""


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One function; the id is the published task_id."""
    entry_point, start = text_field(row, "entry_point"), text_field(row, "code_prompt")
    target = {
        "kind": "unittests",
        "entry_point": entry_point,
        "setup": before_definition(start, entry_point).strip(),
        "tests": text_field(row, "test").strip(),
        "prelude": "",
    }
    lacking = NEEDS_IMPORT.get(_number(row))
    solution = start + text_field(row, "canonical_solution")
    return Sample(
        id=text_field(row, "task_id"),
        prompt=with_instruction(text_field(row, "instruct_prompt"), FUNCTION),
        target=json.dumps(target, sort_keys=True, ensure_ascii=False),
        reference=code_block_prompt(solution if lacking is None else f"{solution.rstrip()}\n{lacking}"),
    )


def _number(row: Mapping[str, object]) -> str:
    return text_field(row, "task_id").rpartition("/")[2]


TASK = Task(
    name="bigcodebench-hard",
    version=1,
    grader="code",
    source=Source(
        title="BigCodeBench-Hard (github.com/bigcode-project/bigcodebench)",
        licence="Apache-2.0",
        hub_id="bigcode/bigcodebench-hard",
        hub_split="v0.1.4",
        files=("bigcodebench_hard", "bigcodebench-hard", "BigCodeBench-Hard"),
    ),
    to_sample=to_sample,
    keep=lambda row: exclusion_reason("bigcodebench-hard", row["task_id"]) is None,
    content_hash="sha256:5f47527b290150a9741ed812c257cc21dc84370b2a97a1603e888b2d5cd19f3a",
    summary="127 functions with libraries; unit tests with mocks, files and charts",
    max_tokens=16384,
)
