"""Keys taken out of whatever an attempt holds: providers repeat them in errors, exceptions quote headers.

Covers every text in an attempt, however deep, the names in objects too; a key as it stands in JSON or in an address;
the beginning of a key in a message that was cut short. Logs are never given a key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote

from harness.core.types import Attempt, FailureKind, FinishReason, Json, Timing, Usage

MASK = "***"
MIN_KEY_CHARS_IN_MESSAGES = 4
MIN_KEY_CHARS_IN_ANSWERS = 16
"""Keys of local servers are words (`EMPTY`, `token-abc`): taking those out of an answer would change what is graded."""
TELLING_START = 12
"""So much of the beginning of a long key gives it away in a message: messages are cut to a length."""
_GENERATED = frozenset({"text", "reasoning", "partial_text"})
_WITHOUT_TEXT = frozenset({bool, int, float, Decimal, Timing, FailureKind, FinishReason})


def redact_keys(attempt: Attempt, keys: Iterable[str]) -> Attempt:
    """The attempt with each key replaced by `***`; a key of a few letters stays in generated text only."""
    secrets = _spellings(tuple(keys))
    if not secrets:
        return attempt
    long = tuple(secret for secret in secrets if len(secret) >= MIN_KEY_CHARS_IN_ANSWERS)
    changed = {}
    for entry in fields(attempt):
        value = getattr(attempt, entry.name)
        if value is None or type(value) in _WITHOUT_TEXT:
            continue
        clean = _scrubbed(value, long) if entry.name in _GENERATED else _scrubbed(value, secrets, starts=long)
        if clean != value:
            changed[entry.name] = clean
    return replace(attempt, **changed) if changed else attempt  # type: ignore[arg-type] # each keeps its own type


def mask_key(message: str, key: str | None) -> str:
    """The message without that key."""
    secrets = _spellings((key or "",))
    return str(
        _scrubbed(message, secrets, starts=[secret for secret in secrets if len(secret) >= MIN_KEY_CHARS_IN_ANSWERS])
    )


@lru_cache(maxsize=64)
def _spellings(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Each key as it is, in JSON and in an address, the longest first."""
    bare = [key.strip() for key in keys if len(key.strip()) >= MIN_KEY_CHARS_IN_MESSAGES]
    spelt = {spelling for key in bare for spelling in (key, json.dumps(key)[1:-1], quote(key, safe=""))}
    return tuple(sorted(spelt, key=len, reverse=True))


def _scrubbed(value: Json, secrets: Iterable[str], starts: Iterable[str] = ()) -> Json:
    match value:
        case str():
            for secret in secrets:
                if secret in value:
                    value = value.replace(secret, MASK)
            for secret in starts:
                value = _without_start(value, secret)
            return value
        case Mapping():
            return {
                _scrubbed(name, secrets, starts): _scrubbed(inner, secrets, starts) for name, inner in value.items()
            }
        case list():
            return [_scrubbed(inner, secrets, starts) for inner in value]
        case tuple():
            return tuple(_scrubbed(inner, secrets, starts) for inner in value)
        case Usage(problems=(), non_token_charges=(), tokens_at_other_rates=()):
            return value
        case Usage():
            problems, beside, others = (
                tuple(str(_scrubbed(one, secrets, starts)) for one in texts)
                for texts in (value.problems, value.non_token_charges, value.tokens_at_other_rates)
            )
            return replace(value, problems=problems, non_token_charges=beside, tokens_at_other_rates=others)
        case _:
            return value


def _without_start(text: str, secret: str) -> str:
    """The text without any telling beginning of the key."""
    while (at := text.find(secret[:TELLING_START])) >= 0:
        end = at
        while end < len(text) and end - at < len(secret) and text[end] == secret[end - at]:
            end += 1
        text = text[:at] + MASK + text[end:]
    return text
