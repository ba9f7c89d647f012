"""SWE-bench Verified: 500 issues of 12 Python repositories, from a data folder. Jimenez et al. 2024; OpenAI 2024.

Rows, repositories and environments come from --data-dir (docs/conversations.md). The content hash is not pinned.
"""

from harness.tasks import Source, Task, swe_bench_sample

TASK = Task(
    name="swe-bench-verified",
    version=1,
    grader="swe_bench",
    source=Source(
        title="SWE-bench Verified",
        licence="not stated; each repository has its own",
        files=("swe_bench_verified", "SWE-bench_Verified", "test-00000-of-00001", "data/test-00000-of-00001"),
    ),
    to_sample=swe_bench_sample,
    content_hash=None,
    summary="issues of Python repositories, for agents; repositories and environments from --data-dir",
    agent_turns=100,
)
