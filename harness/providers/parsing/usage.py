"""From a provider's usage object to `Usage`: arithmetic first, the dialect's documented rule second.

    total = p + c        thinking is inside c (or there was none)
    total = p + c + r    thinking is beside c
    total > p + c, no r  hidden thinking: r = total - p - c
    no usable total      the dialect's rule (`Usage.split_by_documented_rule`)

Covers contradictions too: each is named in `Usage.problems`, none raises, none is
repaired in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from harness.core.types import Json, Usage
from harness.providers.format.dialect_spec import Dialect, ReasoningAccounting, UsageRules
from harness.providers.format.json_payload import shown
from harness.providers.parsing.billed_items import BilledItems, billed_items
from harness.providers.parsing.counts import MAX_TOKENS, is_stated, is_true, whole
from harness.providers.parsing.plain_usage import plain_usage

ANTHROPIC_READ, ANTHROPIC_WRITTEN = "cache_read_input_tokens", "cache_creation_input_tokens"
"""Anthropic's names of cache counts, which stand beside its `input_tokens`, in whatever body they are passed on."""

EXPLICIT_CACHE = "prompt_tokens_details.cache_type"
"""`ephemeral` there marks hits of an explicit cache, which cost half of implicit ones (Alibaba, "Context Cache")."""


class _Counts:
    """Reads counts out of one usage object and collects what is wrong with them."""

    def __init__(self, raw: Mapping[str, Json], rules: UsageRules) -> None:
        self.raw = raw
        self.rules = rules
        self.at = _by_path(raw)
        self._names = frozenset(self.at)
        self.problems: list[str] = []
        self.unreadable: list[str] = []
        self.stated_reasoning: int | None = None

    def problem(self, text: str) -> None:
        if text not in self.problems:
            self.problems.append(text)

    def first(self, paths: tuple[str, ...]) -> int | None:
        """The first count that is there. Zeros of a zero-filled field give way to a count further on."""
        if self._names.isdisjoint(paths):
            return None
        found = self._all(paths)
        counts = [count for count in found.values() if count]
        if len(set(counts)) > 1:
            self.problem("counts that should be the same differ: " + ", ".join(f"{p}={n}" for p, n in found.items()))
            is_of_cache = paths == self.rules.cached  # there the smaller count costs more
            # The reading that costs more, in both cases: a bill that is too low would win a comparison of prices.
            return min(counts) if is_of_cache else max(counts)  # pricing sees the problem
        return counts[0] if counts else next(iter(found.values()), None)

    def _all(self, paths: tuple[str, ...]) -> dict[str, int]:
        found = {}
        for path in paths:
            value = self.at.get(path)
            count = None if value is None else self._count(path, value)
            if count is not None:
                found[path] = count
        return found

    def _count(self, path: str, value: Json) -> int | None:
        count = whole(value)
        if count is not None and 0 <= count <= MAX_TOKENS:
            return count
        if count is None:
            self.problem(f"{path} is no count: {shown(value)}")
        elif count < 0:
            self.problem(f"{path} is negative: {shown(value)}")
        else:
            self.problem(f"{path} is beyond any request: {shown(value)}")
        self.unreadable.append(path)
        return None


def _by_path(raw: Mapping[str, Json]) -> dict[str, Json]:
    """What stands at each dotted path of up to six names, as `get_path` finds it: some forty are asked for."""
    found: dict[str, Json] = {}
    _add_paths(found, "", raw.items(), depth=6)
    return found


def _add_paths(found: dict[str, Json], above: str, fields: Iterable[tuple[object, Json]], *, depth: int) -> None:
    for name, value in fields:
        if isinstance(name, str) and "." in name:  # no path leads there
            continue
        path = f"{above}{name}"
        found[path] = value
        if depth > 1 and isinstance(value, (dict, list)):
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            _add_paths(found, f"{path}.", inner, depth=depth - 1)


def read_usage(dialect: Dialect, raw_usage: Json) -> Usage | None:
    """The normalised usage of a raw usage object as `ParsedResponse.raw_usage` keeps it; None where it says nothing.

    An object of zeros says nothing: no request has an empty prompt. Never raises.
    """
    if raw_usage is None:
        return None
    return plain_usage(raw_usage, dialect.usage) or read_any_usage(raw_usage, dialect.usage)


