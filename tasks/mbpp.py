"""MBPP: the 500 short Python problems of the test split (task_id 11 to 510 of the published 974).

Austin et al. 2021, arXiv 2108.07732. As is customary the three asserts the answer is tested with are shown in the
prompt: without them neither the function's name nor its argument order is known. Zero-shot. `prelude` holds the imports
that published runs put before an answer. Task 367 builds its arguments from a class of the published solution (`Node`)
that no prompt shows; it is kept, as elsewhere, and only an answer that happens to define the same class passes it.
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
    tests, code = text_list(row, "test_list"), text_field(row, "code")
    return assert_tests_sample(
        task_id=f"mbpp-{row['task_id']}",
        problem=text_field(row, "text"),
        shown_tests=tests,
        code=code,
        setup=text_field(row, "test_setup_code"),
        tests="\n".join(tests),
    )


TASK = Task(
    name="mbpp",
    version=1,
    grader="code",
    source=Source(
        title="MBPP, test split (github.com/google-research/google-research, mbpp)",
        licence="CC BY 4.0",
        hub_id="google-research-datasets/mbpp",
        hub_config="full",
        hub_split="test",
        files=("mbpp", "mbpp_test", "mbpp/test", "mbpp/full/test", "full/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:5c45a0b36ae4342518ce0823b1b3318cf32798fd5f4a4478cb2f2fa1192d253f",
    summary="500 short Python problems, three asserts each, shown",
    max_tokens=16384,
    keep=is_in_test_split,
)
