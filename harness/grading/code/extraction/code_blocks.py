"""The fenced code blocks of a text: language, content, and where they stand.

Markdown's rules (CommonMark 0.31, 4.5 Fenced code blocks) with three additions that answers need: a fence inside a
string of the program does not end its block, a block of one line (```python x = 1```) is one, and in a quotation the
marks `>` are no part of the program.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from dataclasses import dataclass

from harness.grading.code.parsing import PythonReader

_OPENING = re.compile(r"(?P<quote>(?:[ \t]*>)*)[ \t]*(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)")
_ONE_LINE = re.compile(r"[ \t]*(?P<info>[\w.+#-]*)(?P<content>[ \t][^`]+)`{3,}[ \t]*")
_PYTHON = re.compile(r"(?:i?py(?:thon)?|pypy|cpython|pycon|sage|gyp)[\d.]*", re.IGNORECASE)
_NO_LANGUAGE = frozenset(("", "code", "solution", "program", "answer", "script", "main"))
_MAX_LATER_ENDS = 4
"""How many later fences may turn out to be the end of a block whose strings hold fences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A block. `start`, `end`: where its content stands in the text. `source`: the content without quotation marks,
    prompts and common indentation; `raw`: with its indentation. `is_closed`: whether a fence ends it.

    `language`: the first word behind the fence, in lower case; empty for none.
    """

    start: int
    end: int
    raw: str
    language: str
    is_closed: bool

    @property
    def source(self) -> str:
        """The content without the indentation that all its lines share."""
        return textwrap.dedent(self.raw)

    @property
    def is_python(self) -> bool:
        """Whether it is marked as Python."""
        return _PYTHON.fullmatch(self.language) is not None

    @property
    def is_foreign(self) -> bool:
        """Whether it is marked as something else: another language, a shell's lines, input, output."""
        return not self.is_python and self.language not in _NO_LANGUAGE


def code_blocks(text: str, reader: PythonReader) -> list[CodeBlock]:
    """The blocks of a text that hold anything, in order."""
    found: list[CodeBlock] = []
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    at = 0
    while at < len(lines):
        opening = _OPENING.match(lines[at].rstrip("\n"))
        if opening is None:
            at += 1
        elif (one := _one_line(opening, starts[at])) is not None:
            found.append(one)
            at += 1
        # CommonMark 0.31, 4.5: an info string behind backticks holds none.
        elif "`" in opening["info"] and opening["mark"][0] == "`":
            at += 1  # inline code
        else:
            block, at = _block(lines, starts, at, opening, reader)
            if block.raw.strip():
                found.append(block)
    return found


def _one_line(opening: re.Match[str], start: int) -> CodeBlock | None:
    match = _ONE_LINE.fullmatch(opening["info"]) if opening["mark"][0] == "`" else None
    if match is None:
        return None
    begins = start + opening.start("info")
    content = match["content"]
    return CodeBlock(
        start=begins + match.start("content"),
        end=begins + match.end("content"),
        raw=f"{content.strip()}\n",
        language=_language(match["info"]),
        is_closed=True,
    )


def _block(
    lines: list[str], starts: list[int], opened_at: int, opening: re.Match[str], reader: PythonReader
) -> tuple[CodeBlock, int]:
    """The block that a fence opens, and the line behind it."""
    first, mark = opened_at + 1, opening["mark"]
    quote = re.compile(rf"(?:[ \t]*>){{0,{opening['quote'].count('>')}}} ?") if opening["quote"] else None
    # CommonMark: the closing fence is at least as long as the opening one, of the same character, and has no info
    # string.
    closing = re.compile(rf"[ \t>]*{re.escape(mark)}{re.escape(mark[0])}*[ \t]*")
    candidates = (at for at in range(first, len(lines)) if closing.fullmatch(lines[at].rstrip("\n")))
    ends = list(itertools.islice(candidates, 1))
    language = _language(opening["info"])

    def content(end: int) -> str:
        kept = lines[first:end] if quote is None else [quote.sub("", line, count=1) for line in lines[first:end]]
        return _typed("".join(kept))

    end = ends[0] if ends else len(lines)
    block = CodeBlock(start=starts[first], end=starts[end], raw=content(end), language=language, is_closed=bool(ends))
    # A program that prints Markdown holds ``` in a string; the block goes on to the fence that makes it whole.
    if ends and not block.is_foreign and not reader.parses(block.source):
        for later in itertools.islice(candidates, _MAX_LATER_ENDS):
            longer = content(later)
            if reader.parses(textwrap.dedent(longer)):
                whole = CodeBlock(start=starts[first], end=starts[later], raw=longer, language=language, is_closed=True)
                return whole, later + 1
    return block, end + 1


def _language(info: str) -> str:
    """The first word behind a fence, without the braces and file names that some dialects of Markdown write there."""
    word = re.match(r"[ \t{.]*([\w+#-]*(?:\.\d+)*)(\.py\b)?", info)
    if word is None:
        return ""
    return "python" if word[2] else word[1].lower()


def _typed(block: str) -> str:
    return typed_lines(block) if block.lstrip().startswith(">>> ") else block


def typed_lines(session: str) -> str:
    """What was typed into an interactive session: without prompts and without what was printed."""
    typed = re.findall(r"^[ \t]*(?:>>>|\.\.\.)(?: (.*))?$", session, re.MULTILINE)
    return "".join(f"{line}\n" for line in typed)