def read_any_usage(raw_usage: Json, rules: UsageRules) -> Usage | None:
    """The usage of any value but None, by all rules."""
    if not isinstance(raw_usage, Mapping):
        return Usage(problems=(f"the usage is no object but {shown(raw_usage)}",))
    shaped = raw_usage if rules.reshape is None else rules.reshape(raw_usage)
    counts = _Counts(_with_one_prompt(shaped) if "prompt_tokens" in rules.prompt else shaped, rules)
    if rules.check is not None:
        counts.problems.extend(rules.check(raw_usage))
    items = billed_items(raw_usage, rules)
    others = (*items.tokens, *(rules.tokens_at_other_rates(raw_usage) if rules.tokens_at_other_rates else ()))
    counts.problems.extend((*others, *items.charges))
    usage = _normalised(counts, rules, (*others, *_unread(raw_usage, rules)), items)
    says_nothing = not (usage.prompt_tokens or usage.completion_tokens or usage.problems)
    return None if says_nothing else usage


def _unbounded(counts: _Counts, rules: UsageRules) -> tuple[str, ...]:
    """Problems with counts of the cache that no other count bounds: what lies beside the prompt, and all writes.

    An unreadable count of reads inside the prompt is bounded by the prompt; writes cost more than the prompt does.
    """
    if not counts.unreadable:
        return ()
    paths = (*rules.cache_write, *(rules.cached if rules.cache_excluded_from_prompt else ()))
    loose = [path for path in counts.unreadable if path in paths or path.rpartition(".")[0] in rules.cache_write_split]
    return tuple(one for one in counts.problems if any(one.startswith(f"{path} ") for path in loose))


def _unread(raw: Mapping[str, Json], rules: UsageRules) -> tuple[str, ...]:
    """Iterations (compaction, advisor) that a gateway passes on in a format that does not say how to add them up."""
    is_unread = rules.reshape is None and raw.get("iterations")
    return ("iterations of the answer, each billed, are not added up in this format",) if is_unread else ()


def is_filled(raw_usage: Json, rules: UsageRules) -> bool:
    """Whether a usage object holds any number but zero, so that it may replace one seen before it."""
    if not isinstance(raw_usage, Mapping):
        return False
    fields = (*rules.prompt, *rules.completion, *rules.total)
    return any(is_stated(raw_usage.get(name)) for name in fields)


def more_complete(earlier: Json, later: Json, rules: UsageRules) -> Json:
    """The one usage of a stream that stated two: the later, without wiping what the earlier knew.

    Counts are cumulative, so the last that is not zero holds. A later object without output (none, or a zero where
    some was stated before) adds only a total that grew; one without a prompt takes the earlier's; details are kept
    where the count that they divide is the same. Never a sum.
    """
    if earlier is None or not isinstance(earlier, Mapping) or not is_filled(earlier, rules):
        return later
    if not isinstance(later, Mapping) or not is_filled(later, rules):
        return earlier
    prompt, completion = _stated(later, rules.prompt), _stated(later, rules.completion)
    prompt_before, completion_before = _stated(earlier, rules.prompt), _stated(earlier, rules.completion)
    if completion_before and not completion:
        is_larger = _stated(later, rules.total) > _stated(earlier, rules.total)
        return {**earlier, **{name: later[name] for name in rules.total if name in later}} if is_larger else earlier
    kept: list[str] = [] if prompt else list(rules.prompt)
    if prompt in (0, prompt_before):
        kept += (path.partition(".")[0] for path in (*rules.cached, *rules.cache_write, *rules.cache_write_split))
    if completion == completion_before:
        kept += (path.partition(".")[0] for path in rules.reasoning)
        kept += rules.total if prompt else ()
    wanting = {name: earlier[name] for name in kept if is_stated(earlier.get(name)) and not is_stated(later.get(name))}
    return {**later, **wanting} if wanting else later


def _stated(raw: Mapping[str, Json], names: tuple[str, ...]) -> int:
    """The first count but zero under these names; 0 where there is none."""
    return next((count for name in names if (count := whole(raw.get(name)))), 0)


