"""Widths on a screen, wrapping, padding; nothing that a terminal would obey."""

from __future__ import annotations

from harness.report.render.lines import align_columns, cell_width, pad, printable, wrap
from tests.cases import all_cases


@all_cases(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("中文", 4), ("e\u0301", 1), ("ｗ", 2), ("é", 1), ("a中", 3)],
)
def test_width_is_that_of_the_screen(text: str, columns: int) -> None:
    assert cell_width(text) == columns


def test_padding_counts_wide_characters_twice() -> None:
    assert pad("中", 4, is_left=True) == "中  "
    assert pad("中", 4, is_left=False) == "  中"
    assert pad("too wide", 3, is_left=True) == "too wide"  # a figure is never cut


def test_columns_stand_under_each_other() -> None:
    assert align_columns([["name", "n"], ["中", "12"]]) == ["name   n", "中    12"]
    assert align_columns([]) == []


@all_cases(
    ("text", "shown"),
    [("plain ¬ 中", "plain ¬ 中"), ("\x1b[31mred", "\\x1b[31mred"), ("a\nb\tc", "a\\nb\\tc"), ("\u202e", "\\u202e")],
)
def test_what_a_terminal_would_obey_is_shown_as_its_code(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_wrapping_keeps_commands_and_hashes_whole() -> None:
    assert wrap("run harness --resume results/long-name now", 20, first="- ", following="  ") == [
        "- run harness",
        "  --resume",
        "  results/long-name",
        "  now",
    ]
    assert wrap("x" * 30, 10) == ["x" * 30]


def test_a_mark_ends_no_line_apart_from_its_model() -> None:
    assert wrap("~ sim/one, ^ acme/two, = b/c", 13) == ["~ sim/one,", "^ acme/two,", "= b/c"]


def test_text_of_wide_characters_fills_the_columns_of_the_screen_and_no_line_begins_with_a_closing_mark() -> None:
    assert wrap("一二三四五，六 harness run 七", 10, following="  ") == [
        "一二三四",
        "  五，六",
        "  harness",
        "  run 七",
    ]
