"""`harness completion`: a script that completes commands, options and their choices in the shell."""

from __future__ import annotations

import argparse
from pathlib import Path

import shtab

from harness.core.errors import EXIT_OK

HOW = {
    "bash": "harness completion bash > ~/.local/share/bash-completion/completions/harness",
    "zsh": "harness completion zsh > ~/.zfunc/_harness     with fpath+=~/.zfunc before compinit in ~/.zshrc",
    "tcsh": "harness completion tcsh > ~/.harness.tcsh      with source ~/.harness.tcsh in ~/.tcshrc",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=tuple(HOW), help="the script goes to standard output")
    parser.epilog = "\n".join(
        [
            "once, and again after an update:",
            *(f"  {how}" for how in HOW.values()),
            "",
            "The script is complete: completing a word starts no Python.",
        ]
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from harness.cli.main import full_parser  # main finds commands by name, this one among them

    parser = full_parser()
    _complete_files(parser)
    print(shtab.complete(parser, shell=arguments.shell))
    return EXIT_OK


def _complete_files(parser: argparse.ArgumentParser) -> None:
    """Tell shtab which arguments are files or folders, in all subcommands."""
    for action in parser._actions:  # argparse offers no other way to its arguments, and shtab reads them so too
        if action.type in (Path,):
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # the attribute that shtab looks for
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                _complete_files(inner)
