"""A digest of the code that derives a cache: what older code computed must not be met by a corrected rule."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

HARNESS = Path(__file__).resolve().parents[1]


@cache
def code_fingerprint(patterns: tuple[str, ...]) -> str:
    """Of the files below `harness/` that fit the patterns, by name and content."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(found for pattern in patterns for found in HARNESS.glob(pattern) if found.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
