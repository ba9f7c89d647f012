"""`harness sandbox`: the sandbox backend in use here, and one program run in it.

`check` names the backend and what each escape probe could do; `run` calls one function of a program; `score` runs one
program's tests, for external scorers. Grading many programs is `harness grade code`.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from harness.cli.options.context import add_sandbox_option
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, SandboxUnavailable, UsageError
from harness.grading.code.plain_values import NotPlainData, decode_value, shown
from harness.grading.code.run_function import FunctionCallResult, run_once
from harness.grading.code.scorer import score_program
from harness.grading.machine_speed import speed_factor
from harness.grading.sandbox.backends.backend import SEATBELT
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.probes import MUST_WORK, BackendChoice, choose_backend
from harness.grading.sandbox.sample_run import SandboxError
from harness.report.render.lines import wrap

UNMEASURED = "unmeasured   never run by the authors: only the probes below show what it does (docs/sandbox.md)"
_NONE_BETTER = ("none: this one was requested", "none: it is the strongest one")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checking = actions.add_parser("check", help="the sandbox backend in use and what escape probes could do in it")
    checking.add_argument("--json", action="store_true", help="JSON instead of lines")
    checking.epilog = "Exit code: 0 when all is contained, 1 when a probe got through, 2 when no backend works here."
    running = actions.add_parser("run", help="call one function of a program and print its answer")
    running.add_argument("file", metavar="FILE", help="the program's source")
    running.add_argument("--entry", required=True, metavar="NAME", help="the function to call, or Class.method")
    running.add_argument("--args", required=True, metavar="JSON", help="a list; a tuple is {'#': 'tuple', 'v': [...]}")
    running.add_argument("--kwargs", default="{}", metavar="JSON", help="an object")
    running.add_argument(
        "--limit", type=_seconds, metavar="S", help="CPU seconds (default: 5, longer on a slow machine)"
    )
    running.epilog = (
        "The answer goes to standard output, what the program printed to standard error. Exit code: 0 with an answer, "
        "1 without."
    )
    # `judge` was the name until 2026-11; the alias goes with the next release.
    scoring = actions.add_parser("score", aliases=["judge"], help="run a program's tests and write the verdict")
    scoring.add_argument("file", metavar="FILE", help="the program's source")
    scoring.add_argument("tests", metavar="TESTS", help='{"entry": NAME, "cases": [{"args": [...], "expected": X}]}')
    scoring.add_argument("out", metavar="OUT", help="gets one JSON object with verdict: pass, fail, timeout or error")
    scoring.add_argument("timeout", type=_seconds, metavar="TIMEOUT", help="CPU seconds the program may take")
    for action in (checking, running, scoring):
        add_sandbox_option(action)


def run(arguments: argparse.Namespace) -> int:
    """Run the action; the exit code. Raises SandboxUnavailable where no backend works."""
    match arguments.action:
        case "check":
            return _check(arguments.sandbox, as_json=arguments.json)
        case "score" | "judge":
            if not Path(arguments.out).absolute().parent.is_dir() or Path(arguments.out).is_dir():
                raise UsageError(f"cannot write the verdict to {arguments.out}; a file in an existing folder is needed")
            return score_program(
                arguments.file, arguments.tests, arguments.out, str(arguments.timeout), sandbox=arguments.sandbox
            )
        case _:
            return _run(arguments)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


# check


def _check(sandbox: str | None, *, as_json: bool) -> int:
    try:
        choice = choose_backend(sandbox)
    except SandboxUnavailable as error:
        if as_json:
            print(json.dumps({"contained": False, "wall": None, "why": str(error)}, indent=1))
        raise
    factor = speed_factor()
    limits = ResourceLimits().scaled(factor)
    print(_as_json(choice, factor, limits) if as_json else "\n".join(_in_words(choice, factor, limits)))
    return EXIT_CHECK_FAILED if choice.escapes else EXIT_OK


def _as_json(choice: BackendChoice, factor: float, limits: ResourceLimits) -> str:
    container = choice.backend.container
    fields = {
        "contained": not choice.escapes,
        "wall": choice.backend.name,
        "program": choice.backend.bwrap if container is None else container.program,
        "image": None if container is None else container.image,
        "unmeasured": choice.backend == SEATBELT,
        "landlock": choice.landlock,
        "probes": dict(choice.probes),
        "escapes": choice.escapes,
        "passed_over": list(choice.refused),
        "speed_factor": round(factor, 2),
        "limits": {**asdict(limits), "wall_s": limits.deadline_s},
    }
    return json.dumps(fields, indent=1)


def _in_words(choice: BackendChoice, factor: float, limits: ResourceLimits) -> list[str]:
    landlock = f"version {choice.landlock}" if choice.landlock else "none in this kernel"
    lines = [
        f"backend      {choice.backend.name}{_place(choice)}",
        *([UNMEASURED] if choice.backend == SEATBELT else []),
        f"Landlock     {landlock}",
        *(f"skipped      {reason}" for reason in choice.refused or [_NONE_BETTER[choice.backend.container is None]]),
        f"speed        CPU limits are multiplied by {factor:.2f}",
        f"limits       {limits.cpu_s:.1f} CPU s, {limits.deadline_s:.0f} s of waiting, "
        f"{_mib(limits.memory_bytes)} of memory, {_mib(limits.answer_bytes)} an answer, "
        f"{_mib(limits.work_bytes)} in {limits.entries} files ({_mib(limits.file_bytes)} each), "
        f"{limits.descriptors} descriptors, {limits.threads} threads",
        "probes       what a program in the sandbox tried, and the outcome:",
    ]
    width = shutil.get_terminal_size().columns
    lines = [part for line in lines for part in wrap(line, width, following=" " * 13)]
    for what, worked in choice.probes.items():
        is_fine = worked is (what == MUST_WORK)
        lines.append(f"  {'ok      ' if is_fine else 'ESCAPED '} {what}: {'worked' if worked else 'refused'}")
    if not choice.escapes:
        return [*lines, "contained"]
    # choose_backend refuses one with any other escape; this one Landlock cannot close (docs/sandbox.md).
    return [
        *lines,
        f"not fully contained: {', '.join(choice.escapes)}. Without namespaces a program can see which files exist;",
        "nothing else got through, and graders use this backend. Bubblewrap with user namespaces prevents it.",
    ]


def _place(choice: BackendChoice) -> str:
    container = choice.backend.container
    where = choice.backend.bwrap if container is None else f"{container.program}, {container.image}"
    return f" ({where})" if where else ""


def _mib(count: int) -> str:
    return f"{count >> 20} MiB"


# run


def _run(arguments: argparse.Namespace) -> int:
    source = _source_of(Path(arguments.file))
    args, kwargs = _json_of("--args", arguments.args), _json_of("--kwargs", arguments.kwargs)
    if not isinstance(args, list):
        raise UsageError(f"--args {arguments.args} is no JSON list; for one argument write [...] around it")
    if not isinstance(kwargs, dict):
        raise UsageError(f"--kwargs {arguments.kwargs} is no JSON object")
    limits = (
        ResourceLimits().scaled(speed_factor()) if arguments.limit is None else ResourceLimits(cpu_s=arguments.limit)
    )
    backend = choose_backend(arguments.sandbox).backend
    try:
        outcome = run_once(source, arguments.entry, args, kwargs=kwargs, backend=backend, limits=limits)
    except NotPlainData as error:
        raise UsageError(f"--args or --kwargs cannot be passed: {error}") from error
    except SandboxError as error:
        raise SandboxUnavailable(f"the sandbox failed, which says nothing about the program: {error}") from error
    for line in outcome.printed.splitlines():
        print(f"printed: {_harmless(line)}", file=sys.stderr)
    print(f"{outcome.report.cpu_s:.3f} CPU s, {outcome.report.wall_s:.3f} s, in {backend.name}", file=sys.stderr)
    print(_ending(outcome, arguments.entry))
    return EXIT_OK if outcome.trouble is None else EXIT_CHECK_FAILED


def _source_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text: {error}") from error


def _json_of(option: str, text: str) -> object:
    try:
        return _value(json.loads(text))
    except (ValueError, RecursionError) as error:  # NotPlainData is a ValueError
        what = "a wrong tag" if isinstance(error, NotPlainData) else "no JSON"
        raise UsageError(f"{option} {text} is {what}: {error}") from error


def _value(wire: object) -> object:
    """A JSON value; objects with the tag `#` stand for what JSON lacks, all others are dicts."""
    if isinstance(wire, list):
        return [_value(item) for item in wire]
    if isinstance(wire, dict) and "#" not in wire:
        return {key: _value(item) for key, item in wire.items()}
    return decode_value(wire)


def _ending(outcome: FunctionCallResult, entry: str) -> str:
    """The answer as Python writes it, or how the program ended."""
    if outcome.trouble is not None:
        return f"{_harmless(entry)}: {_harmless(outcome.trouble)}"
    try:
        return _harmless(repr(outcome.answer))
    except ValueError:  # Python refuses the decimal digits of an int that is too wide
        return shown(outcome.answer)


def _harmless(text: str) -> str:
    """On one line and without what a terminal would obey."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
