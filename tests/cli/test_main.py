"""The command line as a user meets it: help, unknown words, exit codes, start-up."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli.main import COMMANDS, MODULES, full_parser, main
from harness.cli.options.help_text import MAX_OPTIONS_IN_USAGE

HEAVY = ("openai", "pandas", "datasets", "litellm", "aiohttp", "scipy", "numpy", "sympy", "pydantic", "rich")


def test_help_lists_every_command_in_80_columns_and_exits_0(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed for name in COMMANDS)
    assert max(map(len, printed.splitlines())) <= 80


def test_every_command_file_is_listed_and_every_listed_command_has_a_file(root: Path) -> None:
    files = {path.stem for path in (root / "harness" / "cli").glob("*.py")} - {"__init__", "main"}
    assert files == {MODULES.get(name, name) for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_80_columns(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert f"usage: harness {name}" in printed
    assert [line for line in printed.splitlines() if len(line) > 80] == []


def test_options_of_a_command_with_many_stand_in_groups_and_not_in_its_usage_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    flat = {}
    for name, parser in _parsers(full_parser()):
        options = [action for action in parser._actions if action.option_strings]
        ungrouped = [action for action in parser._optionals._group_actions if action.option_strings]
        if len(options) > MAX_OPTIONS_IN_USAGE and (len(ungrouped) > 1 or "[OPTION ...]" not in parser.format_usage()):
            flat[name] = [action.option_strings[-1] for action in ungrouped]
        assert max(map(len, parser.format_help().splitlines())) <= 80, name
    assert flat == {}


def _parsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield parser.prog, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _parsers(inner)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from harness.cli.main import main; main(['--help']);"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", [["run"], ["runs", "merge"]], ids=" ".join)
def test_three_ways_to_the_help_of_a_command_print_the_same(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    pages = set()
    for asked in (["help", *words], [*words, "-h"], [*words, "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(asked)
        assert ended.value.code == 0
        pages.add(capsys.readouterr().out)
    (page,) = pages
    assert page.startswith(f"usage: harness {' '.join(words)} ")


def test_help_of_an_action_begins_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["runs", "merge", "--help"])
    assert capsys.readouterr().out.partition("\n\n")[2].startswith("Join runs of the same plan")


def test_option_that_resembles_none_is_refused_without_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "gsm8k", "--yes"])
    assert "did you mean" not in capsys.readouterr().err


def test_abbreviated_option_is_refused_and_the_full_name_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "gsm8k", "--temperatur", "0.5"])
    assert ended.value.code == 2
    assert "did you mean --temperature?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "accepted"),
    [
        (["control", "r"], "required: action; action is pause or resume or limit\n"),
        (["baseline"], "required: ACTION; ACTION is update or show\n"),
        (["claims", "--html"], "argument --html: expected one argument; write --html FILE\n"),
        (["report", "r", "--lang"], "argument --lang: expected one argument; --lang is en or zh\n"),
        (["estimate", "core-math"], "required: -m/--model; write --model MODEL\n"),
        (["compare"], "required: RUN; RUN: run folders, or names in ./results\n"),
        (["run", "--engine", "spark"], "argument --engine: 'spark' is unknown; accepted: local, ray\n"),
        (["run", "--dialect", "opnai"], "argument --dialect: 'opnai' is unknown; did you mean openai"),
        (["run", "--seed", "x"], "argument --seed: 'x' is not a whole number\n"),
        (["run", "--sandbox", "x"], "argument --sandbox: 'x': engine 'x' is not known; accepted: docker:IMAGE"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)
def test_missing_or_wrong_argument_says_what_is_accepted(
    words: list[str], accepted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert accepted in capsys.readouterr().err


def test_former_name_of_a_command_still_works(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["truth", "--help"])
    assert capsys.readouterr().out.startswith("usage: harness coverage ")


def test_unknown_command_names_the_nearest_and_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rum"]) == 2
    assert "'rum' is unknown; did you mean run" in capsys.readouterr().err


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("harness ")


@pytest.mark.slow
def test_reader_that_leaves_early_is_no_error(root: Path) -> None:
    command = f"{sys.executable} -m harness models | head -1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=root)
    assert ran.stderr == ""
    assert " models" in ran.stdout
