"""Every offset of the visible text leads to the same characters of the completion."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from harness.grading.visible_text import VisibleText
from tests.cases import all_cases

BOM = "\ufeff"


@all_cases(
    ("completion", "visible"),
    [
        ("plain", "plain"),
        ("", ""),
        ("<think>a</think>b\r\nc", "\nb\nc"),
        ("a<think>x</think>b<think>y</think>c", "a\nb\nc"),
        (f"{BOM}def f(): pass", "def f(): pass"),
        (f"```python\n{BOM}x = 1\n```", "```python\nx = 1\n```"),
        ("\u00ef\u00bb\u00bfx = 1", "x = 1"),  # its UTF-8 bytes, read as Latin-1
        (f"x = '{BOM}'", f"x = '{BOM}'"),  # inside a line it is data
        ("a\rb", "a\nb"),
        ("<think>never closed", ""),
    ],
)
def test_what_is_left_out(completion: str, visible: str) -> None:
    assert VisibleText.of(completion).text == visible


_PIECES = st.lists(st.sampled_from(["a", "bc", "\n", "\r\n", "\r", BOM, "<think>", "</think>", " ", "`", "'"]))


@given(_PIECES.map("".join), st.data())
def test_an_offset_leads_back_to_the_same_character(completion: str, data: st.DataObject) -> None:
    visible = VisibleText.of(completion)
    if not visible.text:
        return
    at = data.draw(st.integers(0, len(visible.text) - 1))
    start, end = visible.span(at, at + 1)
    assert end == start + 1
    found = completion[start:end].replace("\r", "\n")
    # A line break that stands for a think block leads to where the block ended.
    assert found == visible.text[at] or visible.text[at] == "\n"


def test_a_span_over_a_removed_part_holds_it() -> None:
    visible = VisibleText.of("one\r\ntwo")
    assert visible.text == "one\ntwo"
    assert visible.span(0, 7) == (0, 8)
    assert visible.span(4, 4) == (5, 5)


def test_more_can_be_left_out() -> None:
    visible = VisibleText.of("<think>a</think>[BEGIN]\nx = 1\n[DONE]\n").without(re.compile(r"^\[\w+\]$", re.MULTILINE))
    assert visible.text == "\n\nx = 1\n\n"
    start, end = visible.span(2, 7)
    assert "<think>a</think>[BEGIN]\nx = 1\n[DONE]\n"[start:end] == "x = 1"
