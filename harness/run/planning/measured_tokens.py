"""Token use of earlier runs, and which of it a planned model goes by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from harness.core.conversations import ConversationRules
from harness.core.labels import split_label
from harness.core.plurals import counted
from harness.core.types import CacheMode, Call, Endpoint, SamplingParams, Usage
from harness.run.planning.effort_tokens import distance, effort_factor
from harness.run.planning.plan import PlannedTask
from harness.store.call_log import calls
from harness.store.corrections import corrected, corrections
from harness.store.run_dir import RunDir

KEPT_ANSWERS = 5000
"""Answers kept per run, model and task: enough for a mean, and memory stays flat."""
Turns: TypeAlias = tuple[Usage, ...]
"""Tokens of each turn of one answer: each is a request of its own, with an output limit and a length tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredTokens:
    """The measured answers of one model on one task in one run. `thinks`: whether it reasoned, None where not known.

    `cache`: how the run used prompt caches. `conversation`: the rules under which each answer was given.
    """

    run: str
    label: str
    task: str
    simulated: bool
    thinks: bool | None
    cache: CacheMode | None = None
    conversation: ConversationRules | None = None
    answers: list[Turns] = field(default_factory=list)


def measured_tokens(run: RunDir) -> list[MeasuredTokens]:
    """Tokens of the accepted answers of an earlier run; contradictory or missing usage is left out.

    Raises LocalError for a run that cannot be read.
    """
    manifest = run.manifest()
    endpoints = {endpoint.label: endpoint for endpoint in manifest.endpoints}
    known = corrections(run)
    found: dict[tuple[str, str], MeasuredTokens] = {}
    for call in calls(run):
        turns = _turns_of(corrected(call, known))
        if not turns:
            continue
        use = found.get((call.label, call.task))
        if use is None:
            thinks = endpoints[call.label].reasoning_enabled(call.params)
            use = MeasuredTokens(
                run=run.name,
                label=call.label,
                task=call.task,
                simulated=call.simulated,
                thinks=thinks,
                cache=manifest.cache,
                conversation=manifest.conversation,
            )
            found[call.label, call.task] = use
        if len(use.answers) < KEPT_ANSWERS:
            use.answers.append(turns)
    return list(found.values())


def _turns_of(call: Call) -> Turns:
    """The tokens of an accepted answer; nothing where there is none, or the usage of a turn is not known."""
    if call.accepted is None:
        return ()
    turns = tuple(turn.usage for turn in call.turns if turn.usage is not None and _is_plain(turn.usage))
    return turns if len(turns) == len(call.turns) else ()


def _is_plain(usage: Usage) -> bool:
    return not usage.problems and usage.prompt_tokens is not None and usage.completion_tokens is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCacheUse:
    """How the planned run uses prompt caches; `share`: of the prompt tokens, those that will be read from one.

    Both None where the plan says nothing of caches: usage then counts as it was measured.
    """

    mode: CacheMode | None
    share: float | None

    @property
    def words(self) -> str:
        """What is taken of a cache, to end a basis with."""
        return "" if self.share is None else f"; {self.share:.0%} of the prompt tokens taken as read from a cache"

    def of(self, usage: Usage) -> Usage:
        """The usage with that share of its prompt read from a cache, and nothing written to one."""
        if self.share is None:
            return usage
        return replace(
            usage,
            cached_tokens=int((usage.prompt_tokens or 0) * self.share),
            cache_write_tokens=None,
            cache_write_1h_tokens=None,
            explicit_cached_tokens=None,
        )


def answers_to_go_by(
    endpoint: Endpoint,
    planned: PlannedTask,
    params: SamplingParams,
    earlier: Sequence[MeasuredTokens],
    caching: PlannedCacheUse,
) -> tuple[list[Turns], str]:
    """The measured answers to go by, and where they are from; simulated models say nothing of real ones."""
    of_task = [use for use in earlier if use.task == planned.name and use.simulated == endpoint.simulated]
    same = [use for use in of_task if use.label == endpoint.label]
    alike = [use for use in same if use.cache is caching.mode]
    if alike:
        answers = _changed(alike, lambda usage: _capped(usage, params))
        return answers, f"{counted(len(answers), 'answer')} of this model in {_names(alike)}"
    if same:
        answers = _changed(same, lambda usage: caching.of(_capped(usage, params)))
        return answers, f"{counted(len(answers), 'answer')} of this model in {_names(same)}{caching.words}"
    scaled = _of_other_effort(endpoint, of_task, params)
    if scaled is not None:
        uses, factor, basis = scaled
        answers = _changed(uses, lambda usage: caching.of(_capped(_scaled(usage, factor), params)))
        return answers, basis + caching.words
    thinks = bool(
        endpoint.reasoning_enabled(params)
    )  # a model of which that is not known says nothing of one that does
    others = [use for use in of_task if bool(use.thinks) == thinks]
    # Another model's cache hits depend on its provider: taken over, they would make the estimate too low.
    answers = _changed(others, lambda usage: caching.of(_without_cache(_capped(usage, params))))
    labels = ", ".join(dict.fromkeys(use.label for use in others))
    return (
        answers,
        f"{counted(len(answers), 'answer')} of other models ({labels}) in {_names(others)}"
        f"{caching.words or ', taken as uncached'}",
    )


def _of_other_effort(
    endpoint: Endpoint, of_task: Sequence[MeasuredTokens], params: SamplingParams
) -> tuple[list[MeasuredTokens], float, str] | None:
    """Answers of the same model at the nearest effort, how many times their output is taken, and from where they are;
    None where no ratio is known.
    """
    near = []
    for use in of_task:
        is_same_model = use.label.startswith(f"{endpoint.name}@")  # of one that we know, so its effort is one of ours
        factor = effort_factor(split_label(use.label)[1], params.effort) if is_same_model else None
        if factor is not None:
            near.append((distance(factor), use.label, factor))
    if not near:
        return None
    _, label, factor = min(near)
    uses = [use for use in of_task if use.label == label]
    count = counted(sum(len(use.answers) for use in uses), "answer")
    return uses, factor, f"{count} of {label} in {_names(uses)}, output x {factor:.2g} (published ratio of efforts)"


def _changed(uses: Sequence[MeasuredTokens], change: Callable[[Usage], Usage]) -> list[Turns]:
    """The answers with each of their turns changed."""
    return [tuple(map(change, turns)) for use in uses for turns in use.answers]


def _scaled(usage: Usage, factor: float) -> Usage:
    """The usage with so many times the output."""
    completion = max(1, round((usage.completion_tokens or 0) * factor))
    return Usage(prompt_tokens=usage.prompt_tokens, completion_tokens=completion, cached_tokens=usage.cached_tokens)


def _names(uses: Sequence[MeasuredTokens]) -> str:
    runs = list(dict.fromkeys(use.run for use in uses))
    return ", ".join(runs) if len(runs) <= 3 else f"{len(runs)} runs"


def _capped(usage: Usage, params: SamplingParams) -> Usage:
    """The usage under the output limit of the planned run."""
    limit, completion = params.max_tokens, usage.completion_tokens or 0
    if limit is None or completion <= limit:
        return usage
    reasoning = None if usage.reasoning_tokens is None else min(usage.reasoning_tokens, limit)
    return replace(usage, completion_tokens=limit, reasoning_tokens=reasoning)


def _without_cache(usage: Usage) -> Usage:
    return Usage(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens, cached_tokens=0)
