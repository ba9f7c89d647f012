"""AMC 2023: 40 problems of the two AMC 12 papers whose answers are whole numbers, without their choices.

Problems belong to the Mathematical Association of America; nothing of them is shipped. Answers published as `27.0` are
read as 27. The pin was computed from the Qwen2.5-Math evaluation file; the hub's copy has not been compared with it.
"""

from __future__ import annotations

from harness.tasks import Source, Task, contest_sample

TASK = Task(
    name="amc-2023",
    version=1,
    grader="math",
    source=Source(
        title="AMC 12 2023, A and B (file of github.com/QwenLM/Qwen2.5-Math, evaluation/data/amc23)",
        licence="MIT for the file; problems (c) MAA",
        hub_id="math-ai/amc23",
        hub_split="test",
        files=("amc2023", "amc23", "amc23/test"),
    ),
    to_sample=contest_sample("amc-2023", "medium"),
    content_hash="sha256:0dff74bf66b5a00c67c56b40a45713f4d4a1c58366a0db279e8b4f3e86200a41",
    summary="40 problems of the AMC 12 2023, whole-number answers",
    max_tokens=32768,
)
