"""word-lengths: how many letters a sentence has. An example of a task file: change it, or delete it.

`harness run word-lengths -m sim/cheap-verbose` runs it; docs/adding-a-task.md explains every part.
"""

from collections.abc import Mapping, Sequence

from harness.tasks import MATH, Sample, Source, Task, boxed_reference, text_field, with_instruction

SENTENCES = (
    "The cat sat on the mat",
    "Seven small boats left the harbour",
    "It rains",
    "Nobody knows the number of leaves",
)


def rows(_seed: int) -> Sequence[Mapping[str, object]]:
    """The problems; a task with data of its own has `files` or `hub_id` in its Source instead of `generate`."""
    return [{"id": f"sentence-{number}", "sentence": text} for number, text in enumerate(SENTENCES, 1)]


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One problem of one row."""
    sentence = text_field(row, "sentence")
    letters = str(sum(letter.isalpha() for letter in sentence))
    return Sample(
        id=text_field(row, "id"),
        prompt=with_instruction(f'How many letters does the sentence "{sentence}" have?', MATH),
        target=letters,  # what the grader compares with
        reference=boxed_reference(letters),  # a response that must be graded correct; never sent
    )


TASK = Task(
    name="word-lengths",  # as the file is named, dashes for underscores
    version=1,  # raise it when prompts or answers change
    grader="math",
    source=Source(title="Word lengths, an example", licence="CC0-1.0"),
    to_sample=to_sample,
    content_hash=None,  # pin it with the hash in the manifest of the first run
    generate=rows,
    summary="4 sentences, number of letters",
)
