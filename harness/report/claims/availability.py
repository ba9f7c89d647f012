"""Who still serves a claim's model: itself, another host, nobody since a day, or nobody that is known.

From providers.yaml and the days a claims file states.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from harness.config.load import Config
from harness.core.errors import ConfigError
from harness.report.claims.claim_file import RetiredModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAvailability:
    """`label` is what a run would ask for, None where nobody serves the model; `words` say so with the day."""

    model: str
    label: str | None
    is_gone: bool
    words: str


def availability_of(
    model: str, config: Config, retired: Mapping[str, RetiredModel], *, today: date
) -> ModelAvailability:
    """Who serves that model on that day."""
    name, at_sign, effort = model.partition("@")
    # The claims file first: it names a day, with its source, for models that no provider entry has.
    if model in retired or name in retired:
        known = retired.get(model) or retired[name]
        gone = known.on <= today
        words = f"{name} {'was' if gone else 'is to be'} retired on {known.on} ({known.source})"
        return ModelAvailability(model=model, label=None if gone else model, is_gone=gone, words=words)
    try:
        found = config.find(name)
    except ConfigError:
        words = f"no entry of providers.yaml serves {name}"
        return ModelAvailability(model=model, label=None, is_gone=False, words=words)
    if not config.is_retired(name, today=today):
        return ModelAvailability(model=model, label=model, is_gone=False, words=f"{name} is served")
    when = found.entry.retired_on
    day = "" if when is None else f" on {when.text}" if when.is_exact else f" in {when.text} (the day is not known)"
    hosts = [host for host in found.entry.also_at if not config.is_retired(host, today=today)]
    if not hosts:
        words = f"{name} was retired{day} and no other host of it is known"
        return ModelAvailability(model=model, label=None, is_gone=True, words=words)
    label = hosts[0] + (f"@{effort}" if at_sign and "@" not in hosts[0] else "")
    return ModelAvailability(
        model=model, label=label, is_gone=False, words=f"{name} was retired{day}; still served as {label}"
    )


def is_same_model(name: str, other: str, config: Config) -> bool:
    """Whether two provider/model names are one model, perhaps at two hosts: by `also_at` or the name's last part."""
    if name == other:
        return True
    if other in _also_at(name, config) or name in _also_at(other, config):
        return True
    return _bare(name) == _bare(other)


def _also_at(name: str, config: Config) -> list[str]:
    try:
        return config.find(name).entry.also_at
    except ConfigError:
        return []


def _bare(name: str) -> str:
    return re.sub(r"[._]", "-", name.rpartition("/")[2].lower())
