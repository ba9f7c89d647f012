"""The options of a gate that set absolute limits, for all rows or for a named model or task."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from harness.core.errors import UsageError
from harness.report.gate.limits import Limit, Limits

Number = TypeVar("Number", float, Decimal)


def add_limit_options(parser: argparse.ArgumentParser) -> None:
    """`--min-accuracy`, `--max-usd-per-correct`, `--max-ttft`."""
    group = parser.add_argument_group(
        "limits",
        "For each model on each task, with or without a baseline; repeatable. MODEL=VALUE or TASK=VALUE\n"
        "holds for a model or a task and takes precedence. A figure that is not known ends with exit code 3.",
    )
    group.add_argument(
        "--min-accuracy",
        type=named(_share),
        action="append",
        default=[],
        metavar="[NAME=]SHARE",
        help="fail below this accuracy of graded answers, 0 to 1",
    )
    group.add_argument(
        "--max-usd-per-correct",
        type=named(_usd),
        action="append",
        default=[],
        metavar="[NAME=]USD",
        help="fail above these dollars, all attempts included",
    )
    group.add_argument(
        "--max-ttft",
        type=named(_seconds),
        action="append",
        default=[],
        metavar="[NAME=]S",
        help="fail above so many seconds, median TTFT",
    )


def limits_of(arguments: argparse.Namespace) -> Limits:
    """The limits asked for. Raises UsageError for one that is given twice."""
    return Limits(
        min_accuracy=_limit("--min-accuracy", arguments.min_accuracy),
        max_usd_per_correct=_limit("--max-usd-per-correct", arguments.max_usd_per_correct),
        max_ttft_s=_limit("--max-ttft", arguments.max_ttft),
    )


def _limit(option: str, given: Sequence[tuple[str | None, Number]]) -> Limit[Number]:
    names = [name for name, _ in given]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise UsageError(f"{option} is given twice{f' for {twice[0]}' if twice[0] else ''}")
    return Limit(
        common=next((value for name, value in given if name is None), None),
        named={name: value for name, value in given if name is not None},
    )


def named(read: Callable[[str], Number]) -> Callable[[str], tuple[str | None, Number]]:
    """A value, or NAME=VALUE, for argparse."""

    def parse(text: str) -> tuple[str | None, Number]:
        name, mark, value = text.rpartition("=")
        if mark and not name:
            raise argparse.ArgumentTypeError(f"{text!r} names no model and no task before its =")
        return (name if mark else None), read(value)

    return parse


def _share(text: str) -> float:
    found = number(text)
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not an accuracy from 0 to 1; for 90% write 0.9")
    return found


def _usd(text: str) -> Decimal:
    try:
        found = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of dollars from 0 on, such as 0.002")
    return found


def _seconds(text: str) -> float:
    found = number(text)
    if not 0 < found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0, such as 1.5")
    return found


def number(text: str) -> float:
    """The number a text is, NaN for a text that is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