def _with_one_prompt(raw: Mapping[str, Json]) -> Mapping[str, Json]:
    """A usage in both shapes at once without `input_tokens`, where that leaves out the cache as Anthropic's does."""
    if "input_tokens" not in raw:
        return raw
    prompt, fresh = whole(raw.get("prompt_tokens")), whole(raw.get("input_tokens"))
    in_cache = [whole(raw.get(name)) or 0 for name in (ANTHROPIC_READ, ANTHROPIC_WRITTEN)]
    if prompt is None or fresh is None or prompt == fresh or prompt != fresh + sum(in_cache):
        return raw
    return {name: count for name, count in raw.items() if name != "input_tokens"}


def _stands_beside(counts: _Counts, rules: UsageRules, prompt: int, in_cache: int) -> bool:
    """Whether the cache counts lie beside the prompt: always in some dialects, else where Anthropic's names do.

    A gateway may pass Anthropic's usage on in a chat body: `input_tokens` with `cache_read_input_tokens` beside it. A
    total decides before the names do; under the name `prompt_tokens` only a total that counts all of them does.
    """
    # Anthropic's `input_tokens` leaves out both cache counts (docs, "Prompt caching", tracking cache performance).
    if rules.cache_excluded_from_prompt:
        return True
    if not in_cache:
        return False
    others = (*rules.cached, *rules.cache_write)
    names = {path for path in others if counts.at.get(path)}
    if not names <= {ANTHROPIC_READ, ANTHROPIC_WRITTEN}:
        return False
    completion, total = counts.first(rules.completion), counts.first(rules.total)
    says_input = counts.raw.get("prompt_tokens") is None
    if total is None:
        return says_input
    everything = prompt + (completion or 0) + in_cache
    if says_input:
        return total >= everything
    return total == everything and completion is not None and not counts.first(rules.reasoning)


def _unmissed(counts: _Counts, prompt: int | None) -> int | None:
    """The cached part of a prompt of which only the missed part is stated (DeepSeek)."""
    missed = whole(counts.at.get("prompt_cache_miss_tokens"))
    if missed is None or prompt is None:
        return None
    if not 0 <= missed <= prompt:
        counts.problem(f"{missed} tokens missed the cache of a prompt of {prompt}")
        return None
    return prompt - missed


def _normalised(counts: _Counts, rules: UsageRules, others: tuple[str, ...], items: BilledItems) -> Usage:
    """The usage; `others`: tokens at other rates that its counts do not show."""
    prompt, cached = counts.first(rules.prompt), counts.first(rules.cached)
    written, written_1h = _written(counts, rules)
    cached = _unmissed(counts, prompt) if cached is None else cached
    in_cache = (cached or 0) + (written or 0)
    if prompt is not None and _stands_beside(counts, rules, prompt, in_cache):
        prompt += in_cache
    if prompt == 0 and counts.first(rules.completion):  # zero-filled: no request has an empty prompt
        counts.problem("the prompt is stated as 0 tokens")
        prompt = None
    completion, reasoning, by_rule = _output(counts, rules, prompt)
    overlapping = _check_cache(counts, rules, prompt, cached, written)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=cached,
        explicit_cached_tokens=cached if counts.at.get(EXPLICIT_CACHE) == "ephemeral" else None,
        cache_write_tokens=written,
        cache_write_1h_tokens=written_1h,
        reasoning_tokens=reasoning,
        split_by_documented_rule=by_rule,
        cache_counts_overlap=overlapping,
        problems=tuple(counts.problems),
        stated_reasoning_tokens=counts.stated_reasoning,
        tokens_at_other_rates=(*others, *_unbounded(counts, rules)),
        non_token_charges=items.charges,
        surcharges=items.surcharges,
        own_key=is_true(counts.raw.get("is_byok")),
    )


def _written(counts: _Counts, rules: UsageRules) -> tuple[int | None, int | None]:
    """Tokens written to the cache, and those of them kept for an hour; the split repeats the flat count."""
    flat = counts.first(rules.cache_write)
    short_lived = counts.first(_below(rules.cache_write_split, "ephemeral_5m_input_tokens"))
    hour = counts.first(_below(rules.cache_write_split, "ephemeral_1h_input_tokens"))
    if short_lived is None and hour is None:
        return flat, None
    split = (short_lived or 0) + (hour or 0)
    if not flat:
        return split, hour
    if split and split != flat:
        counts.problem(f"cache writes by lifetime add up to {split}, but {flat} are stated")
        return max(flat, split), hour
    return flat, hour


