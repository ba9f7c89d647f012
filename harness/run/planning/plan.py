"""Which jobs a run consists of, in which order; generated, never listed.

Every endpoint gets the same samples in the same order: the samples of all tasks in one fixed order that depends on the
seed and the samples' ids alone, breadth first (every sample once before any sample twice). So a run that ends early
still compares like with like, and a larger limit holds the smaller one's samples.
"""

from __future__ import annotations

import hashlib
import heapq
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from harness.core.conversations import ConversationRules
from harness.core.labels import cold_line
from harness.core.types import CacheMode, Endpoint, Job, Sample, SamplingParams, Task
from harness.providers import dialect_loader
from harness.run.planning.call_keys import CallKeys
from harness.run.planning.shared_prefixes import NOTHING_SHARED, SharedBeginning, shared_beginnings

Order: TypeAlias = "array[int]"
"""Places of samples, two numbers each: the task's and the sample's within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """A task with the samples this run asks, in the order it asks them."""

    name: str
    version: int
    grader: str
    max_tokens: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which models get which samples. `params`: set by the user for all; None falls back on the endpoint, then task.

    `every_s`: seconds from one request to a model until the next may start, 0 for no such wait. `is_cold`: each model's
    prompts begin with a mark of its own, so that one model's requests do not fill a cache for another's.
    `conversation`: how jobs go on after their first answer; None: they do not. `cache`: whether requests that begin
    alike follow one another, or none begins as another; None: as they come. `nonce`: what makes the beginnings of a
    cold run differ from those of every other run.
    """

    endpoints: tuple[Endpoint, ...]
    tasks: tuple[PlannedTask, ...]
    repeats: int
    params: SamplingParams
    seed: int
    every_s: float = 0.0
    is_cold: bool = False
    conversation: ConversationRules | None = None
    cache: CacheMode | None = None
    nonce: str = ""

    @property
    def jobs_per_endpoint(self) -> int:
        """Jobs that each endpoint gets."""
        return self.repeats * sum(len(planned.samples) for planned in self.tasks)

    def order(self) -> Order:
        """The order of the samples, to be handed to `positions`: worked out once, 16 bytes a sample."""
        order = _interleaved(self.tasks)
        if self.cache is not CacheMode.WARM:
            return order
        grouped = array("L")
        for place in shared_beginnings(self._samples(order), repeats=self.repeats).order:
            grouped.extend(order[2 * place : 2 * place + 2])
        return grouped

    def _samples(self, order: Order) -> list[Sample]:
        return [self.tasks[order[at]].samples[order[at + 1]] for at in range(0, len(order), 2)]

    def beginnings(self) -> dict[tuple[str, str], SharedBeginning]:
        """What the request of each (task, sample) shares with others of the run; empty unless caches are to be used."""
        if self.cache is not CacheMode.WARM:
            return {}
        places = [(planned.name, sample) for planned in self.tasks for sample in planned.samples]
        found = shared_beginnings([sample for _, sample in places], repeats=self.repeats).found
        return {(task, sample.id): one for (task, sample), one in zip(places, found, strict=True)}

    def positions(self, order: Order) -> Iterator[tuple[PlannedTask, Sample, int]]:
        """(task, sample, repeat) in the one order that all endpoints follow; tasks take turns by share."""
        for number in range(self.jobs_per_endpoint):
            yield self.position(order, number)

    def position(self, order: Order, number: int) -> tuple[PlannedTask, Sample, int]:
        """The entry of `positions` with that number, from 0. Only a warm run asks a sample twice in a row."""
        if self.cache is CacheMode.WARM:
            place, repeat = divmod(number, self.repeats)
        else:
            repeat, place = divmod(number, len(order) // 2)
        planned = self.tasks[order[2 * place]]
        return planned, planned.samples[order[2 * place + 1]], repeat

    def jobs(self, endpoint: Endpoint) -> Iterator[Job]:
        """The jobs of one endpoint, in the order of `positions`."""
        builder = JobBuilder(plan=self, endpoint=endpoint)
        for planned, sample, repeat in self.positions(self.order()):
            yield builder.job(planned, sample, repeat)


def choose_samples(task: Task, samples: Sequence[Sample], *, limit: int | None, seed: int) -> PlannedTask:
    """The first `limit` samples of the fixed order."""

    # By a hash and not by shuffling a list: the place of a sample depends on nothing but itself, so a larger limit
    # holds the smaller one's samples, and a task that gained samples keeps the order of those it had.
    def place(sample: Sample) -> str:
        return hashlib.sha256(f"{seed}\0{task.name}\0{sample.id}".encode()).hexdigest()

    return PlannedTask(
        name=task.name,
        version=task.version,
        grader=task.grader,
        max_tokens=task.max_tokens,
        samples=tuple(sorted(samples, key=place)[:limit]),
    )


def asked_of(plan: Plan, endpoint: Endpoint, sample: Sample, repeat: int) -> Sample:
    """The sample as an endpoint is asked it: in a cold plan behind a mark of its label: @low and @high share caches.

    With `--cache cold` a line that no other request has stands before all else, before the system text if there is one.
    """
    if plan.cache is CacheMode.COLD:
        words = f"{plan.nonce}\0{endpoint.label}\0{sample.id}\0{sample.prompt}\0{repeat}"
        line = cold_line(hashlib.sha256(words.encode()).hexdigest()[:32])
        if sample.system is None:
            return replace(sample, prompt=line + sample.prompt)
        return replace(sample, system=line + sample.system)
    if not plan.is_cold:
        return sample
    mark = hashlib.sha256(f"{endpoint.label}\0{sample.prompt}".encode()).hexdigest()[:16]
    return replace(sample, prompt=f"[{mark}] {sample.prompt}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBuilder:
    """Makes the jobs of one endpoint; what those of one task share is worked out once."""

    plan: Plan
    endpoint: Endpoint
    _shared: dict[str, tuple[SamplingParams, CallKeys]] = field(default_factory=dict)
    _beginnings: Mapping[tuple[str, str], SharedBeginning] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_beginnings", self.plan.beginnings())

    def beginning(self, task: str, sample: str) -> SharedBeginning:
        """What the sample's request shares with others of a warm run."""
        return self._beginnings.get((task, sample), NOTHING_SHARED)

    def key(self, planned: PlannedTask, sample: Sample, repeat: int) -> str:
        """The key of the job at one position, in half the time of the job."""
        _, keys = self._shared.get(planned.name) or self._share(planned)
        plan = self.plan
        if plan.is_cold or plan.cache is CacheMode.COLD:
            sample = asked_of(plan, self.endpoint, sample, repeat)
        return keys.key(sample, repeat)

    def job(self, planned: PlannedTask, sample: Sample, repeat: int) -> Job:
        """The job at one position."""
        params, keys = self._shared.get(planned.name) or self._share(planned)
        sample = asked_of(self.plan, self.endpoint, sample, repeat)
        is_warm = self.plan.cache is CacheMode.WARM
        return Job(
            key=keys.key(sample, repeat),
            endpoint=self.endpoint,
            task=planned.name,
            task_version=planned.version,
            grader=planned.grader,
            sample=sample,
            repeat=repeat,
            params=params,
            shared_chars=self.beginning(planned.name, sample.id).prompt_chars if is_warm else None,
        )

    def _share(self, planned: PlannedTask) -> tuple[SamplingParams, CallKeys]:
        params = effective_params(self.plan.params, self.endpoint, planned.max_tokens)
        version = dialect_loader.load(self.endpoint.dialect).version
        task = (planned.name, planned.version)
        keys = CallKeys(
            endpoint=self.endpoint,
            dialect_version=version,
            task=task,
            params=params,
            conversation=self.plan.conversation,
            cache=self.plan.cache,
        )
        self._shared[planned.name] = params, keys
        return params, keys


def effective_params(asked: SamplingParams, endpoint: Endpoint, task_max_tokens: int) -> SamplingParams:
    """The user's settings over the endpoint's over the task's; the output limit never above the endpoint's own."""
    own = endpoint.params
    max_tokens = asked.max_tokens or own.max_tokens or task_max_tokens
    if endpoint.max_output_tokens is not None:
        max_tokens = min(max_tokens, endpoint.max_output_tokens)
    return SamplingParams(
        temperature=_first(asked.temperature, own.temperature),
        top_p=_first(asked.top_p, own.top_p),
        max_tokens=max_tokens,
        seed=asked.seed if asked.seed is not None else own.seed,
        effort=own.effort or asked.effort,  # the effort of a label such as `gpt-5@high` is part of the endpoint's name
        thinking=own.thinking if asked.thinking is None else asked.thinking,
    )


def _first(asked: float | None, own: float | None) -> float | None:
    return own if asked is None else asked


def _interleaved(tasks: Sequence[PlannedTask]) -> Order:
    """Samples of all tasks, each task spread evenly over the whole: an early end takes its share from every task."""

    def places(index: int, count: int) -> Iterator[tuple[float, int, int]]:
        # The middle of the share and not its start: with starts, every task's first sample would come before any
        # second.
        return (((place + 0.5) / count, index, place) for place in range(count))

    order = array("L")
    for _, index, place in heapq.merge(*(places(index, len(one.samples)) for index, one in enumerate(tasks))):
        order.extend((index, place))
    return order
