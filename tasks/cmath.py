"""CMATH: 1,098 word problems of Chinese primary schools, grades 1 to 6, the test part.

Wei et al. 2023, arXiv 2306.16636. Prompt and instruction are in Chinese. The id is the position in the published
file, because one question stands there twice. `difficulty`: grades 1 and 2 easy, 3 and 4 medium, 5 and 6 hard.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import MATH_ZH, Sample, Source, Task, boxed_reference, number_text, text_field, with_instruction


def difficulty_of_grade(grade: str) -> str:
    """Raises ValueError unless the grade is 1 to 6."""
    if grade not in "123456":
        raise ValueError(f"grade {grade!r} is unknown; accepted: 1 to 6")
    return ("easy", "medium", "hard")[(int(grade) - 1) // 2]


def to_sample(row: Mapping[str, object], position: int) -> Sample:
    """One question with its number."""
    question, grade, target = text_field(row, "question"), number_text(row, "grade"), number_text(row, "golden")
    return Sample(
        id=f"cmath-{position + 1:04d}",
        prompt=with_instruction(question, MATH_ZH),
        target=target,
        tags={"difficulty": difficulty_of_grade(grade), "grade": grade},
        reference=boxed_reference(target),
    )


TASK = Task(
    name="cmath",
    version=1,
    grader="math",
    source=Source(
        title="CMATH, test part (github.com/XiaoMi/cmath)",
        licence="CC BY 4.0",
        hub_id="weitianwen/cmath",
        hub_split="test",
        files=("cmath_test", "cmath", "cmath/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:364fd293957a79fe689c7d8f00935f76364c4c7a6f1863fe6a03947b04794bf1",
    summary="1,098 Chinese word problems of six school grades",
    max_tokens=8192,
)
