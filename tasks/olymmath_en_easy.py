"""OlymMATH, easy part in English: 100 problems of olympiad kind with exact answers.

Sun et al. 2025, arXiv 2503.21380. The id is the published unique_id. Both parts are `hard` among our tasks; the
published part is in the task's name.
"""

from __future__ import annotations

from harness.tasks import Source, Task, olymmath_sample

TASK = Task(
    name="olymmath-en-easy",
    version=1,
    grader="math",
    source=Source(
        title="OlymMATH EN easy (github.com/RUCAIBox/OlymMATH)",
        licence="MIT",
        hub_id="RUC-AIBOX/OlymMATH",
        hub_config="en-easy",
        hub_split="test",
        files=("olymmath_en_easy", "OlymMATH-EN-EASY"),
    ),
    to_sample=olymmath_sample,
    content_hash="sha256:31f6275054b55f4c050dcaaea34f0f7e8400eb8d36041cc09ef75c24a54a9702",
    summary="100 olympiad problems in English, the easy part",
    max_tokens=65536,
)
