"""Options that several commands share, and what they resolve to: configuration, models, tasks, values."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from harness.config.environment import load_environ
from harness.config.load import Config, load_config
from harness.core.errors import UsageError
from harness.core.types import CacheMode
from harness.grading.base import grader_names
from harness.grading.code.libraries import missing_modules
from harness.grading.sandbox.backends.containers import parse_container
from harness.local.server import port_from
from harness.tasks.files import SUFFIXES
from harness.tasks.load import LoadedTask, load_file, load_task
from harness.tasks.prompt_change import NO_CHANGE, PromptChange, read_template


@dataclass(frozen=True, slots=True, kw_only=True)
class CliContext:
    """The working folder with its settings; `environ` holds keys, so the representation leaves it out."""

    cwd: Path
    environ: Mapping[str, str]
    config: Config

    def __repr__(self) -> str:
        return f"CliContext({self.cwd})"


def load_context(providers_file: Path | None) -> CliContext:
    """Read .env and providers.yaml of the working folder. Raises ConfigError naming every mistake."""
    cwd = Path.cwd()
    environ = load_environ(cwd, os.environ)
    if "HARNESS_LOCAL_PORT" not in environ:  # `harness local up` takes a free port where 8081 is taken
        environ = {**environ, "HARNESS_LOCAL_PORT": str(port_from(environ))}
    return CliContext(
        cwd=cwd, environ=environ, config=load_config(providers_file=providers_file, cwd=cwd, environ=environ)
    )


def add_model_option(parser: argparse._ActionsContainer, *, help: str, required: bool = False) -> None:  # noqa: A002 - argparse's own word
    """The option `-m`, which may be repeated; `arguments.model` is the list of what it named."""
    parser.add_argument(
        "-m", "--model", action="append", type=model_name, default=[], required=required, metavar="MODEL", help=help
    )


def model_name(text: str) -> str:
    """One model or group as it was written, for argparse; a list in one word is refused with a hint."""
    names = [name.strip() for name in text.split(",")]
    if len(names) > 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} names several models; repeat the option: {' '.join(f'-m {name}' for name in names if name)}"
        )
    return text


def add_providers_option(parser: argparse._ActionsContainer) -> None:
    """The option that names another providers.yaml."""
    parser.add_argument(
        "--providers", type=Path, metavar="FILE", help="entries of your own (default: ./providers.yaml)"
    )


def add_sandbox_option(parser: argparse._ActionsContainer, *, joined_by_unsafe: str | None = None) -> None:
    """The option that names a container; with `joined_by_unsafe` (its help) also the one that asks for no isolation."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--sandbox",
        type=container,
        metavar="ENGINE:IMAGE",
        help="run programs in docker:IMAGE or podman:IMAGE",
    )
    if joined_by_unsafe is not None:
        either.add_argument("--unsafe-no-sandbox", action="store_true", help=joined_by_unsafe)


def container(text: str) -> str:
    """ENGINE:IMAGE as it was written, for argparse."""
    try:
        parse_container(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("--sandbox ")) from error
    return text


def add_task_options(parser: argparse._ActionsContainer) -> None:
    """The options that say where tasks and their data come from."""
    parser.add_argument(
        "--tasks", dest="tasks_dir", type=Path, metavar="DIR", help="more task files (default: ./tasks)"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="benchmark files (default: HARNESS_DATA_DIR, or hub)",
    )
    parser.add_argument(
        "--accept-changed-data", action="store_true", help="run samples that are not the pinned ones; recorded"
    )


def add_grader_option(parser: argparse._ActionsContainer) -> None:
    """`--grader`, of the commands that take a file of the user's own."""
    parser.add_argument(
        "--grader",
        choices=grader_names(),
        metavar="NAME",
        help="of your own file's answers: see harness grade list",
    )


def add_cache_option(parser: argparse._ActionsContainer) -> None:
    """`--cache`, of the commands that plan a run."""
    parser.add_argument(
        "--cache",
        type=CacheMode,
        choices=list(CacheMode),
        help="make prompt caches serve all they can, or nothing",
    )


def add_batch_option(parser: argparse._ActionsContainer) -> None:
    """`--batch`, of the commands that plan a run."""
    parser.add_argument("--batch", action="store_true", help="through the batch APIs, at batch rates")


