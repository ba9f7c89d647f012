"""Tasks and their samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from harness.core.fast_init import fast_init

Json: TypeAlias = object
"""Whatever a JSON text decodes to; only the dialects look inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that a model may call. `parameters` is the JSON Schema of the object that its arguments form."""

    name: str
    description: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call that a model made. `arguments` is the text it wrote, which need not be JSON."""

    name: str
    arguments: str


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One problem of a task.

    `target` is what the grader compares with: the answer's text, or for code the tests as JSON (grading.code).
    `reference` is a whole response that must grade correct; it is never sent to a model. `tools`: the functions that
    the request offers; None: it has no `tools` field.
    """

    id: str
    prompt: str
    target: str
    system: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    tools: tuple[Tool, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a task's samples come from: `hub_id` for the `datasets` package, `files` for a data folder.

    `shipped` names a file below tasks/data instead. `revision` stays None unless a real one is known.
    """

    title: str
    licence: str
    hub_id: str | None = None
    hub_config: str | None = None
    hub_split: str | None = None
    revision: str | None = None
    files: tuple[str, ...] = ()
    shipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A benchmark: where its rows are, how a row becomes a Sample, and which grader scores it.

    `to_sample` takes the raw row and its zero-based position; `keep` says which rows belong to the task, None means
    all. `content_hash` pins the samples, whatever their order
    (tasks.load.content_hash); None only while a user's own file has never been pinned.
    `generate` makes the rows from a seed where they are not read; `seed` is the one the hash pins. `agent_turns`: an
    agent solves the samples, with so many requests each at most; None: each is answered at once.
    """

    name: str
    version: int
    grader: str
    source: Source
    to_sample: Callable[[Mapping[str, object], int], Sample]
    content_hash: str | None
    summary: str = ""
    max_tokens: int = 4096
    keep: Callable[[Mapping[str, object]], bool] | None = None
    generate: Callable[[int], Sequence[Mapping[str, object]]] | None = None
    seed: int = 0
    agent_turns: int | None = None
