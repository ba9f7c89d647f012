"""The key of a call: same key, same billed request.

Hashes everything that can change the answer: task and version, sample, prompt, tools, provider, model and its id, the
address, every sampling parameter, the endpoint's fixed body, repeat, the dialect's version, the rules of a
conversation, and how prompt caches are used where that was asked. Not the key variable, limits, backend or label.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict

import msgspec

from harness.core.conversations import ConversationRules
from harness.core.keys import canonical_json
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
            between[-1] += f"{',' if number else '{'}{canonical_json(name)}:"
            if name in _VARYING:
                between.append("")
            else:
                between[-1] += canonical_json(shared[name])
        first, self._repeat, self._sample, self._system, self._end = (part.encode() for part in between)
        self._digest = hashlib.sha256(first)

    def key(self, sample: Sample, repeat: int) -> str:
        """32 hex digits."""
        # Names stand sorted: prompt, repeat, sample, system; tools are last and only where there are any.
        parts = [
            _string(sample.prompt), self._repeat, b"%d" % repeat, self._sample, _string(sample.id), self._system,
            _string(sample.system), self._end,
        ]  # fmt: skip
        if sample.tools is not None:
            parts.append(f',"tools":{canonical_json([asdict(tool) for tool in sample.tools])}'.encode())
        parts.append(b"}")
        digest = self._digest.copy()
        digest.update(b"".join(parts))
        return digest.hexdigest()[:32]


_string = msgspec.json.Encoder().encode
"""A string or None as `canonical_json` writes it, in UTF-8 and a quarter of the time."""
