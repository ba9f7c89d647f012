"""HumanEval: 164 Python functions to complete from their head and docstring.

Chen et al. 2021, arXiv 2107.03374. The published prompt is shown inside a fence, with one sentence before and our
instruction after it; `prelude` is what the prompt has before the function: imports, in a few tasks a helper function.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.tasks import Sample, Source, Task, completion_sample


def to_sample(row: Mapping[str, object], _position: int) -> Sample:
    """One function; the id is the published task_id."""
    return completion_sample(row)


TASK = Task(
    name="humaneval",
    version=1,
    grader="code",
    source=Source(
        title="HumanEval (github.com/openai/human-eval)",
        licence="MIT",
        hub_id="openai/openai_humaneval",
        hub_split="test",
        files=("humaneval", "HumanEval", "openai_humaneval/test", "openai_humaneval/openai_humaneval/test"),
    ),
    to_sample=to_sample,
    content_hash="sha256:bfdb0bdf3eefffdef1e7f990cc0fab311db14147b27210d9ea5f3e1495b238c5",
    summary="164 Python functions to complete",
    max_tokens=16384,
)
