"""Minerva: 272 questions of science and mathematics courses, the answer the last box of the published solution.

Lewkowycz et al. 2022, arXiv 2206.14858. Many answers are rounded numbers or carry a unit that only the question names,
so an exact grader is stricter here than the authors were. Only from a data folder: the hub's copies differ in fields.
"""

from __future__ import annotations

from harness.tasks import Source, Task, contest_sample

TASK = Task(
    name="minerva",
    version=1,
    grader="math",
    source=Source(
        title="Minerva, of MIT OpenCourseWare (file of github.com/QwenLM/Qwen2.5-Math, evaluation/data/minerva_math)",
        licence="MIT for the file; problems CC BY-NC-SA 4.0",
        files=("minerva_math", "minerva", "minerva_math/test"),
    ),
    to_sample=contest_sample("minerva", "hard"),
    content_hash="sha256:ae1ef9e28caed0bc0bd6fb0a77ea186106ceed3fd67dd017b8df5080caa539bf",
    summary="272 questions of university science courses",
    max_tokens=32768,
)
