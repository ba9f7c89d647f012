"""Names of things on the command line and in files: nearest known names, and model labels with their effort.

A model label is `provider/model` or `provider/model@effort`; `@effort` sets the reasoning effort and is part of the
row's label. `provider/model@*` stands for the model at each effort it takes. `@name` alone is a group.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

EVERY_EFFORT = "@*"
"""Ends a label that stands for a model at each effort it takes."""

SIMULATED_HEADER = "x-harness-simulated"
"""Stands on everything the mock answers, so that its answers are never taken for a model's."""


def is_simulated(headers: Iterable[str]) -> bool:
    """Whether the names of a response's headers (in lower case) say that the mock answered.

    A gateway may put its own prefix before the headers it passes on: LiteLLM's proxy sends
    `llm_provider-x-harness-simulated` (seen 2026-11, litellm 1.110).
    """
    names = list(headers)
    if SIMULATED_HEADER not in "\n".join(names):  # in no name, as in nearly all responses
        return False
    return any(name == SIMULATED_HEADER or name.endswith(f"-{SIMULATED_HEADER}") for name in names)


def cold_line(mark: str) -> str:
    """The line before everything else in a request of a cold run; `mark`: 32 hex digits that no other request has."""
    return f"[request {mark}]\n"


def without_cold_line(text: str) -> str:
    """The text without such a line: the mock answers by the rest of it."""
    return _COLD_LINE.sub("", text)


_COLD_LINE = re.compile(r"^\[request [0-9a-f]{32}\]\n")


class Effort(Enum):
    """How much a model is asked to think before it answers."""

    NONE = "none"
    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def closest_names(found: str, known: Iterable[str], *, limit: int = 3, what: str = "known") -> str:
    """A clause that ends an error message: the nearest known names, or all of them, as `what`, where none is near."""
    return _closest_names(found, tuple(sorted(set(known))), limit, what)


@lru_cache(maxsize=256)  # some 5 ms among a thousand names, and many jobs of one model ask
def _closest_names(found: str, names: tuple[str, ...], limit: int, what: str) -> str:
    if not names:
        return "none are known"
    lowered = {name.lower(): name for name in names}
    close = [lowered[match] for match in difflib.get_close_matches(found.lower(), lowered, n=limit, cutoff=0.5)]
    close += [name for name in names if found.lower() in name.lower() and name not in close][: limit - len(close)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    shown = names if len(names) <= 20 else [*names[:20], f"... {len(names) - 20} more"]
    return f"{what}: {', '.join(shown)}"


def cut_middle(name: str, limit: int) -> str:
    """The name with at most so many characters: size, effort and date at its ends tell models apart."""
    if len(name) <= limit:
        return name
    end = (limit - 1) // 2
    return f"{name[: limit - 1 - end]}…{name[len(name) - end :]}"


def split_label(label: str) -> tuple[str, Effort | None]:
    """`openai/gpt-5@high` as (`openai/gpt-5`, Effort.HIGH); without `@`, (label, None).

    Raises ValueError when the word after `@` is no effort.
    """
    name, at, word = label.partition("@")
    if not at:
        return label, None
    try:
        return name, Effort(word)
    except ValueError:
        accepted = ", ".join([*(effort.value for effort in Effort), "* (each that the model takes)"])
        raise ValueError(f"reasoning effort {word!r} in {label!r} is unknown; accepted after @: {accepted}") from None
