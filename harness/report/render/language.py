"""Output in another language: one catalogue of texts, looked up where a document, a page or a chart is written out.

Everything is built in English. A text of the catalogue may hold `{}` for what differs (`{w}`: one word); what stands
there is looked up in turn, but for `{t}`, a text that is kept. What a model wrote, names, numbers and commands are
never translated; a text without an entry stays as it is: the test of this module finds those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape, unescape
from pathlib import Path
from typing import Any

from harness.report.render.table import Column, ReportDocument, Section, Table

LANGUAGES = ("en", "zh")
FOLDER = Path(__file__).parent / "texts"
PLACE = "{w} on {w}: "
"""What a note begins with: a model on a task; the rest is looked up by itself."""
SEPARATORS = (("; ", "；"), (": ", "："))
"""What stands between two texts, here and in Chinese."""
TITLE_PARTS = " · "
COMMANDS = ("command: ", "made by: ")
"""What a line with a command of a user begins with: the rest is kept. Patterns take minutes for a long prompt in it."""
FREE_TEXT = "{t}. ["
"""What a row of a claim begins with: the claim's own words, which stay as they are."""
_PLACES = re.compile(r"\{[wt]?\}")
_COUNTED = re.compile(r"\d[\d,]* x ")
_NUMBERED = re.compile(r"(\d[\d,]*) (.+)")


@dataclass(slots=True)
class _Spoken:
    language: str = "en"


_SPOKEN = _Spoken()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Write everything in this language while it lasts: one process writes one language at a time."""
    before, _SPOKEN.language = _SPOKEN.language, language
    try:
        yield
    finally:
        _SPOKEN.language = before


def language() -> str:
    """The language that is written now."""
    return _SPOKEN.language


def tr(text: str) -> str:
    """The text in the language that is written now; itself without an entry."""
    return text if _SPOKEN.language == "en" else _translated(_SPOKEN.language, text)


@lru_cache(maxsize=20_000)
def _translated(to: str, text: str) -> str:
    exact, patterns = catalogue(to)
    if text in exact:
        return exact[text]
    for beginning in COMMANDS:
        if text.startswith(beginning):
            return exact[beginning + "{}"].format(text.removeprefix(beginning))
    if _COUNTED.match(text) and "; " in text:
        return "；".join(_translated(to, part) for part in text.split("; "))
    for pattern, own in patterns:
        found = pattern.fullmatch(text)
        if found is not None:
            kept = pattern.groupindex.values()
            parts = enumerate(found.groups(), start=1)
            return own.format(*(part if number in kept else _translated(to, part) for number, part in parts))
    return _translated_parts(to, text)


def _translated_parts(to: str, text: str) -> str:
    """Parts of a title, a sentence behind the place that it speaks of, or a list of names: each part looked up."""
    counted = _COUNTED.match(text)
    if counted is not None:
        return counted[0] + _translated(to, text[counted.end() :])
    if TITLE_PARTS in text:
        return TITLE_PARTS.join(_translated(to, part) for part in text.split(TITLE_PARTS))
    names = [_named(to, name) for name in text.split(", ")]
    if None not in names:
        return "、".join(filter(None, names))
    for between, own in SEPARATORS:
        parts = text.split(between, maxsplit=1)
        if len(parts) == 2:
            translated_parts = [_translated(to, part) for part in parts]
            if translated_parts != parts:
                return own.join(translated_parts)
    return text


def _named(to: str, name: str) -> str | None:
    """A name of a list, or a count of it; None where it has no entry."""
    exact, _ = catalogue(to)
    found = _NUMBERED.fullmatch(name)
    if name in exact or found is None:
        return exact.get(name)
    return f"{found[1]} {exact[found[2]]}" if found[2] in exact else None


@lru_cache(maxsize=4)
def catalogue(to: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Exact texts, and patterns with their translation, those with the most words of their own first."""
    import yaml  # for other languages alone

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in Python takes half a second
    entries: dict[str, str] = yaml.load((FOLDER / f"{to}.yaml").read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    exact = {text: own for text, own in entries.items() if not _PLACES.search(text)}
    exact["{} samples"] = entries["{} samples"]  # the script of a page fills it in
    exact |= {name: entries[name] for name in (beginning + "{}" for beginning in COMMANDS)}
    places = sorted(
        (text for text in entries if _PLACES.search(text) and text != "{} samples"),
        key=lambda text: (not text.startswith((PLACE, FREE_TEXT)), -len(_PLACES.sub("", text))),
    )
    return exact, [(_pattern(text), entries[text]) for text in places]


def _pattern(text: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in _PLACES.split(text)]
    kinds = {"{w}": r"(\S+?)", "{}": "(.*?)"}
    places = enumerate(_PLACES.findall(text))
    groups = [kinds.get(place, f"(?P<kept{number}>.*?)") for number, place in places]
    whole = "".join(part + group for part, group in zip(parts, [*groups, ""], strict=True))
    return re.compile(whole.replace('"(.*?)"', '"([^"]*)"'), re.DOTALL)


def translated(document: ReportDocument) -> ReportDocument:
    """The document with its headings, columns and sentences in the language that is written now."""
    if _SPOKEN.language == "en":
        return document
    return replace(
        document,
        title=tr(document.title),
        mode=tr(document.mode),
        state=tr(document.state),
        sections=tuple(map(_section, document.sections)),
        notes=tuple(map(tr, document.notes)),
        result=tuple(map(tr, document.result)),
        facts=tuple((tr(title), tuple(map(tr, lines))) for title, lines in document.facts),
    )


def _section(section: Section) -> Section:
    return replace(
        section,
        title=tr(section.title),
        tables=tuple(map(_table, section.tables)),
        lines=tuple(map(tr, section.lines)),
        chart_note=tr(section.chart_note),
    )


def _table(table: Table[Any]) -> Table[Any]:
    columns = tuple(map(_column, table.columns))
    return replace(table, title=tr(table.title), columns=columns, footnotes=tuple(map(tr, table.footnotes)))


def _column(column: Column[Any]) -> Column[Any]:
    text = column.text
    words = (lambda row: tr(text(row))) if column.is_prose else text
    return replace(column, title=tr(column.title), meaning=tr(column.meaning), text=words)


def translated_svg(drawn: str) -> str:
    """A chart with its words in the language that is written now; names of models have no entry."""
    if _SPOKEN.language == "en":
        return drawn
    return re.sub(
        r"(<(?:text|tspan)\b[^>]*>)([^<]+)(?=</)", lambda one: one[1] + escape(tr(unescape(one[2])), quote=False), drawn
    )
