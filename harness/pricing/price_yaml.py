"""YAML of price files into the schema's values: every mistake named with its file and line and what is accepted.

Numbers stay texts, so that no price passes through a float. A field may have either of its two spellings
(pricing.schema), and rates may stand beside the other fields of an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from harness.core.errors import ConfigError
from harness.core.labels import closest_names
from harness.pricing.schema import (
    SPELLINGS,
    ExchangeEntry,
    ExchangeFile,
    FreeSuffixEntry,
    PriceFileModel,
    PriceRowEntry,
    RatesEntry,
    SourceEntry,
    TierEntry,
    WindowEntry,
)

NULLS = frozenset({"", "~", "null"})
MAX_ERRORS_SHOWN = 10

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | None"
Place: TypeAlias = tuple[str | int, ...]

ENTRY_OF_KEY: dict[str, type[PriceFileModel]] = {
    "prices": PriceRowEntry,
    "rates": RatesEntry,
    "tiers": TierEntry,
    "windows": WindowEntry,
    "service_tiers": RatesEntry,
    "sources": SourceEntry,
    "free_suffix": FreeSuffixEntry,
}
NAMES_INSIDE = frozenset({"aliases", "surcharges", "service_tiers"})
"""Mappings whose keys are names of the user's, not fields."""
RATE_FIELDS = frozenset(RatesEntry.model_fields)
FileT = TypeVar("FileT", bound=PriceFileModel)


def read_file(path: Path, schema: type[FileT]) -> FileT:
    """The content of a YAML file. Raises ConfigError with file:line for anything the schema does not accept."""
    lines: dict[Place, int] = {}
    tree = _tree_of(path, lines)

    def where(place: Place) -> str:
        return f"{path}:{lines[_known_prefix(lines, place)]}"

    return validated(tree, schema, where)


def deepest(places: Mapping[Place, str], place: Place) -> str:
    """Where a place is written, or the closest place above it that is."""
    return places[_known_prefix(places, place)]


def _known_prefix(known: Mapping[Place, object], place: Place) -> Place:
    return next(place[:end] for end in range(len(place), -1, -1) if place[:end] in known)


def validated(tree: Tree, schema: type[FileT], where: Callable[[Place], str]) -> FileT:
    """The value of a tree under either spelling of its fields. Raises ConfigError that says where each mistake is."""
    spelled = _Spelled(where=where)
    fields = spelled.fields(tree, (), ())
    try:
        return schema.model_validate(fields)
    except ValidationError as error:
        messages = list(_messages(error, schema, spelled))
    shown = messages[:MAX_ERRORS_SHOWN]
    if len(messages) > len(shown):
        shown.append(f"... and {len(messages) - len(shown)} more")
    raise ConfigError("\n".join(shown))


@dataclass(slots=True, kw_only=True)
class _Spelled:
    """Gives fields the names of the schema, and remembers how each was written and where."""

    where: Callable[[Place], str]
    written: dict[Place, Place] = field(default_factory=dict)

    def place_of(self, place: Place) -> str:
        """Where a field of the schema is written; its parent's place where it is not written itself."""
        return self.where(self.written[_known_prefix(self.written, place)])

    def fields(self, tree: Tree, place: Place, written: Place) -> Tree:
        """The tree under the schema's names. Raises ConfigError for a field that is written under both names."""
        self.written[place] = written
        if isinstance(tree, list):
            return [self.fields(item, (*place, at), (*written, at)) for at, item in enumerate(tree)]
        if not isinstance(tree, dict):
            return [tree] if place and place[-1] == "sources" and isinstance(tree, str) else tree
        is_named = bool(place) and place[-1] in NAMES_INSIDE
        keys: dict[str, str] = {}
        for key in tree:
            name = key if is_named else SPELLINGS.get(key, key)
            if name in keys:
                raise ConfigError(f"{self.where((*written, key))}: {keys[name]!r} and {key!r} are one field: keep one")
            keys[name] = key
        is_entry = not place or isinstance(place[-1], int)  # a price of one's own, or an item of a list
        nested = RATE_FIELDS & keys.keys() if is_entry and "rates" not in keys else frozenset()
        found: dict[str, Tree] = {
            name: self.fields(tree[key], (*place, name), (*written, key))
            for name, key in keys.items()
            if name not in nested
        }
        if nested:
            self.written[(*place, "rates")] = written
            found["rates"] = {
                name: self.fields(tree[keys[name]], (*place, "rates", name), (*written, keys[name])) for name in nested
            }
        return found


def _messages(error: ValidationError, schema: type[PriceFileModel], spelled: _Spelled) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_context=False):
        place = problem["loc"]
        named = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
        said = _said(problem)
        if problem["type"] == "extra_forbidden":
            said = f"unknown key; {closest_names(str(place[-1]), _known_keys(place[:-1], schema))}"
        yield f"{spelled.place_of(place)}: {named + ': ' if named else ''}{said}"


def _said(problem: ErrorDetails) -> str:
    """pydantic's complaint in our words: what was found, what would be accepted."""
    message = problem["msg"].removeprefix("Value error, ")
    found = problem["input"] if isinstance(problem["input"], str) or problem["input"] is None else "..."
    match problem["type"]:
        case "missing":
            return "is missing"
        case "model_type" | "dict_type":
            return f"found {found!r}; accepted: a mapping"
        case "list_type":
            return f"found {found!r}; accepted: a list"
        case "string_type":
            return f"found {found!r}; accepted: a text"
        case "too_short" | "string_too_short":
            return "is empty; accepted: at least one"
        case "literal_error":
            return f"found {found!r}; {message.replace('Input should be', 'accepted:')}"
        case _:
            return message


def _known_keys(place: Place, schema: type[PriceFileModel]) -> list[str]:
    entry = schema
    if schema is ExchangeFile and place:
        entry = ExchangeEntry
    for part in reversed(place):
        if isinstance(part, str) and part in ENTRY_OF_KEY:
            entry = ENTRY_OF_KEY[part]
            break
    names = [*entry.model_fields, *(RatesEntry.model_fields if "rates" in entry.model_fields else ())]
    return [*names, *(name for name, meant in SPELLINGS.items() if meant in names)]


def _tree_of(path: Path, lines: dict[Place, int]) -> Tree:
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is not YAML: {error}") from None
    if node is None:
        raise ConfigError(f"{path}: is empty; accepted: a mapping with provider and prices")
    return _NodeConverter(path, lines).plain(node, ())


class _NodeConverter:
    """Turns YAML nodes into mappings, lists, texts and null; `lines` learns the line of every place."""

    def __init__(self, path: Path, lines: dict[Place, int]) -> None:
        self._path = path
        self._lines = lines
        self._seen: set[int] = set()

    def plain(self, node: yaml.Node, where: Place) -> Tree:
        """Raises ConfigError for a key that stands twice and for aliases, which could nest without end."""
        line = node.start_mark.line + 1
        if id(node) in self._seen:
            raise ConfigError(f"{self._path}:{line}: YAML anchors and aliases are not accepted: write the value out")
        self._seen.add(id(node))
        self._lines.setdefault(where, line)
        if isinstance(node, yaml.ScalarNode):
            return None if node.style is None and node.value in NULLS else str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(child, (*where, index)) for index, child in enumerate(node.value)]
        mapping: dict[str, Tree] = {}
        for key_node, child in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in mapping:
                first = self._lines[(*where, key)]
                raise ConfigError(f"{self._path}:{line}: key {key!r} stands twice; the first is in line {first}")
            self._lines[(*where, key)] = line
            mapping[key] = self.plain(child, (*where, key))
        return mapping
