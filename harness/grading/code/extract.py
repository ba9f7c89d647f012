"""The program in a model's text: which lines are run, and what is put before them.

Think blocks are dropped (core.think). Fenced: the last block that defines the entry point, else the last block.
Unfenced: the whole text where it parses, else the longest span of lines that does, one that defines the entry point
before any other, else an indented part that does. A text that only continues the prompt's function (an indented body)
gets the prompt's code in front; a program that repeats the function gets the prompt's imports and helpers. A block from
an interactive session counts without its prompts and without what was printed.

Earlier blocks that define what the chosen one uses and lacks are put before it.

Not covered: other languages than Python; blocks that need each other in other ways; mending broken code.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.core.think_blocks import without_thinking
from harness.grading.code.parsing import error_line, parse_python, parses, unbound_names

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_MARKER = re.compile(r"^[ \t]*\[/?(?:BEGIN|DONE|END|PYTHON|CODE|ANSWER|SOLUTION)\][ \t]*$", re.MULTILINE)
"""Lines that few-shot prompts taught models to put around code."""
_MAX_CHARS = 100_000
_MAX_PARSES = 400
"""What one text may cost: a parse of 100,000 characters takes about 0.1 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What is run and how it was found. `is_partial`: lines of the text were left out because they are no Python."""

    source: str
    rule: str
    is_partial: bool = False


def extract(text: str, *, entry_point: str | None, prompt: str = "") -> Extracted | None:
    """The program of a text; None where it holds none. `entry_point` None: a main program is wanted."""
    text = without_thinking(text).replace("\r\n", "\n").replace("\r", "\n")[:_MAX_CHARS]
    text = _FENCE.sub(_without_prompts, text)
    name = entry_point.partition(".")[0] if entry_point else None
    stub = _stub(prompt, name)
    matches = [match for match in _FENCE.finditer(text) if match.group(2).strip()]
    defining = [match for match in matches if name and defines(match.group(2), name)]
    if defining:
        last = defining[-1]
        blocks = [match.group(2) for match in matches if match.start() < last.start()]
        whole = _with_helpers(_to_its_end(text, last), blocks)
        return _completed(whole, name=name, stub=stub, rule="last fenced block that defines the entry point")
    before = text[: matches[0].start()] if matches else text
    if not matches or (name and (defines(before, name) or _is_body(before, stub))):
        return _unfenced(before, name, stub)  # a prompt may have opened the fence that this text closes
    return _completed(matches[-1].group(2), name=name, stub=stub, rule="last fenced block")


def _without_prompts(match: re.Match[str]) -> str:
    """A block; of one copied from an interactive session what was typed, without the prompts and what was printed."""
    block = match.group(2)
    if not block.lstrip().startswith(">>> "):
        return match[0]
    typed = re.findall(r"^[ \t]*(?:>>>|\.\.\.)(?: (.*))?$", block, re.MULTILINE)
    inside = match.start(2) - match.start()
    return match[0][:inside] + "".join(f"{line}\n" for line in typed) + match[0][inside + len(block) :]


def defines(source: str, name: str) -> bool:
    """Whether a text defines or assigns a name at the start of a line; it need not parse."""
    escaped = re.escape(name)
    return (
        re.search(rf"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{escaped}\b|^{escaped}[ \t]*=", source, re.M) is not None
    )


def _stub(prompt: str, name: str | None) -> str:
    """The prompt's own code: the block or the part of it that defines the entry point, from its imports on."""
    if name is None or not defines(prompt, name):
        return ""
    blocks = [match.group(2) for match in _FENCE.finditer(prompt) if defines(match.group(2), name)]
    if blocks:
        return blocks[-1]
    lines = prompt.splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if re.match(r"(from|import|def|class|async)\b|@", line)]
    for at in starts:
        kept = "".join(lines[at:])
        if parses(kept + "\n    pass\n"):
            return kept
    return ""


def _head(stub: str, name: str) -> str:
    """What stands before the entry point in the prompt's code: imports and helpers."""
    match = re.search(rf"^(?:@[^\n]*\n)*(?:(?:async[ \t]+)?def|class)[ \t]+{re.escape(name)}\b", stub, re.M)
    head = stub[: match.start()] if match else ""
    return head if parses(head) else ""


def _completed(source: str, *, name: str | None, stub: str, rule: str) -> Extracted:
    """The program with what the prompt gave: the stub for a bare body, imports and helpers for a whole function."""
    if name is None:
        return Extracted(source=textwrap.dedent(source), rule=rule)
    if defines(source, name):
        dedented = textwrap.dedent(source)
        whole = dedented if parses(dedented) else source
        head = _head(stub, name)
        return Extracted(source=f"{head}\n{whole}" if head.strip() else whole, rule=rule)
    if stub and not parses(source):
        for body in (source, textwrap.indent(textwrap.dedent(source), "    ")):
            if parses(f"{stub.rstrip()}\n{body}"):
                return Extracted(
                    source=f"{stub.rstrip()}\n{body}", rule=f"{rule}, as the body of the prompt's function"
                )
    return Extracted(source=textwrap.dedent(source), rule=rule)


