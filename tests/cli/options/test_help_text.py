"""Help on narrow and wide terminals."""

from __future__ import annotations

import shlex

from harness.cli.options.help_text import fitted, table

EXAMPLES = """\
examples:
  harness x one --option value        what it does, in some more words
  harness x two
"""


def test_examples_that_fit_stay_as_they_are() -> None:
    assert fitted(EXAMPLES, 80) == EXAMPLES.rstrip("\n").split("\n")


def test_a_comment_that_does_not_fit_stands_below_its_command_for_all_of_the_block() -> None:
    assert fitted(EXAMPLES, 40) == [
        "examples:",
        "  harness x one --option value",
        "      what it does, in some more words",
        "  harness x two",
    ]


def test_a_wide_command_is_broken_before_an_option_and_is_one_command_to_a_shell() -> None:
    command = "harness run gsm8k -m minimax/minimax-m2 -m openai/gpt-5@high --max-usd 5 > table.txt"
    lines = fitted(f"  {command}", 40)
    assert max(map(len, lines)) <= 40
    assert all(line.lstrip().startswith(("harness", "-", ">")) for line in lines)
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == command.split()


def test_paragraphs_are_filled_and_blank_lines_kept() -> None:
    assert fitted("one two\nthree four five\n\nsix", 14) == ["one two three", "four five", "", "six"]


def test_a_table_wraps_its_second_column() -> None:
    assert table({"a": "one two three", "bcd": "four"}, 16) == ["  a    one two", "       three", "  bcd  four"]
