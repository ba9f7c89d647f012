"""CRUXEval, output prediction: 800 short Python functions, and what each returns for one input.

Gu et al. 2024, arXiv 2401.03065. The model reads the function and a call and states the value, types included; nothing
is run. Id, function, input and output are the published ones; the prompt is this harness's own, zero-shot. The other
half of the set, input prediction, has many right answers and is not here. The hub id was not tried.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import VALUE, Sample, Source, Task, code_block_prompt, text_field, with_instruction


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One function with one call; the target is the value as Python writes it."""
    call = code_block_prompt(f"f({text_field(row, 'input')})")
    output = text_field(row, "output")
    problem = f"{code_block_prompt(text_field(row, 'code'))}\n\nWhat does this call return?\n\n{call}"
    return Sample(
        id=f"cruxeval-{text_field(row, 'id').removeprefix('sample_')}",
        prompt=with_instruction(problem, VALUE),
        target=output,
        reference=f"[ANSWER]{output}[/ANSWER]",
    )


TASK = Task(
    name="cruxeval",
    version=1,
    grader="literal",
    source=Source(
        title="CRUXEval (github.com/facebookresearch/cruxeval)",
        licence="MIT",
        hub_id="cruxeval-org/cruxeval",
        hub_split="test",
        files=("cruxeval", "cruxeval/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:8a54705ce2cb126ea241f39f5b928e9f0e1996742e7d5af8781b9ec45226994a",
    summary="800 short Python functions whose output is to be predicted",
    max_tokens=16384,
)
