"""From an endpoint, a sample and the wished settings to a request ready to send.

Covers which settings a dialect and an endpoint's traits let through, thinking control, and merging of the endpoint's
own body. What each provider takes stands in its dialect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from harness.core.labels import Effort
from harness.core.types import Endpoint, Json, Sample, SamplingParams
from harness.providers.format.dialect_spec import EFFORT_BUDGETS, Dialect, History, ThinkingControl
from harness.providers.format.json_payload import get_path
from harness.providers.format.wire_types import WireRequest

MIN_REASONING_BUDGET = 1024
EFFORTS_LOW_HIGH = frozenset({Effort.LOW, Effort.HIGH})


@dataclass(slots=True)
class _RequestDraft:
    """A body in the making, and the wishes that could not be put into it."""

    body: dict[str, Json]
    token_limit: int | None = None
    not_sent: list[str] = field(default_factory=list)
    thinks: bool = False

    def put(self, path: str, value: Json) -> None:
        """Set the value at a dotted path, keeping what stands beside it."""
        nested: Json = value
        for step in reversed(path.split(".")):
            nested = {step: nested}
        assert isinstance(nested, dict)
        merge(self.body, nested)


def merge(body: dict[str, Json], addition: Mapping[str, Json]) -> None:
    """Put the addition into the body, objects into objects; where both name a value, the addition's holds."""
    for key, value in addition.items():
        present = body.get(key)
        if isinstance(present, dict) and isinstance(value, Mapping):
            merge(present, value)
        else:
            body[key] = _copied(value)


