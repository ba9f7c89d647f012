"""Mappings as one text and one digest, whatever the order of their fields: what call keys are made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import Enum


def digest(fields: Mapping[str, object]) -> str:
    """The hex SHA-256 of the fields as JSON with sorted names."""
    return hashlib.sha256(canonical_json(fields).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)


canonical_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain).encode
"""JSON with sorted names and without blanks."""
