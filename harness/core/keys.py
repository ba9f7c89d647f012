"""The key of a call: same key, same paid work.

Hashes everything that can change the answer: task and version, sample, prompt, provider, model and its id, the address,
every sampling parameter, the endpoint's fixed body, repeat, and the dialect's version. Not the key variable, limits,
backend or label.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum

from harness.core.types import Endpoint, Sample, SamplingParams


def digest(fields: Mapping[str, object]) -> str:
    """The hex SHA-256 of the fields as JSON with sorted names."""
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)


def call_key(
    *,
    endpoint: Endpoint,
    dialect_version: int,
    task: tuple[str, int],
    sample: Sample,
    params: SamplingParams,
    repeat: int,
) -> str:
    """32 hex digits; `task` is (name, version)."""
    is_mock = endpoint.simulated and not endpoint.simulated_by_response  # a mock gets a new port each run
    fields = {
        "task": list(task),
        "sample": sample.id,
        "system": sample.system,
        "prompt": sample.prompt,
        "provider": endpoint.provider,
        "model": endpoint.model,
        "model_id": endpoint.model_id,
        "base_url": "simulated" if is_mock else endpoint.base_url,
        "service_tier": endpoint.service_tier,
        "stream": endpoint.stream,
        "extra_body": endpoint.extra_body,
        "params": asdict(params),
        "repeat": repeat,
        "dialect": [endpoint.dialect, dialect_version],
        "traits": endpoint.traits,
    }
    return digest(fields)[:32]
