"""GSM8K: 1,319 word problems of grade school with whole-number answers, the test split.

Cobbe et al. 2021, arXiv 2110.14168. The target is what stands after `####`, thousands separators removed. Rows have no
id of their own: it is derived from the question, so order does not matter. Zero-shot; the published worked solution
(calculator marks removed) is the reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.tasks import (
    MATH,
    Sample,
    Source,
    Task,
    after_marker,
    boxed_reference,
    content_id,
    text_field,
    with_instruction,
)

_CALCULATOR_MARK = re.compile(r"<<[^>]*>>")


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One question with the number after `####`."""
    question, solution = text_field(row, "question"), text_field(row, "answer")
    target = after_marker(solution, "####")
    worked = _CALCULATOR_MARK.sub("", solution.rpartition("####")[0])
    return Sample(
        id=content_id("gsm8k", question),
        prompt=with_instruction(question, MATH),
        target=target,
        reference=boxed_reference(target, worked),
    )


TASK = Task(
    name="gsm8k",
    version=1,
    grader="math",
    source=Source(
        title="GSM8K, test split (github.com/openai/grade-school-math)",
        licence="MIT",
        hub_id="openai/gsm8k",
        hub_config="main",
        hub_split="test",
        files=("gsm8k_test", "gsm8k", "gsm8k/test", "gsm8k/main/test", "main/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:bf5784c99355d863a0d0763d2055c9b788fca9531cdedc89e526444cd8a955ce",
    summary="1,319 grade-school word problems, whole-number answers",
    max_tokens=8192,
)
