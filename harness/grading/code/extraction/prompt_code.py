"""The prompt's own code, and a program put together with it: imports, helpers, the head of a function to complete."""

from __future__ import annotations

import re
import textwrap

from harness.grading.code.extraction.code_blocks import code_blocks
from harness.grading.code.parsing import PythonReader


def defines(source: str, name: str) -> bool:
    """Whether a text defines or assigns a name at the start of a line; it need not parse."""
    escaped = re.escape(name)
    pattern = rf"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{escaped}\b|^{escaped}[ \t]*(?::[^=\n]+)?=(?!=)"
    return re.search(pattern, source, re.MULTILINE) is not None


def prompt_code(prompt: str, name: str | None, reader: PythonReader) -> str:
    """The prompt's own code: the block or the part of it that defines the entry point, from its imports on."""
    if name is None or not defines(prompt, name):
        return ""
    blocks = [block.raw for block in code_blocks(prompt, reader) if defines(block.raw, name)]
    if blocks:
        return blocks[-1]
    lines = prompt.splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if re.match(r"(from|import|def|class|async)\b|@", line)]
    for at in starts:
        kept = "".join(lines[at:])
        if reader.parses(kept + "\n    pass\n"):
            return kept
    return ""


def _head(stub: str, name: str, reader: PythonReader) -> str:
    """What stands before the entry point in the prompt's code: imports and helpers."""
    match = re.search(rf"^(?:@[^\n]*\n)*(?:(?:async[ \t]+)?def|class)[ \t]+{re.escape(name)}\b", stub, re.M)
    head = stub[: match.start()] if match else ""
    return head if reader.parses(head) else ""


def completed(source: str, *, name: str | None, stub: str, rule: str, reader: PythonReader) -> tuple[str, str]:
    """The program with what the prompt gave, and the rule: imports and helpers for a whole function, all for a body."""
    dedented = textwrap.dedent(source)
    if name is None:
        return dedented, rule
    if defines(source, name):
        whole = dedented if reader.parses(dedented) else source
        head = _head(stub, name, reader)
        return (f"{head}\n{whole}" if head.strip() else whole), rule
    if stub and not reader.parses(source):
        for body in (source, textwrap.indent(dedented, "    ")):
            if reader.parses(f"{stub.rstrip()}\n{body}"):
                return f"{stub.rstrip()}\n{body}", f"{rule}, as the body of the prompt's function"
    return dedented, rule
