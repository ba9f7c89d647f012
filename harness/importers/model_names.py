"""Which model a board means: its name without day and effort, found in facts/model_names.yaml or the price rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from harness.core.labels import Effort
from harness.importers.price_history import PriceHistory
from harness.pricing.book import FACTS

MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december) 20\d\d"
_DAY = re.compile(rf"[ -]?\(?(?:{MONTH}|20\d{{2}}-?[01]\d-?[0-3]\d)\)?", re.IGNORECASE)
_EFFORT = re.compile(r"(?:[ @_-]|^)\(?(minimal|low|medium|high)\)?$", re.IGNORECASE)
_WORDS = re.compile(
    r"[ :@-]?\(?(?:(?:no|default|[0-9]+k?) think(?:ing)?(?: tokens)?|thinking|reasoning=\w+)\)?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedModel:
    """`name`: provider/model of the price rows, None where it is not known; `effort` as far as the name says."""

    name: str | None
    effort: Effort | None


@cache
def _known() -> Mapping[str, str]:
    content = yaml.safe_load((FACTS / "model_names.yaml").read_text(encoding="utf-8"))
    return {alias.lower(): name for name, aliases in content["names"].items() for alias in aliases}


@cache
def _open_models() -> tuple[str, ...]:
    content = yaml.safe_load((FACTS / "model_names.yaml").read_text(encoding="utf-8"))
    return tuple(content["open_models"])


def is_open_model(name: str) -> bool:
    """Whether many hosts serve it, each at its own price."""
    return name.lower().startswith(_open_models())


def model_of(name: str, history: PriceHistory) -> NamedModel:
    """The model that a board's name means.

    A name of a price row (`openrouter/minimax/minimax-m2`) is itself. Days, efforts and words on thinking are cut off.
    """
    bare, effort = name.strip(), None
    for _ in range(4):
        if (found := _lookup(bare, history)) is not None:
            return NamedModel(name=found, effort=effort)
        hit = _EFFORT.search(bare)
        if hit is not None and effort is None:
            effort, bare = Effort(hit[1].lower()), bare[: hit.start()].strip()
            continue
        bare = _WORDS.sub("", _DAY.sub("", bare)).strip()
    found = _lookup(bare, history)
    return NamedModel(name=found, effort=effort)


def _lookup(name: str, history: PriceHistory) -> str | None:
    if name.lower() in _known():
        return _known()[name.lower()]
    return name.lower() if "/" in name and history.has(name.lower()) else None


def says_thinking(name: str) -> bool:
    """Whether a board's name says that the model reasons; some models bill such output at another rate."""
    return bool(_WORDS.search(name)) and "no think" not in name.lower()
