"""AIME 2024: the 30 problems of both papers, answers 0 to 999.

Problems belong to the Mathematical Association of America; nothing of them is shipped. Copies of the set differ in
notation, and the content hash is over the problem's text: the pin was computed from the QwQ evaluation file
(aime24.jsonl), and the hub's copy has not been compared with it.
"""

from __future__ import annotations

from harness.tasks import Source, Task, contest_sample

TASK = Task(
    name="aime-2024",
    version=1,
    grader="math",
    source=Source(
        title="AIME 2024, I and II (file of github.com/QwenLM/QwQ, eval/data)",
        licence="Apache-2.0 for the file; problems (c) MAA",
        hub_id="HuggingFaceH4/aime_2024",
        hub_split="train",
        files=("aime2024", "aime24", "aime_2024"),
    ),
    to_sample=contest_sample("aime-2024", "hard"),
    content_hash="sha256:a42a88ceccea13de52e5e4427b3d8520c31007c077a8b1bd0b4d3dbcc82c60ed",
    summary="30 problems of the AIME 2024, answers 0 to 999",
    max_tokens=65536,
)
