"""AIME 2025: the 30 problems of both papers, answers 0 to 999.

Problems belong to the Mathematical Association of America; nothing of them is shipped. Copies of the set differ in
notation, and the content hash is over the problem's text: the pin was computed from the QwQ evaluation file
(aime25.jsonl), and the hub's copy has not been compared with it.
"""

from __future__ import annotations

from harness.tasks import Source, Task, contest_sample

TASK = Task(
    name="aime-2025",
    version=1,
    grader="math",
    source=Source(
        title="AIME 2025, I and II (file of github.com/QwenLM/QwQ, eval/data)",
        licence="Apache-2.0 for the file; problems (c) MAA",
        hub_id="math-ai/aime25",
        hub_split="test",
        files=("aime2025", "aime25", "aime_2025"),
    ),
    to_sample=contest_sample("aime-2025", "hard"),
    content_hash="sha256:c00277599a24736af1024a5ba0a69fd92b85006338c7cfd6437e68f846f4c170",
    summary="30 problems of the AIME 2025, answers 0 to 999",
    max_tokens=65536,
)
