"""The recorded versions (versions.json), what differs from them, and when they may be written anew."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.versions.fingerprints import ROOT, Fingerprint

RECORD = Path(__file__).with_name("versions.json")
CHANGELOG = ROOT / "CHANGELOG.md"
COMMAND = 'python -m tests.versions --entry "FIRST WORDS OF THE ENTRY"'
SECTION = "### Changes numbers"
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One thing as it was recorded. `entry`: words of its changelog entry, None for the first version."""

    version: str | None
    entry: str | None
    parts: Mapping[str, str]


def read_record(path: Path = RECORD) -> dict[str, Recorded]:
    """The recorded things by name."""
    return {name: Recorded(**fields) for name, fields in json.loads(path.read_text(encoding="utf-8")).items()}


def write_record(record: Mapping[str, Recorded], path: Path = RECORD) -> None:
    """Write the record, a line for each part."""
    text = json.dumps({name: asdict(one) for name, one in sorted(record.items())}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def changed_numbers(changelog: str) -> str:
    """The text below every heading *Changes numbers*, on one line."""
    parts = re.findall(rf"^{SECTION}$(.*?)(?=^#{{2,3}} |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return " ".join(" ".join(parts).split())


def differences(recorded: Recorded, now: Fingerprint) -> list[str]:
    """Parts that changed or are gone, in words; what is new beside them changes no figure."""
    found = []
    for part, before in recorded.parts.items():
        after = now.parts.get(part)
        if after != before:
            found.append(f"{part!r} was {before!r}, is {after!r}" if after is not None else f"{part!r} is gone")
    return found


def unversioned(record: Mapping[str, Recorded], now: Mapping[str, Fingerprint]) -> list[str]:
    """What changed without a new record, in sentences that say what to do."""
    found = [f"{name} is gone: {COMMAND}" for name in record if name not in now]
    for name, one in now.items():
        if name not in record:
            found.append(f"{name} is new: python -m tests.versions")
            continue
        changes, was = differences(record[name], one), record[name].version
        if changes:
            step = "" if one.version is None else f"raise its version (now {one.version}), "
            more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
            said = "; ".join(changes[:_SHOWN])
            found.append(
                f"{name} changed: {said}{more}. To change figures, {step}write an entry under *Changes numbers* in "
                f"CHANGELOG.md, then: {COMMAND}"
            )
        elif one.version != was:
            found.append(f"{name} has version {one.version}, recorded is {was}: {COMMAND}")
    return found


def renewed(
    record: Mapping[str, Recorded], now: Mapping[str, Fingerprint], entry: str | None, changelog: str
) -> dict[str, Recorded] | list[str]:
    """The record as things are now, or why it may not be written: a version that did not rise, a missing entry."""
    refused, found = [], {}
    for name, one in now.items():
        before = record.get(name)
        if before is None:
            found[name] = Recorded(version=one.version, entry=None, parts=one.parts)
            continue
        is_changed = bool(differences(before, one)) or one.version != before.version
        if is_changed:
            refused += _refusals(name, before, one, entry)
        found[name] = Recorded(version=one.version, entry=entry if is_changed else before.entry, parts=one.parts)
    if set(record) - set(now) and entry is None:
        refused.append(f"{', '.join(sorted(set(record) - set(now)))} gone: name the changelog entry with --entry")
    if entry is not None and " ".join(entry.split()) not in changed_numbers(changelog):
        refused.append(f"no entry under *Changes numbers* in CHANGELOG.md holds {entry!r}")
    return refused or found


def _refusals(name: str, before: Recorded, now: Fingerprint, entry: str | None) -> list[str]:
    refused = []
    if now.version is not None and _order(now.version) <= _order(before.version or ""):
        refused.append(f"{name} changed and its version is still {now.version}: raise it")
    if entry is None:
        refused.append(f"{name} changed: name its entry under *Changes numbers* with --entry")
    elif entry == before.entry:
        refused.append(f"{name} changed again since the entry {entry!r}: write another one")
    return refused


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
