"""OlymMATH, easy part in Chinese: 100 problems of olympiad kind with exact answers.

Sun et al. 2025, arXiv 2503.21380. The id is the published unique_id. Both parts are `hard` among our tasks; the
published part is in the task's name.
"""

from __future__ import annotations

from harness.tasks import Source, Task, olymmath_sample

TASK = Task(
    name="olymmath-zh-easy",
    version=1,
    grader="math",
    source=Source(
        title="OlymMATH ZH easy (github.com/RUCAIBox/OlymMATH)",
        licence="MIT",
        hub_id="RUC-AIBOX/OlymMATH",
        hub_config="zh-easy",
        hub_split="test",
        files=("olymmath_zh_easy", "OlymMATH-ZH-EASY"),
    ),
    to_sample=olymmath_sample,
    content_hash="sha256:cca6b63005739d3fb13967a1d8d51cb1911c0cac61e2d010b2a70915c3892b63",
    summary="100 olympiad problems in Chinese, the easy part",
    max_tokens=65536,
)