def add_prompt_options(parser: argparse._ActionsContainer) -> None:
    """The options that change every prompt."""
    parser.add_argument(
        "--prompt-template", type=Path, metavar="FILE", help="text around every prompt; {prompt} marks its place"
    )
    parser.add_argument("--system", metavar="TEXT", help="system message of every request")


def prompt_change(arguments: argparse.Namespace) -> PromptChange:
    """What those options ask for. Raises UsageError for a template that cannot be used."""
    path = arguments.prompt_template
    return PromptChange(template=None if path is None else read_template(path), system=arguments.system or None)


def load_tasks(
    names: Sequence[str],
    arguments: argparse.Namespace,
    context: CliContext,
    *,
    grader: str | None,
    change: PromptChange = NO_CHANGE,
) -> tuple[LoadedTask, ...]:
    """The tasks by name, or from a user's own file, with changed prompts. Raises UsageError and DataError."""
    data_dir = _data_dir(arguments.data_dir, context.environ)
    if grader is not None and names and not any(name.endswith(SUFFIXES) for name in names):
        raise UsageError(
            f"--grader {grader} is for a file of your own ({', '.join(SUFFIXES)}), which {', '.join(names)} is not"
        )
    loaded = []
    for name in dict.fromkeys(names):
        if name.endswith(SUFFIXES):
            if grader is None:
                if not Path(name).exists():
                    raise UsageError(f"{name}: there is no such file")
                known = " or ".join(grader_names())
                raise UsageError(f"{name} is a file of your own: say how its answers are graded, --grader {known}")
            loaded.append(load_file(Path(name), grader=grader, prompt_change=change))
            continue
        loaded.append(
            load_task(
                name,
                tasks_dir=arguments.tasks_dir,
                cwd=context.cwd,
                data_dir=data_dir,
                accept_changed_data=arguments.accept_changed_data,
                prompt_change=change,
            )
        )
    for one in loaded:
        _note_missing_libraries(one)
    return tuple(loaded)


def note_small_tasks(tasks: Sequence[LoadedTask], limit: int | None) -> None:
    """Say on standard error which tasks have fewer samples than --limit asks for."""
    for loaded in tasks:
        count = len(loaded.samples)
        if limit is not None and count < limit:
            print(f"harness: {loaded.task.name}: --limit {limit} takes all {count} of its samples", file=sys.stderr)


def _note_missing_libraries(loaded: LoadedTask) -> None:
    """Say on standard error how many answers cannot be graded with the libraries that are installed."""
    if loaded.task.grader != "code" or loaded.task.content_hash is None:
        return
    names, count = missing_modules(sample.target for sample in loaded.samples)
    if count:
        print(
            f"harness: {count} of the {len(loaded.samples)} samples of {loaded.task.name} need libraries that are not "
            f"installed ({', '.join(sorted(names))}): their answers are kept and not graded; after pip install "
            "'price-performance-harness[bigcodebench]', harness regrade grades them",
            file=sys.stderr,
        )


def _data_dir(asked: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Where benchmark files lie, if not on the hub. Raises UsageError for what is no folder."""
    name, text = ("--data-dir", str(asked)) if asked else ("HARNESS_DATA_DIR", environ.get("HARNESS_DATA_DIR"))
    if not text:
        return None
    if not Path(text).is_dir():
        raise UsageError(f"{name} {text}: there is no such folder; accepted: a folder with benchmark files")
    return Path(text)


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def integer(text: str) -> int:
    """A whole number, for argparse."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def folder_name(text: str) -> str:
    """The name of a folder directly in another one, for argparse: no path, no option, nothing that breaks a line."""
    is_plain = text.strip() == text and text.isprintable() and "/" not in text and text not in ("", ".", "..")
    if not is_plain or text.startswith("-"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the plain name of a folder: no slash, no dash at its start, no line break, no blank at "
            "its ends; --results says where it goes"
        )
    return text


def dollars(text: str) -> Decimal:
    """An amount of dollars above 0, for argparse; exact, never through a float."""
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of dollars above 0, such as 5 or 0.50")
    return amount
