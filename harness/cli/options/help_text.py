"""Help fitted to the terminal: paragraphs are filled, examples wrapped where a shell still reads them."""

from __future__ import annotations

import argparse
import re
import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

COMMENT_GAP = re.compile(r"(?<=\S) {2,}(?=\S)")
"""Between an example and what it does."""
CONTINUATION = " \\"
BELOW = " " * 6
BREAKABLE = re.compile(r" (?![->])")
"""A blank at which a command is not broken."""


MAX_OPTIONS_IN_USAGE = 12
"""A command with more of them has only those that are required in its usage line; the groups below list them all."""
HELP_COLUMN = 27


class HelpFormatter(argparse.HelpFormatter):
    """Fits descriptions and epilogs to the terminal; an indented line is an example: `  COMMAND  what it does`."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=HELP_COLUMN, width=shutil.get_terminal_size().columns)

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """The usage line, without the optional options of a command that has many."""
        listed = list(actions)
        if sum(bool(action.option_strings) for action in listed) > MAX_OPTIONS_IN_USAGE:
            others = argparse.Action(option_strings=[], dest="options", nargs="*", metavar="OPTION")
            listed = [others, *(action for action in listed if action.required or not action.option_strings)]
            groups = []
        super().add_usage(usage, listed, groups, prefix)

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Names with hyphens in them are not broken."""
        return _wrapped(" ".join(text.split()), width)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """`-m, --model MODEL`: the value once, behind the last name."""
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {value}"

    def _metavar_formatter(self, action: argparse.Action, default_metavar: str) -> Callable[[int], tuple[str, ...]]:
        """Closed sets as `warm|cold`."""
        if action.metavar is None and action.choices is not None:
            shown = "|".join(str(getattr(choice, "value", choice)) for choice in action.choices)
            return lambda size: (shown,) * size
        return super()._metavar_formatter(action, default_metavar)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(f"{indent}{line}".rstrip() for line in fitted(text, width - len(indent)))


def fitted(text: str, width: int) -> list[str]:
    """The lines of the text at most `width` columns wide, but for single words that are wider."""
    lines: list[str] = []
    for is_example, group in groupby(text.strip("\n").split("\n"), key=lambda line: line.startswith("  ")):
        block = list(group)
        lines += _examples(block, width) if is_example else _paragraphs(block, width)
    return lines


def table(rows: Mapping[str, str], width: int) -> list[str]:
    """Names with what they mean beside them, in two columns."""
    names = max(map(len, rows)) + 2
    lines = []
    for name, meaning in rows.items():
        lines += _wrapped(meaning, width, first=f"  {name:<{names}}", then=" " * (names + 2))
    return lines


def _paragraphs(lines: list[str], width: int) -> Iterator[str]:
    for is_blank, group in groupby(lines, key=lambda line: not line.strip()):
        if is_blank:
            yield from group
        else:
            yield from _wrapped(" ".join(group), width)


def _examples(lines: list[str], width: int) -> Iterator[str]:
    """As they are where all fit, else as a table where the first column is narrow, else each comment below its line."""
    parts = [COMMENT_GAP.split(line.strip(), maxsplit=1) for line in lines]
    if max(map(len, lines)) <= width:
        yield from lines
    elif all(len(part) == 2 for part in parts) and max(len(part[0]) for part in parts) < width // 3:
        yield from table({part[0]: part[1] for part in parts}, width)
    else:
        for command, *comment in parts:
            yield from _command_lines(command, width)
            for text in comment:
                yield from _wrapped(text, width, first=BELOW, then=BELOW)


def _command_lines(command: str, width: int) -> Iterator[str]:
    """Broken before options and redirections, with a backslash, so that the shell reads it as one line."""
    unbroken = BREAKABLE.sub("\0", command)
    *begun, last = _wrapped(unbroken, width - len(CONTINUATION), first="  ", then=BELOW)
    for line in (*(part + CONTINUATION for part in begun), last):
        yield line.replace("\0", " ")


def _wrapped(text: str, width: int, *, first: str = "", then: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )
