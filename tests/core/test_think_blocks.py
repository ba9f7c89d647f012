"""Think blocks: a reply is split at its head for good; a grader reads past them wherever they stand."""

from __future__ import annotations

from harness.core.think_blocks import split_thinking, visible_spans, without_thinking
from tests.cases import all_cases


@all_cases(
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
        ("```python\nEND = '</think>'\n```", "", "```python\nEND = '</think>'\n```"),
        ("I split at `</think>`.\n</think>b", "I split at `</think>`.", "b"),
        ("", "", ""),
    ],
)
def test_thinking_in_tags_is_told_from_the_answer(text: str, reasoning: str, answer: str) -> None:
    assert split_thinking(text, ("think", "thought")) == (reasoning, answer)


@all_cases(
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


@all_cases(
    ("text", "kept"),
    [
        ("TAG = '<think>'\nx = 1", "TAG = '<think>'\nx = 1"),
        ("a = s.split('</think>')[-1]\nb", "a = s.split('</think>')[-1]\nb"),
        ('re.sub(r"<think>.*?</think>", "", s)', 're.sub(r"<think>.*?</think>", "", s)'),
        ("The tag `<think>` opens it.", "The tag `<think>` opens it."),
        ("```python\n# <think> is a tag\nx = 1\n```", "```python\n# <think> is a tag\nx = 1\n```"),
        ("```xml\n<think>\n```\nb", "```xml\n<think>\n```\nb"),
        ("```python\nx = 1  # ends at </think> here\n```\nb", "```python\nx = 1  # ends at </think> here\n```\nb"),
        (
            "Let's see: it's \"4\".</think>The answer's 5",
            "The answer's 5",
        ),  # apostrophes and closed quotes quote nothing
        ("<think>say '</think>' no\n</think>b", "b"),
        (
            "so\n```python\nx = 0\n</think>\n```python\nx = 1\n```",
            "```python\nx = 1\n```",
        ),  # reasoning left a fence open
        ("<think>```\nx\n```</think>b<think>c", "b"),
        ("<think>\n```py\nx\n```</think>b", "b"),
        ("> ```\n> <think>\n> ```\nb", "> ```\n> <think>\n> ```\nb"),
    ],
)
def test_a_tag_in_a_string_or_in_code_is_text(text: str, kept: str) -> None:
    assert without_thinking(text).strip() == kept


def test_visible_spans_are_offsets_of_the_text() -> None:
    text = "<think>a</think>b<think>c</think>d"
    assert [text[start:end] for start, end in visible_spans(text)] == ["", "b", "d"]
    assert visible_spans("") == [(0, 0)]
    assert visible_spans("<think>a") == [(0, 0)]