@lru_cache(maxsize=256)
def _below(paths: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(f"{path}.{name}" for path in paths)


def _check_cache(
    counts: _Counts, rules: UsageRules, prompt: int | None, cached: int | None, written: int | None
) -> bool:
    """Name contradictions between prompt and cache; True where reads and writes must count the same tokens."""
    hit, miss = (whole(counts.at.get(f"prompt_cache_{what}_tokens")) for what in ("hit", "miss"))
    hit = cached if hit is None else hit
    if hit is not None and miss is not None and prompt is not None and hit + miss != prompt:
        counts.problem(f"cache hit and miss add up to {hit + miss}, but the prompt has {prompt}")
    if prompt is None:
        return False
    if max(cached or 0, written or 0) > prompt:
        both = ((cached, "cached"), (written, "written"))
        too_many = [f"{n} {what}" for n, what in both if n is not None and n > prompt]
        counts.problem(f"{' and '.join(too_many)} tokens of a prompt of {prompt}")
        return False
    overlapping = (cached or 0) + (written or 0) > prompt
    if overlapping and not rules.cache_counts_may_overlap:
        counts.problem(f"{cached} tokens cached and {written} written of a prompt of {prompt}")
    return overlapping


def _output(counts: _Counts, rules: UsageRules, prompt: int | None) -> tuple[int | None, int | None, bool]:
    """(all billed output, the reasoning in it, whether the dialect's rule had to decide)."""
    stated, total = counts.first(rules.completion), counts.first(rules.total)
    reasoning = counts.first(rules.reasoning)
    # The total is the one number that shows thinking left out of the completion count: by the dialect's rule alone,
    # hidden thinking would be free.
    beyond = _beyond(counts, prompt, stated, total)
    if stated is None:
        return _output_without_count(prompt, total, reasoning)
    if beyond is None:
        completion = _by_rule(rules, stated, reasoning)
        return completion, _within(counts, reasoning, completion), True
    if beyond == 0:
        total_is_whole = reasoning is None and rules.reasoning_accounting is not ReasoningAccounting.INCLUDED
        return stated, 0 if total_is_whole else _within(counts, reasoning, stated), False
    if not reasoning:
        return stated + beyond, beyond, False
    if beyond != reasoning:
        counts.problem(f"the total exceeds prompt and completion by {beyond}, but {reasoning} are stated as reasoning")
    # The larger of two contradicting counts: what is billed is one of them, and too low a bill would be the worse
    # mistake.
    return stated + max(beyond, reasoning), reasoning, False


def _beyond(counts: _Counts, prompt: int | None, stated: int | None, total: int | None) -> int | None:
    """What the total counts beside prompt and completion; None where it cannot tell."""
    if prompt is None or stated is None or total is None:
        return None
    if total < prompt + stated:
        counts.problem(f"the total {total} is below prompt {prompt} and completion {stated}")
        return None
    return total - prompt - stated


def _output_without_count(
    prompt: int | None, total: int | None, reasoning: int | None
) -> tuple[int | None, int | None, bool]:
    """Without a completion count all output is what the total has beyond the prompt."""
    if prompt is None or total is None or total < prompt or total - prompt < (reasoning or 0):
        return None, reasoning, True
    return total - prompt, reasoning, True


def _by_rule(rules: UsageRules, stated: int, reasoning: int | None) -> int | None:
    """All billed output where no total can be checked; unknown where thinking shows only in the total."""
    if rules.reasoning_accounting is ReasoningAccounting.INCLUDED:
        return stated
    return None if reasoning is None else stated + reasoning


def _within(counts: _Counts, reasoning: int | None, completion: int | None) -> int | None:
    """Reasoning is at most the billed output; a larger count is named, unless it is a hint, and cut to it."""
    if reasoning is None or completion is None or reasoning <= completion:
        return reasoning
    if not counts.rules.reasoning_accounting_is_hint:
        counts.problem(f"{reasoning} reasoning tokens of {completion} billed")
        counts.stated_reasoning = reasoning
    return completion
