"""What a task file imports: the types it fills, the instructions, and readers of published rows.

    from harness.tasks import MATH, Sample, Source, Task, text_field, with_instruction

Covers the public names (docs/adding-a-task.md). Loading tasks by name is `harness.tasks.load`, which is not public.
"""

from harness.core.types import Sample, Source, Task
from harness.tasks.code_rows import (
    assert_tests_sample,
    asserts_target,
    before_definition,
    code_block_prompt,
    completion_prompt,
    completion_sample,
)
from harness.tasks.contests import contest_sample
from harness.tasks.generate import fresh_rows
from harness.tasks.hidden_tests import cases_target, read_cases
from harness.tasks.olymmath import olymmath_sample
from harness.tasks.prompts import (
    CLASS,
    FUNCTION,
    FUNCTION_ZH,
    MATH,
    MATH_ZH,
    PROGRAM,
    VALUE,
    VALUE_ZH,
    with_instruction,
    without_sentence,
)
from harness.tasks.repositories import repository_sample
from harness.tasks.rows import (
    after_marker,
    boxed_reference,
    content_id,
    difficulty_of_level,
    last_boxed,
    number_text,
    text_field,
    text_list,
    tools_field,
)
from harness.tasks.swe_bench import swe_bench_sample

__all__ = [
    "CLASS",
    "FUNCTION",
    "FUNCTION_ZH",
    "MATH",
    "MATH_ZH",
    "PROGRAM",
    "VALUE",
    "VALUE_ZH",
    "Sample",
    "Source",
    "Task",
    "after_marker",
    "assert_tests_sample",
    "asserts_target",
    "before_definition",
    "boxed_reference",
    "cases_target",
    "code_block_prompt",
    "completion_prompt",
    "completion_sample",
    "content_id",
    "contest_sample",
    "difficulty_of_level",
    "fresh_rows",
    "last_boxed",
    "number_text",
    "olymmath_sample",
    "read_cases",
    "repository_sample",
    "swe_bench_sample",
    "text_field",
    "text_list",
    "tools_field",
    "with_instruction",
    "without_sentence",
]
