"""The command line: finds the command, hands it its arguments, turns mistakes into one message and an exit code.

Each command is one file beside this one, with `configure(parser)` and `run(arguments) -> int`; only the one that is
asked for is imported, so that `harness --help` stays quick.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol, cast

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE, HarnessError
from harness.core.naming import closest_names

COMMANDS = {
    "run": "send tasks to models and print the comparison",
    "speed": "measure latency and output speed: cold prompts, few at once, spread over time",
    "report": "print the comparison of a finished or unfinished run again, free",
    "compare": "models of one run or several side by side, each against a baseline",
    "gate": "hold a run against a committed baseline, for CI: the exit code says whether it held",
    "claims": "hold what the press says against runs, dated list prices and published scores",
    "regrade": "grade a run's answers again, or read its usage again, free, and say what changed",
    "grade": "rule on math answers or programs from elsewhere, JSONL in and JSONL out",
    "sandbox": "check the wall around model-written code, or run one program behind it",
    "plan": "samples, repeats and dollars it takes to show a difference in accuracy",
    "truth": "how often the intervals hold a truth that is known, by simulation",
    "estimate": "low, expected and worst dollars of a run before it is sent",
    "cost": "explain a provider's raw reply: its tokens, and its bill line by line",
    "prices": "list prices, show the rows of a model, or check the price book",
    "tasks": "list the tasks, or show one",
    "models": "list the models with today's prices, and the groups",
    "providers": "check keys and model lists at the providers",
    "local": "a real small model on this machine: up, status, down",
    "mock": "a simulated provider on loopback",
}
EXAMPLES = """\
examples:
  harness run core-math core-code -m @sim                     simulated models, no key
  harness run gsm8k humaneval -m minimax/minimax-m2 -m openai/gpt-5@high --limit 50 --repeats 2 --max-usd 5
  harness run my.jsonl --grader math -m local/smollm2-135m    your own problems, a real small model
  harness report results/RUN                                  the table again

exit codes: 0 done, 1 a check said no, 2 usage or configuration, 3 ended incomplete
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
    """Says what is wrong in two lines, without the dozen lines of all options before it."""

    def error(self, message: str) -> NoReturn:
        """Name the nearest option where one was misspelt, and end with the exit code for usage."""
        found = [word.partition("=")[0] for word in message.split() if word.startswith("--")]
        if message.startswith("unrecognized arguments") and found:
            close = difflib.get_close_matches(found[0], self._option_string_actions, n=1)
            message += "".join(f"; did you mean {option}?" for option in close)
        self.exit(EXIT_USAGE, f"harness: {message}\n{self.prog} --help explains what is accepted\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if sys.platform not in ("linux", "darwin"):
        return _complain(f"{sys.platform} is not supported: use Linux or macOS; on Windows use WSL")
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return EXIT_OK
    if words[0] in ("-V", "--version"):
        print(f"harness {_version()}")
        return EXIT_OK
    if words[0] not in COMMANDS:
        return _complain(f"command {words[0]!r} is unknown; {closest_names(words[0], COMMANDS)}")
    return _run_command(words[0], words[1:])


def _run_command(name: str, words: list[str]) -> int:
    try:
        command = cast(Command, importlib.import_module(f"harness.cli.{name}"))
        parser = _ArgumentParser(
            prog=f"harness {name}",
            description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.configure(parser)
        code = command.run(parser.parse_args(words))
        sys.stdout.flush()
    except HarnessError as error:
        return _complain(str(error), code=error.exit_code)
    except KeyboardInterrupt:
        return _complain("interrupted", code=EXIT_INCOMPLETE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; say nothing at exit either
        return EXIT_OK
    return code


def _complain(message: str, *, code: int = EXIT_USAGE) -> int:
    print(f"harness: {message}", file=sys.stderr)
    return code


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [
        "usage: harness COMMAND ...",
        "",
        "Accuracy, latency and dollars per task for language models.",
        "",
        "commands:",
    ]
    lines += [f"  {name:<{width}}  {words}" for name, words in COMMANDS.items()]
    return "\n".join([*lines, "", "harness COMMAND --help explains one command.", "", EXAMPLES.rstrip()])


def _version() -> str:
    from importlib.metadata import version

    return version("price-performance-harness")
