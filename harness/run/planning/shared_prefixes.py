"""Which prompts begin alike, so that a provider's prompt cache can serve one with what another has left in it.

Prompts are compared in blocks of BLOCK_BYTES. Covers the order in which a warm run asks its samples and which
beginnings each shares with others. What a provider caches at least, and for how long, is its own affair.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.types import Sample

BLOCK_BYTES = 256
"""About 64 tokens, the smallest unit that a provider is known to cache (DeepSeek, "Context Caching", 2026-11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedBeginning:
    """What a sample's request has in common with others of the run.

    `keys`: a name for each beginning that others have too, the shorter first, and `sizes` its bytes. `prompt_chars`:
    characters of the prompt in the longest of them, after what stands before the prompt.
    """

    keys: tuple[bytes, ...] = ()
    sizes: tuple[int, ...] = ()
    prompt_chars: int = 0


NOTHING_SHARED = SharedBeginning()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedBeginnings:
    """By place in the given order: what each sample shares; and the places in the order in which a cache serves best.

    Samples that begin alike follow one another; otherwise the given order holds, within such a group and among groups.
    """

    found: tuple[SharedBeginning, ...]
    order: tuple[int, ...]


def shared_beginnings(samples: Sequence[Sample], *, repeats: int) -> SharedBeginnings:
    """Compare the samples' requests; with several repeats the whole of each request is shared too."""
    paths = [_path(sample) for sample in samples]
    counts = Counter(digest for path in paths for digest in path)
    first: dict[bytes, int] = {}
    for place, path in enumerate(paths):
        for digest in path:
            first.setdefault(digest, place)
    found, ranks = [], []
    for place, (sample, path) in enumerate(zip(samples, paths, strict=True)):
        shared = [digest for digest in path if counts[digest] > 1]
        ranks.append((*(first[digest] for digest in shared), place))
        found.append(_beginning(sample, shared, [counts[digest] for digest in shared], repeats=repeats))
    return SharedBeginnings(found=tuple(found), order=tuple(sorted(range(len(samples)), key=ranks.__getitem__)))


def _beginning(sample: Sample, shared: Sequence[bytes], counts: Sequence[int], *, repeats: int) -> SharedBeginning:
    # Of beginnings that the same samples have, the longest stands for all.
    ends = [place for place in range(len(shared)) if place + 1 == len(shared) or counts[place] != counts[place + 1]]
    keys = [shared[place] for place in ends]
    sizes = [BLOCK_BYTES * (place + 1) for place in ends]
    if repeats > 1:
        text = _head(sample) + sample.prompt.encode()
        keys.append(hashlib.blake2b(text, digest_size=16).digest())
        return SharedBeginning(keys=tuple(keys), sizes=(*sizes, len(text)), prompt_chars=len(sample.prompt))
    in_prompt = max(0, len(shared) * BLOCK_BYTES - len(_head(sample)))
    chars = len(sample.prompt.encode()[:in_prompt].decode(errors="ignore"))
    return SharedBeginning(keys=tuple(keys), sizes=tuple(sizes), prompt_chars=chars)


def _head(sample: Sample) -> bytes:
    """What a request holds before the prompt: tools, then the system text."""
    return ("" if sample.tools is None else repr(sample.tools)).encode() + (sample.system or "").encode() + b"\0"


def _path(sample: Sample) -> list[bytes]:
    """A digest of each beginning of the request that is a whole number of blocks long."""
    text = _head(sample) + sample.prompt.encode()
    running = hashlib.blake2b(digest_size=16)
    path = []
    for start in range(0, len(text) - BLOCK_BYTES + 1, BLOCK_BYTES):
        running.update(text[start : start + BLOCK_BYTES])
        path.append(running.digest())
    return path
