"""OlymMATH, hard part in English: 100 problems of olympiad kind with exact answers.

Sun et al. 2025, arXiv 2503.21380. The id is the published unique_id. Both parts are `hard` among our tasks; the
published part is in the task's name.
"""

from __future__ import annotations

from harness.tasks import Source, Task, olymmath_sample

TASK = Task(
    name="olymmath-en-hard",
    version=1,
    grader="math",
    source=Source(
        title="OlymMATH EN hard (github.com/RUCAIBox/OlymMATH)",
        licence="MIT",
        hub_id="RUC-AIBOX/OlymMATH",
        hub_config="en-hard",
        hub_split="test",
        files=("olymmath_en_hard", "OlymMATH-EN-HARD"),
    ),
    to_sample=olymmath_sample,
    content_hash="sha256:79ea7cee3f43b654a825ff0b1f9097195ec6e4d95948fb30b96c367fc9863b43",
    summary="100 olympiad problems in English, the hard part",
    max_tokens=65536,
)
