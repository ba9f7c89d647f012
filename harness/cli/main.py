"""The command line: finds the command, hands it its arguments, turns mistakes into one message and an exit code.

Each command is one file beside this one, with `configure(parser)` and `run(arguments) -> int`; only the one that is
asked for is imported, so that `harness --help` stays quick. Parts of commands lie in the folders: `options` that
several have, `input` they read, `documents` they print, the `session` of a run, the `grading` of `harness grade`, the
`run_store` of `harness runs` and the `price_lists` of `harness prices`.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import shutil
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn, Protocol, cast

from harness.cli.options.help_text import HelpFormatter, fitted, table
from harness.cli.options.streams import guard_standard_streams
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE, HarnessError
from harness.core.garbage_collection import collect_seldom
from harness.core.labels import closest_names

COMMANDS = {
    "init": "start in a folder: providers.yaml, .env.example, problems, a task file, a CI workflow",
    "doctor": "check on one screen whether everything works on this machine",
    "run": "send tasks to models and print the results",
    "speed": "measure latency and output speed: uncached prompts, few at once, spread over time",
    "batch": "the batches of a run at their providers; cancel them or give them up",
    "control": "pause, resume or limit the models of a run in progress",
    "report": "print the results of a finished or unfinished run again, without sending anything",
    "publish": "write runs as a static site: leaderboard, evidence, pages",
    "charts": "write the charts of runs as PNG and SVG",
    "view": "look at runs, samples and answers in a browser",
    "compare": "compare the models of one or more runs in pairs, each with a baseline model",
    "trend": "one model on a task over all runs, with price and version changes marked",
    "runs": "list, show, merge or prune runs in a folder or an object store; push them there, pull them here",
    "export": "write a run's samples, attempts, summary or bills as CSV, JSON Lines, Parquet or Excel",
    "import": "turn published results into a run folder, marked IMPORTED, at the prices of their dates",
    "audit": "recompute a published board from its own data: dollars, accuracy, intervals, likely causes",
    "gate": "compare a run with a stored baseline and with limits, for CI; the exit code is the result",
    "baseline": "write a run as the baseline of a gate and list what changes; show a baseline",
    "claims": "check published claims with runs, dated list prices and published scores",
    "regrade": "grade a run's stored answers again, or parse their usage again, without sending anything",
    "grade": "grade answers from elsewhere; explain, check or review the grades of a run",
    "sandbox": "check the sandbox, or run one program in it",
    "plan": "samples, repeats and dollars needed to detect a difference in accuracy",
    "coverage": "how often the confidence intervals contain the true value, by simulation",
    "estimate": "low, expected and worst-case dollars of a run before it is sent",
    "cost": "explain a provider's raw response: its tokens, and its bill line by line",
    "prices": "list prices, show the price rows of a model, or check the price book",
    "tasks": "list the tasks, or show one",
    "models": "list the models with today's prices, and the groups",
    "providers": "check keys and model lists at the providers",
    "local": "a real small model on this machine: up, status, down",
    "recording": "look into the exchanges of harness run --record, or convert them to or from vcrpy's format",
    "mock": "a mock server that imitates provider APIs on loopback",
    "completion": "print a script that completes commands and options in bash, zsh or tcsh",
}
MODULES = {"import": "import_run"}
"""Commands whose name cannot be that of a module."""
ALIASES = {"truth": "coverage"}
"""Former names of commands; they stay for one release."""
MAX_LISTED_CHOICES = 8
"""Of more words a message names only those that resemble the one found."""
EXAMPLES = """\
examples:
  harness run core-math core-code -m @sim                     simulated models, no key
  harness run gsm8k humaneval -m minimax/minimax-m2 -m openai/gpt-5@high --limit 50 --repeats 2 --max-usd 5
  harness run my.jsonl --grader math -m local/smollm2-135m    your own problems, a real small model
  harness report results/RUN                                  print the table again

exit codes: 0 ok, 1 a check failed, 2 usage or configuration, 3 incomplete
"""


class Command(Protocol):
    """What a command's module offers."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; returns the exit code. Raises HarnessError for a mistake."""
        ...


