"""The prompt caches of simulated models: which beginnings of prompts they hold, until when, and what a hit brings.

A beginning is held once an answer to a request that has it was sent whole, as long as it is used again within its time
to live. Without marks the beginnings are whole numbers of units; with them, what stands before each mark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.config.simulation import PromptCache
from harness.mock.formats.base import Body
from harness.mock.tokens import MESSAGE_TOKENS, pieces

_MARK = "cache_control"
_MESSAGE = "\0message"
"""What each message begins with, as often as it costs tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """What the cache has of one prompt: tokens read from it and newly written to it, and the names of what it holds."""

    read: int = 0
    written: int = 0
    names: tuple[bytes, ...] = ()


@dataclass(slots=True)
class PromptCaches:
    """The beginnings that each model holds, by the second they were last used."""

    _used_at: dict[tuple[str, bytes], float] = field(default_factory=dict)

    def look_up(self, model: str, rules: PromptCache, texts: Sequence[str], body: Body, *, now: float) -> CacheUse:
        """What is read and written for this prompt; nothing is kept yet."""
        held = read = 0
        names = []
        for name, tokens in _beginnings(rules, texts, body):
            if tokens < rules.min_tokens:
                continue
            names.append(name)
            held = tokens
            if now - self._used_at.get((model, name), float("-inf")) <= rules.ttl_s:
                read = tokens
        return CacheUse(read=read, written=held - read if rules.bills_writes else 0, names=tuple(names))

    def keep(self, model: str, use: CacheUse, *, now: float) -> None:
        """Hold the beginnings of an answered prompt from now on."""
        for name in use.names:
            self._used_at[model, name] = now


def _beginnings(rules: PromptCache, texts: Sequence[str], body: Body) -> Iterator[tuple[bytes, int]]:
    """(name, tokens) of each beginning that can be held, the shorter first."""
    tokens = [token for text in texts for token in (*(_MESSAGE,) * MESSAGE_TOKENS, *pieces(text))]
    ends = list(_marked(body)) if rules.needs_mark else range(rules.unit_tokens, len(tokens) + 1, rules.unit_tokens)
    running, done = hashlib.blake2b(digest_size=16), 0
    for end in ends:
        running.update("".join(tokens[done:end]).encode("utf-8", "surrogatepass"))
        done = end
        yield running.digest(), min(end, len(tokens))


def _marked(body: Body) -> Iterator[int]:
    """Tokens up to each mark, in blocks of the system text and of the messages, as the Messages API has them."""
    count = 0
    messages = body.get("messages")
    rows = [row.get("content") for row in messages if isinstance(row, Mapping)] if isinstance(messages, list) else []
    for content in (*((body["system"],) if body.get("system") else ()), *rows):
        text = ""
        for part in content if isinstance(content, list) else ({"text": content},):
            if not isinstance(part, Mapping):
                continue
            text += str(part.get("text", ""))
            if part.get(_MARK):
                yield count + MESSAGE_TOKENS + len(pieces(text))
        count += MESSAGE_TOKENS + len(pieces(text))
