"""clock-sums: elapsed minutes between two times of day. Written for this example; answers are whole numbers."""

from collections.abc import Mapping

from harness.tasks import (
    MATH,
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
    """Make one sample of a row; a missing or wrong field becomes an error with the row's place."""
    question = text_field(row, "question")
    minutes = number_text(row, "minutes")
    return Sample(
        id=content_id("clock-sums", question),
        prompt=with_instruction(question, MATH),
        target=minutes,
        reference=boxed_reference(minutes),  # graded by the tests of the task, never sent
        tags={"difficulty": text_field(row, "level")},
    )


TASK = Task(
    name="clock-sums",
    version=1,
    summary="5 sums of elapsed minutes, whole-number answers",
    grader="math",
    source=Source(title="Clock sums, an example", licence="CC0", files=("clock_sums",)),
    to_sample=to_sample,
    content_hash="sha256:f3ae69065361c321ef6e61341fa9cc25385aaaddc25d71de8676e93b013a178c",
)
