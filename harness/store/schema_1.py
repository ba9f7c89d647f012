"""Reading lines of schema 1: their keys are renamed to those of schema 2."""

from __future__ import annotations

import json

_SCHEMA_1_KEYS = {
    "charges_beside": "non_token_charges",
    "of_other_prices": "tokens_at_other_rates",
    "overlapping": "cache_counts_overlap",
    "by_rule": "split_by_documented_rule",
    "wall": "sandbox_backend",
    "caches_only_on_request": "explicit_caching_only",
}
"""Old key: new key. Failure kinds are mapped by FailureKind itself."""
GRADE_MARK = b'"wall":'
"""In each grade of schema 1."""
_SCHEMA_1_MARKS = (b'"by_rule":', GRADE_MARK, b'"schema_version": 1,')
"""One of these is in each line or manifest of schema 1 that has a key to rename: usage always held `by_rule`, grades
and manifests `wall`. In text that came from outside a quotation mark is escaped, so they can only be keys."""


def upgrade(line: bytes) -> bytes:
    """A line or manifest of schema 1 with the keys of schema 2; any other is returned as it is.

    Only usage, grades, price rows and the manifest's own keys are renamed: what a provider sent (`raw_usage`) may hold
    any key.
    """
    renamed, sandbox, version = _SCHEMA_1_MARKS
    if renamed not in line and sandbox not in line and version not in line:  # every line passes here: no generator
        return line
    try:
        value = json.loads(line)
    except ValueError:
        return line  # what is wrong with it is said where it is read
    if not isinstance(value, dict):
        return line
    attempt = value.get("attempt")
    # `attempt` is looked at below with its `usage` alone: `raw_usage` is a copy of what the provider sent.
    for held in (value, value.get("usage"), value.get("grade"), *value.get("prices", ())):
        _rename_keys(held)
    if isinstance(attempt, dict):
        _rename_keys(attempt.get("usage"))
    if value.get("schema_version") == 1:
        value["schema_version"] = 2
    return json.dumps(value, ensure_ascii=False).encode()


def _rename_keys(held: object) -> None:
    if isinstance(held, dict):
        for old, new in _SCHEMA_1_KEYS.items():
            if old in held:
                held[new] = held.pop(old)
