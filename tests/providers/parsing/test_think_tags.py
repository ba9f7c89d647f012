"""Reasoning told from the answer while a text streams."""

from __future__ import annotations

from harness.providers import dialect_loader
from harness.providers.format.wire_types import ChunkKind
from tests.cases import all_cases
from tests.providers.parsing.streams import delta
from tests.providers.reading import endpoint, read_events


def seen(name: str, pieces: list[bytes], *traits: str) -> list[ChunkKind]:
    reader = dialect_loader.new_parser(endpoint(name, *traits))
    return [reader.feed_event("", piece) for piece in pieces]


@all_cases(
    ("name", "pieces", "expected"),
    [
        ("openai", [delta(role="assistant", content=""), delta(content="Six")], [ChunkKind.NOTHING, ChunkKind.ANSWER]),
        ("deepseek", [delta(reasoning_content="So", content=None)], [ChunkKind.REASONING]),
        ("xai", [delta(reasoning_content="Thinking... "), delta(content="6")], [ChunkKind.NOTHING, ChunkKind.ANSWER]),
        ("xai", [delta(reasoning_content="Thinking... of it")], [ChunkKind.REASONING]),
        ("openrouter", [delta(reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}])], [ChunkKind.NOTHING]),
        (
            "openrouter",
            [delta(reasoning_details=[{"type": "reasoning.summary", "summary": "So"}])],
            [ChunkKind.REASONING],
        ),
        ("openai", [delta(tool_calls=[{"index": 0}]), b"[DONE]"], [ChunkKind.NOTHING, ChunkKind.NOTHING]),
        ("deepseek", [delta(reasoning_content="So", content="6")], [ChunkKind.ANSWER]),
        # the tags themselves are cut in the middle
        (
            "together",
            [delta(content=text) for text in ("\n<thi", "nk>So", " on</th", "ink>", "\n\n", "6", "<think>")],
            [
                ChunkKind.REASONING,
                ChunkKind.REASONING,
                ChunkKind.REASONING,
                ChunkKind.REASONING,
                ChunkKind.REASONING,
                ChunkKind.ANSWER,
                ChunkKind.ANSWER,
            ],
        ),
        (
            "gemini_compat",
            [delta(content="<thought>So"), delta(content="</thought>6")],
            [ChunkKind.REASONING, ChunkKind.ANSWER],
        ),
        ("together", [delta(content="<b>6")], [ChunkKind.ANSWER]),
        # reasoning in a field: what follows in the content is the answer
        ("vllm", [delta(reasoning="So"), delta(content="<think")], [ChunkKind.REASONING, ChunkKind.ANSWER]),
    ],
)
def test_each_piece_says_what_text_it_brought(name: str, pieces: list[bytes], expected: list[ChunkKind]) -> None:
    assert seen(name, pieces) == expected


def test_a_template_that_opens_the_tag_is_known_by_its_trait() -> None:
    pieces = [delta(content="So on"), delta(content=" </think> 6"), delta("stop")]
    assert seen("vllm", pieces, "starts_in_think") == [ChunkKind.REASONING, ChunkKind.ANSWER, ChunkKind.NOTHING]
    cut = read_events("vllm", [("", delta("length", content="So on"))], "starts_in_think")
    assert (cut.text, cut.reasoning) == ("", "So on")
