"""What keeps two models from being compared like with like: one line per pair.

Settings that were not sent, sent differently or not obeyed, reasoning outside the output limit, what stands behind an
effort word. From the requests as sent and the tokens as reported. Efforts without effect: report.effort.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from harness.core.plurals import counted
from harness.core.types import Endpoint, SamplingParams
from harness.report.run_data.records import JobRecord
from harness.store.codec import Manifest

if TYPE_CHECKING:
    from harness.report.run_data.columns import JobColumns
    from harness.stats.arrays import Counts

MAX_LINES = 12
_SAID_ELSEWHERE = ("model", "stream", "stream_options", "n", "store")
"""Fields of a request that do not change what a model answers, or that a report states anyway."""


@dataclass(slots=True, kw_only=True)
class ModelTerms:
    """How one model of one run was asked, and what its answers show of it.

    `sent`: settings by their dotted path, as text; `not_sent`: those asked for that its provider forbids or ignores.
    `most_tokens`: the longest answer; `limit`: the output limit of the task, or the model's own where that is lower.
    """

    label: str
    name: str
    params: SamplingParams
    limit: int | None = None
    sent: dict[str, str] = field(default_factory=dict)
    not_sent: set[str] = field(default_factory=set)
    over_limit: int = 0
    most_tokens: int = 0
    _sent_json: str | None = field(default=None, repr=False, compare=False)

    def add(self, record: JobRecord, limit: int | None) -> None:
        """Take in one answer, of a task with that output limit; None: not known, as in imported results."""
        self.limit = limit
        if record.settings_sent is not None and record.settings_sent != self._sent_json:
            self.sent, self._sent_json = _flat(json.loads(record.settings_sent)), record.settings_sent
        self.not_sent.update(filter(None, (record.not_sent or "").split(",")))
        if record.completion_tokens is not None:
            self.most_tokens = max(self.most_tokens, record.completion_tokens)
            self.over_limit += limit is not None and record.completion_tokens > limit

    def add_columns(self, jobs: JobColumns, rows: Counts, limit: int | None) -> None:
        """Take in answers of a block, all of one such task, but for what was sent with them."""
        self.limit = limit
        for names, _ in jobs.counts("not_sent", rows):
            self.not_sent.update(filter(None, names.split(",")))
        tokens = jobs.integers("completion_tokens")[rows]
        self.most_tokens = max(self.most_tokens, int(tokens.max()))
        self.over_limit += 0 if limit is None else int((tokens > limit).sum())

    @property
    def effort(self) -> str | None:
        return None if self.params.effort is None else self.params.effort.value

    @property
    def reasoning_settings(self) -> str:
        """What was sent of reasoning, such as `reasoning_effort=high` or `thinking.budget_tokens=24576`."""
        words = ("effort", "budget", "thinking", "reasoning")
        return ", ".join(f"{path}={value}" for path, value in self.sent.items() if any(word in path for word in words))


@dataclass(slots=True)
class RunTerms:
    """The terms of a run's models by label, filled by one pass over its jobs."""

    limits: dict[tuple[str, str], int | None]
    by_label: dict[str, ModelTerms]

    @classmethod
    def of(cls, manifest: Manifest) -> RunTerms:
        limits = {
            (one.label, entry.name): _limit(manifest, one, entry.max_tokens)
            for one in manifest.endpoints
            for entry in manifest.tasks
        }
        models = {
            one.label: ModelTerms(label=one.label, name=one.name, params=_asked(manifest.params, one))
            for one in manifest.endpoints
        }
        return cls(limits, models)

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        if record.is_answered:
            self.by_label[record.label].add(record, self.limits[record.label, record.task])

    def add_columns(self, jobs: JobColumns) -> None:
        """Take in a block of jobs."""
        import numpy as np

        from harness.report.run_data.columns import by_place

        last_sent: dict[str, int] = {}
        places = [(label, task, rows[jobs.flags("is_answered")[rows]]) for label, task, rows in by_place(jobs)]
        # Answers to several tasks alternate, and the limit of the last one counts.
        for label, task, rows in sorted((one for one in places if len(one[2])), key=lambda one: int(one[2][-1])):
            self.by_label[label].add_columns(jobs, rows, self.limits[label, task])
            sent = rows[jobs.is_known("settings_sent")[rows]]
            last_sent[label] = max(last_sent.get(label, -1), int(sent.max(initial=-1)))
        for label, row in last_sent.items():
            if row >= 0:
                (settings,) = jobs.values("settings_sent", np.array([row]))
                self.by_label[label].sent = _flat(json.loads(settings))


def comparability_lines(models: Iterable[ModelTerms]) -> Iterator[str]:
    """One line for each pair of models that were not asked like with like, at most MAX_LINES of them."""
    answered = [one for one in models if one.sent or one.most_tokens]
    lines = [
        f"{first.label} and {second.label} are not fully comparable: {'; '.join(found)}"
        for first, second in combinations(answered, 2)
        if (found := list(_differences(first, second)))
    ]
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"{counted(len(lines) - MAX_LINES, 'more pair')} of models not fully comparable, for like reasons"


def _differences(first: ModelTerms, second: ModelTerms) -> Iterator[str]:
    pair = (first, second)
    for setting in sorted(first.not_sent | second.not_sent):
        without = [one.label for one in pair if setting in one.not_sent]
        yield f"{setting} asked for and not sent to {' and '.join(without)}, whose provider does not take it"
    for path in ("temperature", "top_p"):
        # Two defaults count as equal, though nobody says what they are: what was not chosen cannot be named.
        values = [one.sent.get(path, "the provider's default") for one in pair]
        if values[0] != values[1]:
            yield f"{path} {values[0]} against {values[1]}"
    if first.limit != second.limit and None not in (first.limit, second.limit):
        yield f"output limit {first.limit:,} against {second.limit:,}"
    for one in pair:
        if one.over_limit:
            yield (
                f"{counted(one.over_limit, 'answer')} of {one.label} beyond the limit of {one.limit:,} tokens (up to "
                f"{one.most_tokens:,}): its reasoning does not count towards it, or the limit is not obeyed"
            )
    yield from _effort_differences(first, second)


def _effort_differences(first: ModelTerms, second: ModelTerms) -> Iterator[str]:
    settings = [one.reasoning_settings or "nothing" for one in (first, second)]
    if first.effort == second.effort and first.effort is not None and settings[0] != settings[1]:
        yield f"effort {first.effort} is {settings[0]} for one and {settings[1]} for the other"


def _limit(manifest: Manifest, endpoint: Endpoint, task_limit: int) -> int | None:
    """The lowest of the limits; None where none is known: an imported task has the limit 0."""
    own: Sequence[int | None] = (endpoint.params.max_tokens, endpoint.max_output_tokens)
    return min((limit for limit in (manifest.params.max_tokens or task_limit, *own) if limit), default=None)


def _asked(params: SamplingParams, endpoint: Endpoint) -> SamplingParams:
    """The run's parameters where they are set, else the endpoint's own."""
    return params if params.effort is not None else endpoint.params


def _flat(settings: object, path: str = "") -> dict[str, str]:
    """Settings by dotted path, as text."""
    if not isinstance(settings, dict):
        return {path: json.dumps(settings) if isinstance(settings, (list, bool)) else str(settings)}
    found: dict[str, str] = {}
    for name, value in settings.items():
        if path or name not in _SAID_ELSEWHERE:
            found |= _flat(value, f"{path}.{name}" if path else name)
    return found
