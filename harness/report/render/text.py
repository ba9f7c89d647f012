"""A document as text: fitted to a terminal, or whole where it goes into a file or a pipe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.report.render.fit import fit
from harness.report.render.language import tr
from harness.report.render.lines import printable, wrap
from harness.report.render.table import ReportDocument, Row, Section, Table

PROSE_WIDTH = 118
"""Characters a line of prose has at most where nothing limits the width."""
BOLD, DIM, RED, YELLOW = "1", "2", "31", "33"
COLOURED = re.compile(r"\b(FAILED|SIMULATED|IMPORTED|REPLAYED|incomplete)\b")
ASCII = str.maketrans({"·": "-", "…": "...", "≥": ">=", "≤": "<=", "×": "x", "–": "-", "—": "-", "→": "->"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What text is written for. `width` in characters; None: no limit."""

    width: int | None = None
    has_colour: bool = False
    is_ascii: bool = False


PAPER = Screen()
"""A file or a pipe."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    style: str = ""


def as_text(document: ReportDocument, screen: Screen = PAPER) -> str:
    """The tables one under the other, notes below them, and the result last."""
    prose = min(screen.width or PROSE_WIDTH, PROSE_WIDTH)
    lines = [*_prose(document.headline, prose, style=BOLD), _Line("")]
    for section in document.sections:
        lines += [*_section(section, screen.width, prose), _Line("")]
    notes = (*document.footnotes(), *document.notes)
    for note in notes:
        lines += _prose(note, prose, following="  ")
    if document.result:
        lines += [_Line("")] if notes else []
        for one in document.result:
            lines += _prose(one, prose, following="    ")
    return "\n".join(_finished(line, screen) for line in lines).rstrip() + "\n"


def _section(section: Section, width: int | None, prose: int) -> Iterator[_Line]:
    yield from _prose(section.title, prose, style=BOLD)
    for line in section.lines:
        yield from _prose(line, prose, "  ")
    for place, table in enumerate(section.tables):
        if place:
            yield _Line("")
        yield from _prose(table.title, prose)
        yield from _table(table, width, prose)


def _table(table: Table[Row], width: int | None, prose: int) -> Iterator[_Line]:
    fitted = fit(table, width)
    yield from (_Line(line, DIM) for line in fitted.head)
    for lines, below in zip(fitted.rows, fitted.below, strict=True):
        yield from map(_Line, lines)
        for text in below:
            yield from _prose(text, prose, "    ")
    if fitted.left_out:
        said = tr(f"left out at {width} characters: {', '.join(fitted.left_out)} (--wide shows all, --columns chooses)")
        yield from _prose(said, prose, style=DIM)


def _prose(text: str, width: int, first: str = "", following: str | None = None, *, style: str = "") -> Iterator[_Line]:
    for line in wrap(text, width, first, following):
        yield _Line(line, style)


def _finished(line: _Line, screen: Screen) -> str:
    text = printable(line.text)
    if screen.is_ascii:
        text = text.translate(ASCII).encode("ascii", "backslashreplace").decode()
    if not screen.has_colour:
        return text
    back = f"\x1b[{line.style}m" if line.style else ""
    text = COLOURED.sub(lambda word: f"\x1b[{RED if word[0] == 'FAILED' else YELLOW}m{word[0]}\x1b[0m{back}", text)
    return f"{back}{text}\x1b[0m" if back else text