def _to_its_end(text: str, match: re.Match[str]) -> str:
    """The block; where it is no Python because a fence stands in one of its strings, up to a later fence."""
    block = match.group(2)
    if parses(textwrap.dedent(block)):
        return block
    ends = list(re.finditer(rf"^[ \t]*{re.escape(match.group(1))}[ \t]*$", text[match.end() :], re.M))
    for end in ends[:4]:
        longer = text[match.start(2) : match.end() + end.start()]
        if parses(textwrap.dedent(longer)):
            return longer
    return block


def _with_helpers(block: str, earlier: list[str]) -> str:
    """The block behind those earlier ones that define what it uses and does not define: code told in steps."""
    source = textwrap.dedent(block)
    if not earlier or not parses(source):
        return block
    for helper in reversed(earlier[-4:]):
        text = textwrap.dedent(helper)
        if parses(text) and _defined(text) & _missing(source):
            source = f"{text}\n{source}"
    return source


def _defined(source: str) -> frozenset[str]:
    """Functions and classes at the top level."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in parse_python(source).body if isinstance(node, kinds))


def _missing(source: str) -> frozenset[str]:
    """Names that are used and bound nowhere in the text."""
    return unbound_names(parse_python(source))


def _is_body(text: str, stub: str) -> bool:
    """Whether a text begins indented, as the rest of the prompt's function."""
    return bool(stub and text.strip()) and text.lstrip("\n")[0] in " \t"


def _unfenced(text: str, name: str | None, stub: str) -> Extracted | None:
    text = _MARKER.sub("", text).lstrip("\n")
    if not text.strip():
        return None
    if stripped := _stripped_body(text, name, stub):
        rule = "the text, as the body of the prompt's function"
        return Extracted(source=f"{stub.rstrip()}\n{stripped}", rule=rule)
    if _is_body(text, stub) and not (name and defines(text, name)):
        body = _longest_prefix(f"{stub.rstrip()}\n", text.strip("\n"), iter(range(_MAX_PARSES)))
        if body:
            rule = "the text, as the body of the prompt's function"
            is_partial = len(body.strip()) < len(text.strip())
            return Extracted(source=f"{stub.rstrip()}\n{body}", rule=rule, is_partial=is_partial)
    if parses(text) and _says_something(text, name):
        return _completed(text, name=name, stub=stub, rule="the whole text")
    span = _longest_span(text, name)
    if name and (span is None or not defines(span, name)):
        span = _indented(text, name) or span
    if span is None:
        return None
    whole = _completed(span, name=name, stub=stub, rule="the longest span of lines that is Python")
    return replace(whole, is_partial=True)


def _stripped_body(text: str, name: str | None, stub: str) -> str | None:
    """A function's body that lost its first indentation on the way; None for anything else."""
    if not stub or text[0] in " \t" or (name and defines(text, name)) or not re.search(r"\b(?:return|yield)\b", text):
        return None
    for body in (f"    {text}", textwrap.indent(text, "    ")):
        if parses(f"{stub.rstrip()}\n{body}"):
            return body
    return None


def _says_something(source: str, name: str | None) -> bool:
    """Whether Python text is a program: it defines the entry point, or does more than name a word."""
    if name is not None:
        return defines(source, name)
    body = parse_python(source).body
    return any(not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call) for node in body)


def _longest_prefix(head: str, text: str, tries: Iterator[int]) -> str:
    """The longest run of lines from the start that parses behind the head; empty where none does in so many tries."""
    lines = text.splitlines(keepends=True)
    offset = head.count("\n")
    end = len(lines)
    while end > 0 and next(tries, None) is not None:
        error = error_line(head + "".join(lines[:end]))
        if error is None:
            return "".join(lines[:end])
        end = min(end - 1, max(error - offset - 1, 0)) if error > offset else end - 1
    return ""


def _longest_span(text: str, name: str | None) -> str | None:
    """The longest span of lines that parses and says something; one that defines the entry point wins over others."""
    lines = text.splitlines(keepends=True)
    found = [span for span in _spans(lines) if _says_something(span, None)]
    defining = [span for span in found if name and defines(span, name)]
    return max(defining or found, key=len, default=None)


def _indented(text: str, name: str) -> str | None:
    """The last indented part that defines the entry point and is Python: Markdown's code without a fence."""
    parts = re.findall(r"(?:^(?: {4}|\t)[^\n]*(?:\n|\Z)(?:[ \t]*\n)*)+", text, re.MULTILINE)
    found = [textwrap.dedent(part) for part in parts if defines(part, name)]
    return next((part for part in reversed(found[-4:]) if parses(part)), None)


def _spans(lines: list[str]) -> Iterator[str]:
    """From each line that may begin a program: the longest run that parses."""
    begins = re.compile(r"(?:from|import|def|class|async|if|for|while|with|try|print)\b|@|[A-Za-z_][\w., ]*=(?!=)|#")
    at, tries = 0, iter(range(_MAX_PARSES))
    while at < len(lines):
        if begins.match(lines[at]):
            run = _longest_prefix("", "".join(lines[at:]), tries)
            if run.strip():
                yield run
                at += run.count("\n") or 1
                continue
        at += 1
