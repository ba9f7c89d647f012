"""A YAML file as plain values that remember the line they stand on.

Covers reading, merging two files field by field, and keys written twice. Numbers and dates stay the text that was
written, so that a price never passes through a float; only below `extra_body`, which is sent as JSON, do they become
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import yaml

from harness.core.errors import ConfigError
from harness.core.plurals import counted

FieldPath: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = object

WHOLE_FIELDS = frozenset({"price", "extra_body"})
"""Fields that an overriding file replaces as a whole: half of an old price with half of a new one would be neither."""

# libyaml's reader where PyYAML was built with it; the one in Python gives the same nodes, several times slower
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_TRUE_WORDS = frozenset({"yes", "true", "on"})


@dataclass(frozen=True, slots=True, order=True)
class SourceLocation:
    """Where something is written; `line` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class ConfigIssue:
    """One thing to correct: where, and what was found and would be accepted."""

    mark: SourceLocation
    text: str

    def __str__(self) -> str:
        return f"{self.mark}: {self.text}"


@dataclass(slots=True)
class Document:
    """A parsed file or several merged ones: values, the mark of every field by its path, and what is wrong so far."""

    values: dict[str, Plain]
    marks: dict[FieldPath, SourceLocation]
    problems: list[ConfigIssue] = field(default_factory=list)

    def mark_of(self, path: Iterable[str | int]) -> SourceLocation:
        """The mark of the deepest known part of `path`; parts that no file has written are passed over."""
        known: FieldPath = ()
        for part in path:
            if (*known, part) in self.marks:
                known = (*known, part)
        return self.marks[known]


def raise_issues(problems: Iterable[ConfigIssue]) -> None:
    """Raises ConfigError with every problem, in the order of the files; returns where there is none."""
    ordered = sorted(set(problems))
    if not ordered:
        return
    if len(ordered) == 1:
        raise ConfigError(str(ordered[0]))
    raise ConfigError("\n  ".join([f"{counted(len(ordered), 'problem')} in the configuration:", *map(str, ordered)]))


PROVIDERS_KEYS = "`providers:` and `groups:`"


def read_document(path: Path, *, shown: str, keys: str = PROVIDERS_KEYS) -> Document:
    """The file at `path`, which messages call `shown`; `keys`: what it should hold, in words.

    Raises ConfigError where it cannot be read or is no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{shown}: cannot be read: {error.strerror}; expected a YAML file") from None
    return document_of(text, shown=shown, keys=keys)


@lru_cache(maxsize=2)
def _composed(text: str) -> yaml.Node | None:
    """The text's nodes, which nothing changes; the shipped file is read again by every evaluation of a process."""
    return yaml.compose(text, Loader=_LOADER)


def document_of(text: str, *, shown: str, keys: str = PROVIDERS_KEYS) -> Document:
    """The YAML text, which messages call `shown`. Raises ConfigError where it is no mapping."""
    try:
        root = _composed(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{shown}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{shown}: not YAML: {' '.join(str(error).split())}") from None
    document = Document(values={}, marks={(): SourceLocation(shown, 1)})
    if root is None or _is_null(root):
        return document
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{shown}:1: expected a mapping with {keys}, found {_kind(root)}")
    values = _NodeReader(shown=shown, document=document).mapping(root, (), ())
    document.values = values
    return document


def merged(base: Document, over: Document) -> Document:
    """`base` with the fields of `over` in their place; lists and the fields of WHOLE_FIELDS are replaced as a whole."""
    return Document(
        values=_merged_values(base.values, over.values),
        marks={**base.marks, **over.marks},
        problems=[*base.problems, *over.problems],
    )


def _merged_values(base: Mapping[str, Plain], over: Mapping[str, Plain]) -> dict[str, Plain]:
    values = dict(base)
    for name, value in over.items():
        old = values.get(name)
        if isinstance(old, dict) and name not in WHOLE_FIELDS:
            if value is None:  # `models:` with nothing below it says nothing
                continue
            if isinstance(value, dict):
                values[name] = _merged_values(old, value)
                continue
        values[name] = value
    return values


@dataclass(slots=True)
class _NodeReader:
    shown: str
    document: Document

    def value(self, node: yaml.Node, path: FieldPath, above: tuple[yaml.Node, ...]) -> Plain:
        """The node as plain values, its marks written down on the way."""
        if any(node is outer for outer in above):
            self.problem(node, "an anchor that contains itself cannot be read; write the fields out")
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path, above)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for place, item in enumerate(node.value):
                self.document.marks[(*path, place)] = self.mark(item)
                items.append(self.value(item, (*path, place), (*above, node)))
            return items
        if _is_null(node):
            return None
        if node.tag == "tag:yaml.org,2002:bool":
            return node.value.lower() in _TRUE_WORDS
        return self.number(node) if "extra_body" in path else str(node.value)

    def mapping(self, node: yaml.MappingNode, path: FieldPath, above: tuple[yaml.Node, ...]) -> dict[str, Plain]:
        values: dict[str, Plain] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode) or _is_null(key):
                self.problem(key, "a field's name must be one word, found none or a structure")
                continue
            name = str(key.value)
            if name in values:
                first = self.document.marks[(*path, name)].line
                self.problem(key, f"{name!r} is written twice in one place (first on line {first}); keep one")
                continue
            self.document.marks[(*path, name)] = self.mark(key)
            values[name] = self.value(item, (*path, name), (*above, node))
        return values

    def number(self, node: yaml.Node) -> Plain:
        """A scalar that is sent as JSON: a number where YAML sees one, else the text as written."""
        if node.tag not in _NUMBERS:
            return str(node.value)
        try:
            number: Plain = yaml.constructor.SafeConstructor().construct_object(node)
        except ValueError:
            number = math.nan
        if isinstance(number, float) and not math.isfinite(number):
            self.problem(node, f"{node.value} cannot be sent as JSON; expected a finite number")
            return 0
        return number

    def problem(self, node: yaml.Node, text: str) -> None:
        self.document.problems.append(ConfigIssue(self.mark(node), text))

    def mark(self, node: yaml.Node) -> SourceLocation:
        return SourceLocation(self.shown, node.start_mark.line + 1)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _kind(node: yaml.Node) -> str:
    return "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