def _copied(value: Json) -> Json:
    return {key: _copied(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value


NO_TEXT = "(no answer)"
"""Stands for an answer without text in the turns that follow: providers refuse an empty message."""


def turn_messages(prompt: str, history: History) -> list[Json]:
    """The prompt and the turns so far as messages of user and assistant."""
    messages: list[Json] = [{"role": "user", "content": prompt}]
    for turn in history:
        messages += [
            {"role": "assistant", "content": turn.answer if turn.answer.strip() else NO_TEXT},
            {"role": "user", "content": turn.reply},
        ]
    return messages


def chat_messages(sample: Sample, history: History, traits: frozenset[str]) -> dict[str, Json]:
    """The prompt and the turns so far as chat messages; without a system role the system text is part of the prompt."""
    if sample.system is None:
        return {"messages": turn_messages(sample.prompt, history)}
    if "no_system_role" in traits:
        return {"messages": turn_messages(f"{sample.system}\n\n{sample.prompt}", history)}
    system = {"role": "system", "content": sample.system}
    return {"messages": [system, *turn_messages(sample.prompt, history)]}


CACHE_MARK: Mapping[str, Json] = {"cache_control": {"type": "ephemeral"}}
"""Behind a block of text: what stands up to its end is cached for five minutes (Anthropic, page "Prompt caching")."""


def marked_text(text: str, chars: int) -> list[Json]:
    """The text as blocks with a cache mark behind its first so many characters."""
    rest: list[Json] = [{"type": "text", "text": text[chars:]}] if text[chars:] else []
    return [{"type": "text", "text": text[:chars], **CACHE_MARK}, *rest]


def with_cache_marks(dialect: Dialect, shared_chars: int, model: str) -> Dialect:
    """The dialect with requests that ask for their first so many characters of the prompt to be cached."""
    ask, prompt_body = dialect.ask_for_cache, dialect.prompt_body
    assert ask is not None

    def marked(sample: Sample, history: History, traits: frozenset[str]) -> dict[str, Json]:
        return ask(prompt_body(sample, history, traits), shared_chars, model)

    return replace(dialect, prompt_body=marked)


def build(
    dialect: Dialect,
    endpoint: Endpoint,
    sample: Sample,
    params: SamplingParams,
    api_key: str | None,
    history: History = (),
) -> WireRequest:
    """The request for one draw of a sample, or for the next turn. `extra_body` of the endpoint is merged last."""
    prompt = dialect.prompt_body(sample, history, endpoint.traits)
    if sample.tools is not None:
        prompt["tools"] = [dialect.tool_entry(tool) for tool in sample.tools]
    draft = _RequestDraft(body={"model": endpoint.model_id, **prompt})
    merge(draft.body, dialect.fixed_body)
    _put_token_limit(draft, dialect, endpoint, params)
    _put_thinking(draft, _control(dialect, endpoint.traits), endpoint.traits, params)
    _put_sampling(draft, dialect, endpoint.traits, params)
    _put_service_tier(draft, dialect, endpoint)
    _put_stream(draft, dialect, endpoint)
    merge(draft.body, endpoint.extra_body)
    return WireRequest(
        url=request_url(endpoint.base_url, dialect.path),
        headers=_headers(dialect, api_key, streams=draft.body.get("stream") is True),
        body=json.dumps(draft.body, separators=(",", ":")).encode(),
        effective={key: value for key, value in draft.body.items() if key not in prompt},
        not_sent=tuple(draft.not_sent),
    )


def reasoning_exceeds_limit(dialect: Dialect, endpoint: Endpoint, params: SamplingParams) -> int | None:
    """Thinking tokens that may come on top of the token limit: those of the budget that is sent; None: no bound is.

    0 where the limit counts the thinking too, or where the model does not think under these settings.
    """
    if dialect.token_limit_includes_reasoning or "never_thinks" in endpoint.traits:
        return 0
    control = _control(dialect, endpoint.traits)
    draft = _RequestDraft(body={})
    _put_token_limit(draft, dialect, endpoint, params)
    _put_thinking(draft, control, endpoint.traits, params)
    merge(draft.body, endpoint.extra_body)
    is_on = bool(control.on) and all(draft.body.get(key) == value for key, value in (control.on or {}).items())
    is_off = "thinking_optional" in endpoint.traits or endpoint.reasoning_enabled(params) is False
    if is_off and not is_on and not draft.thinks:
        return 0
    budget = None if control.budget_at is None else get_path(draft.body, control.budget_at)
    return budget if isinstance(budget, int) else None


@lru_cache(maxsize=256)
def request_url(base_url: str, path: str, *, instead_of: str = "") -> str:
    """The address of a resource: its path goes before a query (Azure's api-version) and is not doubled.

    `instead_of`: the path of another resource that the base may end with.
    """
    parts = urlsplit(base_url)
    base = parts.path.rstrip("/").removesuffix(instead_of)
    return urlunsplit(parts._replace(path=base if base.endswith(path) else base + path))


def _headers(dialect: Dialect, api_key: str | None, *, streams: bool) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if streams else "application/json",
        **dialect.fixed_headers,
    }
    if api_key:
        headers |= {name: text.format(key=api_key) for name, text in dialect.auth.items()}
    return headers


def _put_token_limit(draft: _RequestDraft, dialect: Dialect, endpoint: Endpoint, params: SamplingParams) -> None:
    wished = params.max_tokens
    if wished is None and dialect.token_limit_when_none is not None:
        wished = endpoint.max_output_tokens or dialect.token_limit_when_none
    if wished is None:
        return
    if endpoint.max_output_tokens is not None:
        wished = min(wished, endpoint.max_output_tokens)
    draft.body[dialect.token_limit_field] = draft.token_limit = wished


def _control(dialect: Dialect, traits: frozenset[str]) -> ThinkingControl:
    chosen = (control for trait, control in dialect.thinking_by_trait.items() if trait in traits)
    return next(chosen, dialect.thinking)


def _put_thinking(
    draft: _RequestDraft, control: ThinkingControl, traits: frozenset[str], params: SamplingParams
) -> None:
    """Put the wishes on thinking into the body, and settle whether the model will think."""
    draft.thinks = bool(traits & {"reasoning", "always_thinks"})
    if "never_thinks" in traits:
        draft.not_sent += ["thinking"] if params.thinking else []
        draft.not_sent += ["effort"] if params.effort not in (None, Effort.NONE) else []
        return
    if params.thinking is False or params.effort is Effort.NONE:
        _switch_off(draft, control, traits, wish="thinking" if params.thinking is False else "effort")
        if params.effort not in (None, Effort.NONE):
            draft.not_sent.append("effort")  # not to think, and how hard: the switch goes first
        return
    asked = _put_effort(draft, control, traits, params)
    if params.thinking is True and not asked:
        asked = _switch_on(draft, control, traits, params)
    draft.thinks = draft.thinks or asked


def _switch_on(draft: _RequestDraft, control: ThinkingControl, traits: frozenset[str], params: SamplingParams) -> bool:
    may = control.on is not None and "no_thinking_switch" not in traits
    if may and control.budget_is_required:
        return _put_budget(draft, control, params.effort or Effort.MEDIUM, wish="thinking")
    if may:
        _add(draft, control.on or {})
    elif not draft.thinks:
        draft.not_sent.append("thinking")
    return may


def _add(draft: _RequestDraft, piece: Mapping[str, Json]) -> None:
    """Add a switch without replacing an effort that already stands there."""
    kept = dict(draft.body)
    merge(draft.body, piece)
    for key, value in kept.items():
        if key in piece and not isinstance(value, dict):
            draft.body[key] = value


def _switch_off(draft: _RequestDraft, control: ThinkingControl, traits: frozenset[str], *, wish: str) -> None:
    may = control.off_needs is None or control.off_needs in traits
    if "always_thinks" in traits:
        draft.not_sent.append(wish)
    elif control.off is not None and may and "no_thinking_switch" not in traits:
        merge(draft.body, control.off)
        draft.thinks = False
    elif draft.thinks:
        draft.not_sent.append(wish)


def _put_effort(draft: _RequestDraft, control: ThinkingControl, traits: frozenset[str], params: SamplingParams) -> bool:
    """Put the effort as a word or as a budget; False where it is not wished or not offered."""
    effort = params.effort
    if effort is None:
        return False
    refused = "no_effort" in traits or ("effort_low_high" in traits and effort not in EFFORTS_LOW_HIGH)
    word = control.efforts.get(effort)
    if refused or (word is None and control.budget_at is None):
        draft.not_sent.append("effort")
        return False
    if word is not None:
        draft.put(control.effort_at, word)
        if control.on is not None and "no_thinking_switch" not in traits:
            _add(draft, control.on)
        return True
    return _put_budget(draft, control, effort, wish="effort")


def _put_budget(draft: _RequestDraft, control: ThinkingControl, effort: Effort, *, wish: str) -> bool:
    """A budget must leave room for an answer below the token limit; where none is left, thinking is not asked for."""
    assert control.budget_at is not None
    budget = EFFORT_BUDGETS[effort]
    if draft.token_limit is not None:
        budget = min(budget, draft.token_limit - MIN_REASONING_BUDGET)
    if budget < MIN_REASONING_BUDGET:
        draft.not_sent.append(wish)
        return False
    merge(draft.body, control.on or {})
    draft.put(control.budget_at, budget)
    return True


def _put_sampling(draft: _RequestDraft, dialect: Dialect, traits: frozenset[str], params: SamplingParams) -> None:
    wished = {"temperature": params.temperature, "top_p": params.top_p, "seed": params.seed}
    fields = {name: dialect.renamed_params.get(name, name) for name in wished}
    unsent = dialect.unsupported_params | (dialect.unsupported_with_reasoning if draft.thinks else frozenset())
    if "no_sampling" in traits:
        unsent |= wished.keys()
    for name, value in wished.items():
        if value is None:
            continue
        other = dialect.mutually_exclusive_params.get(name)
        if name in unsent or (other is not None and fields.get(other, other) in draft.body):
            draft.not_sent.append(name)
            continue
        low, high = dialect.ranges.get(name, (value, value))
        draft.put(fields[name], min(max(value, low), high))


def _put_service_tier(draft: _RequestDraft, dialect: Dialect, endpoint: Endpoint) -> None:
    if endpoint.service_tier is None:
        return
    if dialect.service_tier_field is None:
        draft.not_sent.append("service_tier")
    else:
        draft.body[dialect.service_tier_field] = endpoint.service_tier


def _put_stream(draft: _RequestDraft, dialect: Dialect, endpoint: Endpoint) -> None:
    streams = endpoint.stream
    if dialect.requires_stream_with_reasoning and draft.thinks and not streams:
        streams = True
        draft.not_sent.append("stream")
    draft.body["stream"] = streams
    if streams and dialect.include_usage:
        draft.body["stream_options"] = {"include_usage": True}
