"""Options of how a command prints."""

from __future__ import annotations

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_USAGE
from tests.cli.terminals import Screen
from tests.commands import exit_code


def test_wide_shows_all_on_any_terminal(run: str, on_terminal: Screen) -> None:
    shown = on_terminal("report", run, "--wide", columns=80)
    assert "left out" not in shown
    assert "reasoning" in shown


def test_colour_is_for_terminals_that_want_it(run: str, on_terminal: Screen, capfd: pytest.CaptureFixture[str]) -> None:
    assert "\x1b[1m" in on_terminal("report", run, columns=80)
    assert "\x1b" not in on_terminal("report", run, columns=80, environ={"NO_COLOR": "1"})
    assert "\x1b" not in on_terminal("report", run, columns=80, environ={"TERM": "dumb"})
    main(["report", run])
    written_to_a_file = capfd.readouterr().out
    assert "100% [76, 100]" in written_to_a_file
    assert "\x1b" not in written_to_a_file
    assert "left out" not in written_to_a_file


def test_ascii_on_request(run: str, on_terminal: Screen) -> None:
    assert on_terminal("report", run, "--ascii", columns=80).isascii()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--columns", "acuracy"], "no column 'acuracy' here; did you mean accuracy?"),
        (["--sort", "price"], "--sort: no column 'price' here"),
        (["--format", "jsn"], "format 'jsn' is unknown; accepted: text, md, csv, json, html"),
        (["--columns", ","], "name at least one column"),
        (["--columns", "accuracy", "--format", "json"], "--columns and --sort are for text, md and html"),
    ],
)
def test_wrong_words_say_what_is_accepted(
    options: list[str], said: str, run: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["report", run, *options]) == EXIT_USAGE
    assert said in capsys.readouterr().err
