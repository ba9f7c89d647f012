"""MBPP sanitized: the 257 problems of the test split (task_id 11 to 510) in the wording that was checked by hand.

Austin et al. 2021, arXiv 2108.07732. The published file has 427 problems of all splits; about 40 have another signature
than in task mbpp. The asserts are shown in the prompt, as in task mbpp.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import Sample, Source, Task, assert_tests_sample, text_field, text_list

_TEST_SPLIT = range(11, 511)


def is_in_test_split(row: Mapping[str, object]) -> bool:
    """Whether the row is of the test split; the published file holds all splits, the hub's `test` only this one."""
    return row["task_id"] in _TEST_SPLIT


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem with its asserts; the id is the published task_id."""
    tests = text_list(row, "test_list")
    return assert_tests_sample(
        task_id=f"mbpp-{row['task_id']}",
        problem=text_field(row, "prompt"),
        shown_tests=tests,
        code=text_field(row, "code"),
        setup="\n".join(text_list(row, "test_imports")),
        tests="\n".join(tests),
    )


TASK = Task(
    name="mbpp-sanitized",
    version=1,
    grader="code",
    source=Source(
        title="MBPP, sanitized, test split (github.com/google-research/google-research, mbpp)",
        licence="CC BY 4.0",
        hub_id="google-research-datasets/mbpp",
        hub_config="sanitized",
        hub_split="test",
        files=("mbpp_sanitized", "sanitized-mbpp", "mbpp/sanitized/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:a9fc0582d869f98cf60e3814325ace78551727faee584960a8cc4024ad65f62f",
    summary="257 short Python problems in checked wording, asserts shown",
    max_tokens=16384,
    keep=is_in_test_split,
)
