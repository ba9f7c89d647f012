"""Planted faults: one small replacement of text in the product each, and what it breaks.

They show that the mocked suite and the tests see what they should: `python -m tests.planted` applies one at a time to a
copy of the repository and says what caught it. The faults are in `faults/*.yaml`, by area.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`old`, which stands once in `file`, becomes `new`. `tests`: the paths that are tried first after the gate.

    Lines of `old` and `new` behind the first are indented relative to it.
    """

    area: str
    name: str
    file: str
    old: str
    new: str
    breaks: str
    tests: tuple[str, ...]

    def applied_to(self, text: str) -> str:
        """The file's text with the fault. Raises ValueError unless `old` stands in it exactly once."""
        places = list(self._places(text))
        if len(places) != 1:
            raise ValueError(f"fault {self.name}: the old text stands {len(places)} times in {self.file}, not once")
        start, indent = places[0]
        end = start + len(_indented(self.old, indent))
        return text[:start] + _indented(self.new, indent) + text[end:]

    def _places(self, text: str) -> Iterator[tuple[int, str]]:
        """Where the old text stands, with the indentation of its first line."""
        first = self.old.partition("\n")[0]
        at = text.find(first)
        while at >= 0:
            line = text[text.rfind("\n", 0, at) + 1 : at]
            indent = line[: len(line) - len(line.lstrip())]
            if text.startswith(_indented(self.old, indent), at):
                yield at, indent
            at = text.find(first, at + 1)


def _indented(text: str, indent: str) -> str:
    return text.replace("\n", "\n" + indent)


def load_faults(folder: Path = FOLDER) -> tuple[Fault, ...]:
    """All faults, by area in alphabetical order."""
    return tuple(
        Fault(area=path.stem, **{**entry, "tests": tuple(entry["tests"])})
        for path in sorted(folder.glob("*.yaml"))
        for entry in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    )


def rotating_sample(faults: Sequence[Fault], number: int, *, turn: int) -> list[Fault]:
    """`number` faults that change with `turn`, so that all come around in len(faults) / number turns."""
    start = turn * number
    return [faults[(start + step) % len(faults)] for step in range(number)]
