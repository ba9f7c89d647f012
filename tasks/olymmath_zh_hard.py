"""OlymMATH, hard part in Chinese: 100 problems of olympiad kind with exact answers.

Sun et al. 2025, arXiv 2503.21380. The id is the published unique_id. Both parts are `hard` among our tasks; the
published part is in the task's name.
"""

from __future__ import annotations

from harness.tasks import Source, Task, olymmath_sample

TASK = Task(
    name="olymmath-zh-hard",
    version=1,
    grader="math",
    source=Source(
        title="OlymMATH ZH hard (github.com/RUCAIBox/OlymMATH)",
        licence="MIT",
        hub_id="RUC-AIBOX/OlymMATH",
        hub_config="zh-hard",
        hub_split="test",
        files=("olymmath_zh_hard", "OlymMATH-ZH-HARD"),
    ),
    to_sample=olymmath_sample,
    content_hash="sha256:dd45baaf3591a275b149ac60801172ec41b391b1ce12bb8b9e12080a6e7c1f97",
    summary="100 olympiad problems in Chinese, the hard part",
    max_tokens=65536,
)
