"""The key of a call: same key, same billed request.

Hashes everything that can change the answer: task and version, sample, prompt, tools, provider, model and its id, the
address, every sampling parameter, the endpoint's fixed body, repeat, the dialect's version, the rules of a
conversation, and how prompt caches are used where that was asked. Not the key variable, limits, backend or label.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum
from json.encoder import encode_basestring

from harness.core.conversations import ConversationRules
from harness.core.types import CacheMode, Endpoint, Sample, SamplingParams

_VARYING = frozenset({"prompt", "repeat", "sample", "system"})
"""What differs between the jobs of one endpoint on one task."""


class CallKeys:
    """The keys of one endpoint's jobs on one task with one set of parameters; `task` is (name, version).

    What all of them share is made JSON once, so a key costs a digest and little more.
    """

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        dialect_version: int,
        task: tuple[str, int],
        params: SamplingParams,
        conversation: ConversationRules | None = None,
        cache: CacheMode | None = None,
    ) -> None:
        is_mock = endpoint.simulated and not endpoint.simulated_by_response  # a mock gets a new port each run
        shared = {
            "task": list(task),
            "provider": endpoint.provider,
            "model": endpoint.model,
            "model_id": endpoint.model_id,
            "base_url": "simulated" if is_mock else endpoint.base_url,
            "service_tier": endpoint.service_tier,
            "stream": endpoint.stream,
            "extra_body": endpoint.extra_body,
            "params": asdict(params),
            "dialect": [endpoint.dialect, dialect_version],
            "traits": endpoint.traits,
        }
        if conversation is not None:  # as part of the key only where there is one: other keys stay what they were
            shared["conversation"] = asdict(conversation)
        if cache is not None:
            shared["cache"] = cache.value
        names = sorted({*shared, *_VARYING})
        # What stands between the values that vary: JSON up to the value of each of them, and what follows the last.
        between = [""]
        for number, name in enumerate(names):
            between[-1] += f"{',' if number else '{'}{_text(name)}:"
            if name in _VARYING:
                between.append("")
            else:
                between[-1] += _text(shared[name])
        first, self._repeat, self._sample, self._system, self._end = between
        self._digest = hashlib.sha256(first.encode())

    def key(self, sample: Sample, repeat: int) -> str:
        """32 hex digits."""
        # Names stand sorted: prompt, repeat, sample, system; tools are last and only where there are any.
        system = "null" if sample.system is None else encode_basestring(sample.system)
        tools = "" if sample.tools is None else f',"tools":{_text([asdict(tool) for tool in sample.tools])}'
        varying = (
            f"{encode_basestring(sample.prompt)}{self._repeat}{repeat:d}{self._sample}{encode_basestring(sample.id)}"
            f"{self._system}{system}{self._end}{tools}}}"
        )
        digest = self._digest.copy()
        digest.update(varying.encode())
        return digest.hexdigest()[:32]


def digest(fields: Mapping[str, object]) -> str:
    """The hex SHA-256 of the fields as JSON with sorted names."""
    return hashlib.sha256(_text(fields).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value)


_text = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain).encode
