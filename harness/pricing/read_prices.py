"""The door of the price files: YAML text into `Price` and `ExchangeRate` values, or an error with file and line.

Covers reading a file and saying where in it something is not accepted. Does not cover what is accepted
(pricing.layout) nor which row is in force (pricing.book).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from harness.core.errors import ConfigError
from harness.core.labels import closest_names
from harness.core.prices import ExchangeRate, Price
from harness.pricing.schema import (
    ExchangeEntry,
    ExchangeFile,
    PriceFile,
    PriceFileModel,
    PriceRowEntry,
    RatesEntry,
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
}
FileT = TypeVar("FileT", bound=PriceFileModel)


def read_prices(path: Path) -> tuple[tuple[Price, ...], dict[str, str]]:
    """The rows of one price file, and its aliases as provider/alias -> provider/model.

    Raises ConfigError with file:line for anything the layout does not accept.
    """
    content = _read(path, PriceFile)
    rows = tuple(row.to_price(content.provider) for row in content.prices)
    aliases = {f"{content.provider}/{alias}": f"{content.provider}/{name}" for alias, name in content.aliases.items()}
    return rows, aliases


def read_exchange_rates(path: Path) -> tuple[ExchangeRate, ...]:
    """The dated rates of a file, oldest first. Raises ConfigError with file:line."""
    content = _read(path, ExchangeFile)
    rates = (
        ExchangeRate(currency=entry.currency, per_usd=entry.per_usd, on=entry.on, source=entry.source)
        for entry in content.rates
    )
    return tuple(sorted(rates, key=lambda rate: rate.on))


def _read(path: Path, layout: type[FileT]) -> FileT:
    lines: dict[Place, int] = {}
    tree = _tree_of(path, lines)
    try:
        return layout.model_validate(tree)
    except ValidationError as error:
        messages = list(_messages(error, path, layout, lines))
        shown = messages[:MAX_ERRORS_SHOWN]
        if len(messages) > len(shown):
            shown.append(f"... and {len(messages) - len(shown)} more")
        raise ConfigError("\n".join(shown)) from None


def _messages(
    error: ValidationError, path: Path, layout: type[PriceFileModel], lines: dict[Place, int]
) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_context=False):
        where = problem["loc"]
        line = next((lines[where[:end]] for end in range(len(where), -1, -1) if where[:end] in lines), 1)
        named = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")
        said = _said(problem)
        if problem["type"] == "extra_forbidden":
            said = f"unknown key; {closest_names(str(where[-1]), _known_keys(where[:-1], layout))}"
        yield f"{path}:{line}: {named + ': ' if named else ''}{said}"


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


def _known_keys(where: Place, layout: type[PriceFileModel]) -> list[str]:
    if layout is ExchangeFile and where:
        return list(ExchangeEntry.model_fields)
    for part in reversed(where):
        if isinstance(part, str) and part in ENTRY_OF_KEY:
            return list(ENTRY_OF_KEY[part].model_fields)
    return list(layout.model_fields)


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