class _ArgumentParser(argparse.ArgumentParser):
    """Reports a usage error in two lines, without printing all options; options cannot be abbreviated."""

    def __init__(self, **keywords: Any) -> None:
        # --task must not mean --tasks DIR
        super().__init__(**keywords, formatter_class=HelpFormatter, allow_abbrev=False)
        self._positionals.title = "arguments"

    def error(self, message: str) -> NoReturn:
        """Name the nearest option where one was misspelt, and end with the exit code for usage."""
        found = [word.partition("=")[0] for word in message.split() if word.startswith("--")]
        if message.startswith("unrecognized arguments") and found:
            known = [option.removeprefix("--") for option in self._option_string_actions if option.startswith("--")]
            close = difflib.get_close_matches(found[0].removeprefix("--"), known, n=1)
            message += "".join(f"; did you mean --{name}?" for name in close)
        if "are required: " in message or message.endswith("expected one argument"):
            message += self._placeholders(message)
        self.exit(EXIT_USAGE, f"harness: {message}\n{self.prog} --help explains what is accepted\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse does it, with the nearest accepted words, or all of them."""
        if action.choices is not None and value not in action.choices:
            known = [str(getattr(choice, "value", choice)) for choice in action.choices]
            is_long = len(known) > MAX_LISTED_CHOICES
            accepted = closest_names(str(value), known) if is_long else f"accepted: {', '.join(known)}"
            raise argparse.ArgumentError(action, f"{value!r} is unknown; {accepted}")

    def _placeholders(self, message: str) -> str:
        """What the arguments that a message names accept, where the message does not say it."""
        names = {name for word in message.split() for name in word.strip(",:").split("/")}
        clauses = []
        for action in self._actions:
            called = action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)
            if called in names and action.choices:
                clauses.append(f"; {called} is {' or '.join(map(str, action.choices))}")
            elif called in names and action.option_strings:
                clauses.append(f"; write {called} {action.metavar or action.dest.upper()}")
            elif called in names and action.help:
                clauses.append(f"; {called}: {action.help.replace('%%', '%')}")
        return "".join(clauses)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Without `argv` this is the whole process, and so are its streams."""
    if argv is not None:
        return _main(list(argv))
    output = guard_standard_streams()
    collect_seldom()
    try:
        code = _main(sys.argv[1:])
    except SystemExit as ended:  # argparse: help, or a usage error that it has reported
        code = ended.code if isinstance(ended.code, int) else EXIT_OK
    sys.stdout.flush()
    if output.error is not None:
        return _report_error(f"cannot write the output: {output.error.strerror}", code=code or EXIT_USAGE)
    return code


def _main(words: list[str]) -> int:
    if sys.platform not in ("linux", "darwin"):
        return _report_error(f"{sys.platform} is not supported: use Linux or macOS; on Windows use WSL")
    if words[:1] == ["help"] and len(words) > 1:
        words = [*words[1:], "--help"]
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return EXIT_OK
    if words[0] in ("-V", "--version"):
        print(f"harness {_version()}")
        return EXIT_OK
    words[0] = ALIASES.get(words[0], words[0])
    if words[0] not in COMMANDS:
        return _report_error(f"command {words[0]!r} is unknown; {closest_names(words[0], COMMANDS)}")
    return _run_command(words[0], words[1:])


def full_parser() -> argparse.ArgumentParser:
    """All commands with their options, for whoever needs them all at once; imports every command."""
    parser = _ArgumentParser(prog="harness")
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(metavar="COMMAND")
    for name, words in COMMANDS.items():
        _command(name).configure(commands.add_parser(name, help=words.replace("%", "%%")))
    return parser


def _command(name: str) -> Command:
    return cast(Command, importlib.import_module(f"harness.cli.{MODULES.get(name, name)}"))


def _run_command(name: str, words: list[str]) -> int:
    try:
        command = _command(name)
        parser = _ArgumentParser(
            prog=f"harness {name}",
            description=f"{_capitalized(COMMANDS[name])}.",
        )
        command.configure(parser)
        _describe_actions(parser)
        arguments = parser.parse_args(words)
        with _speaking(getattr(arguments, "lang", "en")):
            code = command.run(arguments)
    except HarnessError as error:
        return _report_error(str(error), code=error.exit_code)
    except KeyboardInterrupt:
        return _report_error("interrupted", code=EXIT_INCOMPLETE)
    return code


def _describe_actions(parser: argparse.ArgumentParser) -> None:
    """Have the help page of each action begin with what the command's page says of it."""
    for group in parser._actions:
        if isinstance(group, argparse._SubParsersAction):
            for listed in group._choices_actions:
                inner = group.choices[listed.dest]
                inner.description = f"{_capitalized(listed.help or '')}. {inner.description or ''}"


def _capitalized(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _speaking(language: str) -> AbstractContextManager[None]:
    if language == "en":
        return nullcontext()
    from harness.report.render.language import speaking  # only where it is asked for

    return speaking(language)


def _report_error(message: str, *, code: int = EXIT_USAGE) -> int:
    print(f"harness: {message}", file=sys.stderr)
    return code


def _help() -> str:
    width = shutil.get_terminal_size().columns
    lines = [
        "usage: harness COMMAND ...",
        "",
        "Measure accuracy, latency and dollars per task of language models.",
        "",
        "commands:",
        *table(COMMANDS, width),
        "",
        "harness COMMAND --help explains one command.",
        "",
        *fitted(EXAMPLES, width),
    ]
    return "\n".join(lines)


def _version() -> str:
    from importlib.metadata import version

    return version("price-performance-harness")
