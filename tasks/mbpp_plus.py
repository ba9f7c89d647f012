"""MBPP+: 378 problems of the sanitized MBPP with about 35 times the tests.

Liu et al. 2023, arXiv 2305.01210. The original asserts are shown in the prompt, as in task mbpp; the answer is tested
with the larger set, which imports numpy. Two published references do not pass: 255 answers with some hundred
megabytes, above the limits, and 599 adds a hundred million numbers one by one, beyond the CPU limit of most machines.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import Sample, Source, Task, assert_tests_sample, text_field, text_list


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with its larger test; the id is the published task_id."""
    return assert_tests_sample(
        task_id=f"mbpp-{row['task_id']}",
        problem=text_field(row, "prompt"),
        shown_tests=text_list(row, "test_list"),
        code=text_field(row, "code"),
        setup="\n".join(text_list(row, "test_imports")),
        tests=text_field(row, "test"),
    )


TASK = Task(
    name="mbpp-plus",
    version=1,
    grader="code",
    source=Source(
        title="MBPP+ in MBPP's format (github.com/evalplus/mbppplus_release)",
        licence="Apache-2.0",
        hub_id="evalplus/mbppplus",
        hub_split="test",
        files=("mbppplus_originfmt", "MbppPlus-OriginFmt", "mbppplus", "mbppplus/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:dc0aad0c314c39325aac8c22614d7a36c83b82bab31e6f2240cbc2cb5e3dfb65",
    summary="378 short Python problems, many tests each",
    max_tokens=16384,
)
