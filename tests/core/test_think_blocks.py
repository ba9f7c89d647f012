"""Think blocks: a reply is split at its head for good; a grader reads past them wherever they stand."""

from __future__ import annotations

import pytest

from harness.core.think_blocks import split_thinking, without_thinking


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<think>a</think>b", "a", "b"),
        ("\n<think>\na\n</think>\n\nb", "a", "b"),
        ("<think></think>b", "", "b"),
        ("<think>a</think><think>c</think>b", "a\nc", "b"),
        ("<think>a", "a", ""),
        ("a</think>b", "a", "b"),
        ("<thought>a</thought>b", "a", "b"),
        ("b", "", "b"),
        ("  b\n", "", "  b\n"),
        ("use <think>x</think> in code", "", "use <think>x</think> in code"),
        ("", "", ""),
    ],
)
def test_thinking_in_tags_is_told_from_the_answer(text: str, reasoning: str, answer: str) -> None:
    assert split_thinking(text, ("think", "thought")) == (reasoning, answer)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<think>a</think>b", "b"),
        ("<THINKING>a</THINKING>b", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>b", "b"),
        ("<reasoning>a\n\na</reasoning>b", "b"),
        ("<think>a</thinking>b", "b"),
        ("<think>a<think>b</think>c</think>d", "d"),
        ("a</think>b", "b"),
        ("<think>a", ""),
        ("b<thought>a", "b"),
        ("b<think>a</think>c", "b\nc"),
        ("a < think > b", "a < think > b"),
        ("", ""),
    ],
)
def test_a_grader_reads_what_stands_outside_think_blocks(text: str, kept: str) -> None:
    assert without_thinking(text).strip() == kept
