"""HumanEval+: the 164 functions of HumanEval with about 80 times the tests.

Liu et al. 2023, arXiv 2305.01210. Prompts as in task humaneval. Its tests import numpy. Where the published reference
needs the special rules of the authors' own runner (HumanEval/32), the published test refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import Sample, Source, Task, completion_sample


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One function; the id is the published task_id."""
    return completion_sample(row)


TASK = Task(
    name="humaneval-plus",
    version=1,
    grader="code",
    source=Source(
        title="HumanEval+ in HumanEval's format (github.com/evalplus/humanevalplus_release)",
        licence="Apache-2.0",
        hub_id="evalplus/humanevalplus",
        hub_split="test",
        files=("humanevalplus_originfmt", "HumanEvalPlus-OriginFmt", "humanevalplus", "humanevalplus/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:c2ef73de992303d42a5e957e0df8aad6f39c5b44d4a837d57ac8a7d484d807bc",
    summary="164 Python functions to complete, many tests each",
    max_tokens=16384,
)
