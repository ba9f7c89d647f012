"""LiveCodeBench, code generation: contest problems with hidden tests, to be solved by a program or a class.

Jain et al. 2024, arXiv 2403.07974. Needs rows with tests, in the fields of the public release: question_id,
question_title, question_content, platform, contest_date, starter_code, difficulty, public_test_cases,
private_test_cases, metadata (docs/adding-a-task.md says what is in them). Files with prompts alone are refused. Public
and private tests both count. Graded by the code grader's rules: all functional tests of a problem share one limit of
CPU time, printed numbers are compared as words, a tuple is no list; the authors' own runner is looser in these.

Nothing is pinned: the set grows by releases, and which one a file holds is the user's choice; the hash is recorded.
No reference solutions are published. The hub id was not tried; it is a loading script, which new versions of the
package `datasets` refuse: then give its files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from harness.tasks import (
    CLASS,
    PROGRAM,
    Sample,
    Source,
    Task,
    cases_target,
    code_block_prompt,
    read_cases,
    text_field,
    with_instruction,
)


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with all its tests. Raises ValueError for a row without tests."""
    hidden = row.get("private_test_cases")
    if not isinstance(hidden, str) or not hidden.strip():
        raise ValueError(
            "this row has no tests: field 'private_test_cases' is missing or empty, so no answer could be graded; "
            f"found {', '.join(sorted(row))}; accepted: rows of the full release, code_generation_lite"
        )
    cases = [*read_cases(text_field(row, "public_test_cases")), *read_cases(hidden)]
    tags = {"difficulty": text_field(row, "difficulty").lower(), "platform": text_field(row, "platform")}
    date = row.get("contest_date")
    if date is not None:
        tags["contest_date"] = str(date)[:10]
    return Sample(
        id=f"lcb-{text_field(row, 'question_id')}",
        prompt=_prompt(text_field(row, "question_content"), text_field(row, "starter_code")),
        target=cases_target(cases, _function(row)),
        tags=tags,
    )


def _prompt(problem: str, starter: str) -> str:
    if not starter.strip():
        return with_instruction(problem, PROGRAM)
    return with_instruction(
        f"{problem.strip()}\n\nComplete this class:\n\n{code_block_prompt(starter.rstrip())}", CLASS
    )


def _function(row: Mapping[str, object]) -> str | None:
    metadata = row.get("metadata")
    named = json.loads(metadata) if isinstance(metadata, str) and metadata.strip() else metadata
    name = named.get("func_name") if isinstance(named, dict) else None
    return name if isinstance(name, str) else None


TASK = Task(
    name="livecodebench",
    version=1,
    grader="code",
    source=Source(
        title="LiveCodeBench code_generation_lite (github.com/LiveCodeBench/LiveCodeBench)",
        licence="problems belong to the contest sites",
        hub_id="livecodebench/code_generation_lite",
        hub_split="test",
        files=("livecodebench", "code_generation_lite", "code_generation_lite/test6", "livecodebench_v5_prompts"),
    ),
    to_sample=to_sample,
    content_hash=None,
    summary="contest problems with hidden tests, from a file that has them",
    max_tokens=65536,
)
