"""The program in a text without code fences: a whole text, a run of lines, an indented part, a function's body.

The whole text where it is Python, else the longest run of lines that is, one that defines the entry point before any
other, else the last indented part that does (Markdown's other code block). Of an interactive session what was typed.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from harness.grading.code.extraction.code_blocks import typed_lines
from harness.grading.code.extraction.main_program import says_something
from harness.grading.code.extraction.prompt_code import defines
from harness.grading.code.parsing import PythonReader

_BEGINS = re.compile(r"(?:from|import|def|class|async|if|for|while|with|try|print)\b|@|[A-Za-z_][\w., ]*=(?!=)|#")
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: .*)?$", re.MULTILINE)
_MAX_INDENTED_PARTS = 4
"""Of the parts that define the entry point, from the last: each is parsed, and a text may be made of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfencedProgram:
    """A program. `start`, `end`: where its lines stand in the text. `is_partial`: lines of the text were left out.

    `is_body`: it is the body of the prompt's function, and `source` has the prompt's code in front.
    """

    source: str
    rule: str
    start: int
    end: int
    is_partial: bool = False
    is_body: bool = False


def find_unfenced(text: str, name: str | None, stub: str, reader: PythonReader) -> UnfencedProgram | None:
    """The program of a text; None where it holds none. `stub`: the prompt's code, if it gave a function to complete."""
    if not text.strip():
        return None
    # First: a body such as "    return x" is no Python by itself, and its longest run would be a fragment.
    if stub and (body := _body(text, name, stub, reader)) is not None:
        return body
    if reader.parses(text) and says_something(text, name, reader):
        return UnfencedProgram(source=text, rule="the whole text", start=0, end=len(text))
    if (session := _session(text, name, reader)) is not None:
        return session
    found = _longest_run(text, name, reader)
    if name and (found is None or not defines(text[found[0] : found[1]], name)):
        found = _last_indented(text, name, reader) or found
    if found is None:
        return None
    start, end = found
    rule = "the longest run of lines that is Python"
    return UnfencedProgram(source=textwrap.dedent(text[start:end]), rule=rule, start=start, end=end, is_partial=True)


def _session(text: str, name: str | None, reader: PythonReader) -> UnfencedProgram | None:
    """What was typed into an interactive session that the text copies; None where that is no program."""
    prompts = list(_PROMPT.finditer(text))
    typed = typed_lines(text) if ">>> " in text else ""
    if not typed or not reader.parses(typed) or not says_something(typed, name, reader):
        return None
    rule = "the lines typed into an interactive session"
    return UnfencedProgram(source=typed, rule=rule, start=prompts[0].start(), end=prompts[-1].end(), is_partial=True)


def _body(text: str, name: str | None, stub: str, reader: PythonReader) -> UnfencedProgram | None:
    """A text that continues the prompt's function; None for anything else."""
    if name and defines(text, name):
        return None
    rule = "the text, as the body of the prompt's function"
    head = stub.rstrip()
    if text[0] not in " \t":  # it may have lost its first indentation on the way
        if re.search(r"\b(?:return|yield)\b", text):
            for body in (f"    {text}", textwrap.indent(text, "    ")):
                if reader.parses(f"{head}\n{body}"):
                    return UnfencedProgram(source=f"{head}\n{body}", rule=rule, start=0, end=len(text), is_body=True)
        return None
    body = _longest_prefix(f"{head}\n", text.strip("\n"), reader)
    if not body:
        return None
    is_partial = len(body.strip()) < len(text.strip())
    return UnfencedProgram(
        source=f"{head}\n{body}", rule=rule, start=0, end=len(body), is_partial=is_partial, is_body=True
    )


def _longest_prefix(head: str, text: str, reader: PythonReader) -> str:
    """The longest run of lines from the start that parses behind the head; empty where none does."""
    lines = text.splitlines(keepends=True)
    offset = head.count("\n")
    end = len(lines)
    while end > 0:
        error = reader.error_line(head + "".join(lines[:end]))
        if error is None:
            return "".join(lines[:end])
        # Straight to the line before the error: trying every length would parse a long text thousands of times.
        end = min(end - 1, max(error - offset - 1, 0)) if error > offset else end - 1
    return ""


def _longest_run(text: str, name: str | None, reader: PythonReader) -> tuple[int, int] | None:
    """The longest run of lines that parses and says something; one that defines the entry point wins over others."""
    found = [run for run in _runs(text, reader) if says_something(text[run[0] : run[1]], None, reader)]
    defining = [run for run in found if name and defines(text[run[0] : run[1]], name)]
    return max(defining or found, key=lambda run: run[1] - run[0], default=None)


def _last_indented(text: str, name: str, reader: PythonReader) -> tuple[int, int] | None:
    """The last indented part that defines the entry point and is Python."""
    parts = list(re.finditer(r"(?:^(?: {4}|\t)[^\n]*(?:\n|\Z)(?:[ \t]*\n)*)+", text, re.MULTILINE))
    defining = [part for part in parts if defines(part[0], name)]
    latest = reversed(defining[-_MAX_INDENTED_PARTS:])
    return next((part.span() for part in latest if reader.parses(textwrap.dedent(part[0]))), None)


def _runs(text: str, reader: PythonReader) -> Iterator[tuple[int, int]]:
    """From each line that may begin a program: the longest run of lines that parses, as [start, end)."""
    lines = text.splitlines(keepends=True)
    at = start = 0
    while at < len(lines):
        if _BEGINS.match(lines[at]):
            run = _longest_prefix("", "".join(lines[at:]), reader)
            if run.strip():
                yield start, start + len(run)
                passed = run.count("\n") or 1
                start += sum(map(len, lines[at : at + passed]))
                at += passed
                continue
        start += len(lines[at])
        at += 1
