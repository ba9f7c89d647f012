"""MGSM in Chinese: 250 questions of GSM8K translated by hand.

Shi et al. 2022, arXiv 2210.03057. Prompt and instruction are in Chinese. Rows have no id that all copies share: it is
derived from the question. Only from a data folder.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import (
    MATH_ZH,
    Sample,
    Source,
    Task,
    boxed_reference,
    content_id,
    number_text,
    text_field,
    with_instruction,
)


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One question with its number, thousands separators removed."""
    question, target = _question(row), number_text(row, "answer").replace(",", "")
    return Sample(
        id=content_id("mgsm-zh", question),
        prompt=with_instruction(question, MATH_ZH),
        target=target,
        reference=boxed_reference(target),
    )


def _question(row: Mapping[str, object]) -> str:
    """The text of `question`, or of the first of `messages`."""
    if "question" in row:
        return text_field(row, "question")
    match row["messages"]:
        case [{"content": str(content)}, *_]:
            return content
        case other:
            raise ValueError(f"messages holds {str(other)[:60]!r}; accepted: a list that begins with the question")


TASK = Task(
    name="mgsm-zh",
    version=1,
    grader="math",
    source=Source(
        title="MGSM, Chinese (file of github.com/deepseek-ai/DeepSeek-Math, evaluation/datasets/mgsm_zh)",
        licence="CC BY-SA 4.0",
        files=("mgsm_zh", "mgsm_zh/mgsm_zh"),
    ),
    to_sample=to_sample,
    content_hash="sha256:4c6da6951773b338d5f7660d005906b775e88f62ad9e55a0b45fd52ad8e1efe3",
    summary="250 grade-school word problems in Chinese",
    max_tokens=8192,
)
