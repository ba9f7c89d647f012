"""HMMT February 2025: 30 problems of the Harvard-MIT tournament with short exact answers.

Problems belong to HMMT; nothing of them is shipped. In the file the pin was computed from (RUCAIBox) the answer stands
boxed in `solution`, on the hub in `answer`; the hub's copy has not been compared with it.
"""

from __future__ import annotations

from harness.tasks import Source, Task, contest_sample

TASK = Task(
    name="hmmt-feb-2025",
    version=1,
    grader="math",
    source=Source(
        title="HMMT February 2025 (MathArena; file of github.com/RUCAIBox/Slow_Thinking_with_LLMs)",
        licence="CC BY-NC-SA 4.0 at MathArena; problems (c) HMMT",
        hub_id="MathArena/hmmt_feb_2025",
        hub_split="train",
        files=("hmmt_feb_2025", "hmmt_feb25"),
    ),
    to_sample=contest_sample("hmmt-feb-2025", "hard"),
    content_hash="sha256:d8f57347ca71283712e0f959e1706bf5375917517d5f73ef798d88138cd77829",
    summary="30 problems of the HMMT February 2025",
    max_tokens=65536,
)
