"""The docs page on dialects, written from the dialect values, so that code, docs and tests share one table.

Run as a module it prints the page; a test compares it with docs/dialects.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping

from harness.core.types import FailureKind
from harness.providers import dialect_loader
from harness.providers.format.dialect_spec import TRAITS, Dialect, ThinkingControl
from harness.providers.parsing.errors import RETRYABLE

BASE = "openai"

HEAD = """# Dialects

Written by `harness.providers.dialects_page` from the values in `harness/providers/dialects/`; do not edit by hand.

A dialect says how one provider's wire format differs: what a request may hold, where a reply keeps its text, its
thinking and its usage, how the usage adds up, and what an error means. `dialect: acme` in `providers.yaml` is
`harness/providers/dialects/acme.py`; a new provider is one such file.

Usage is read by arithmetic first: a total equal to prompt + completion has the thinking inside the completion; one
equal to prompt + completion + reasoning has it beside; a larger total without a reasoning count hides it. Only where no
usable total is there does the rule below decide. What is not on the wire stays unknown.

The section `openai` is complete; the others leave out what they share with it.
"""


def page() -> str:
    """The whole page as Markdown."""
    values = [dialect_loader.load(name) for name in dialect_loader.names()]
    return "\n".join([HEAD, *_overview(values), "", *_traits(), "", *_sections(values)])


def _overview(values: Iterable[Dialect]) -> list[str]:
    lines = ["| dialect | provider | token limit | thinking counted | own charge |", "|---|---|---|---|---|"]
    for value in values:
        charge = "yes" if value.charge is not None else "no"
        counted = value.usage.reasoning_accounting.value
        lines.append(
            f"| [{value.name}](#{value.name}) | {value.title} | `{value.token_limit_field}` | {counted} | {charge} |"
        )
    return lines


def _traits() -> list[str]:
    head = ["## Traits", "", "Switches of an endpoint (`traits:` in `providers.yaml`):", ""]
    return [*head, *(f"- `{name}`: {meaning}" for name, meaning in TRAITS.items())]


def _sections(values: Iterable[Dialect]) -> Iterable[str]:
    base = dialect_loader.load(BASE)
    shared = set(_facts(base))
    for value in values:
        yield f"## {value.name}\n"
        yield f"{value.title}. Version {value.version}.\n"
        yield from (f"- {line}" for line in _facts(value) if value is base or line not in shared)
        yield from (f"- Note: {note}" for note in value.notes)
        yield ""


def _facts(value: Dialect) -> list[str]:
    return [*_request(value), *_reply(value), *_usage(value), *_errors(value)]


def _request(value: Dialect) -> Iterable[str]:
    auth = ", ".join(f"`{name}: {text.format(key='KEY')}`" for name, text in value.auth.items())
    yield f"Request: POST `{value.path}`, {auth}; token limit in `{value.token_limit_field}`."
    if not value.token_limit_includes_reasoning:
        yield "The token limit does not count the thinking."
    if value.unsupported_params:
        yield f"Never sent: {_names(value.unsupported_params)}."
    yield f"Not sent while the model thinks: {_names(value.unsupported_with_reasoning) or 'nothing'}."
    for name, path in sorted(value.renamed_params.items()):
        yield f"`{name}` is sent as `{path}`."
    for name, (low, high) in sorted(value.ranges.items()):
        yield f"`{name}` is clamped to {low:g} to {high:g}."
    for name, other in sorted(value.mutually_exclusive_params.items()):
        yield f"`{name}` is not sent together with `{other}`."
    if value.fixed_body:
        yield f"Always in the body: {_json(value.fixed_body)}."
    yield f"Thinking: {_control(value.thinking)}."
    for trait, control in value.thinking_by_trait.items():
        yield f"Thinking with trait `{trait}`: {_control(control)}."
    if value.requires_stream_with_reasoning:
        yield "Streaming is forced while the model thinks."
    yield f"Usage in a stream: {'asked for with include_usage' if value.include_usage else 'comes unasked'}."
    yield f"Service tier: {f'`{value.service_tier_field}`' if value.service_tier_field else 'not sent'}."


def _control(control: ThinkingControl) -> str:
    parts = []
    if control.efforts:
        words = ", ".join(
            ours.value if ours.value == theirs else f"{ours.value} as {theirs}"
            for ours, theirs in control.efforts.items()
        )
        parts.append(f"effort in `{control.effort_at}` ({words})")
    if control.budget_at:
        parts.append(f"effort as a budget in `{control.budget_at}`")
    if control.on:
        parts.append(f"on with {_json(control.on)}")
    if control.off is not None:
        needs = f", with trait `{control.off_needs}` only" if control.off_needs else ""
        parts.append(f"off {f'with {_json(control.off)}' if control.off else 'by default'}{needs}")
    return "; ".join(parts) or "no control"


def _reply(value: Dialect) -> Iterable[str]:
    places = [f"`{name}`" for name in value.reasoning_fields] + [
        f"`<{tag}>` in the content" for tag in value.think_tags
    ]
    yield f"Reasoning text: the first of {', '.join(places) or 'its own events and blocks'}."
    if value.placeholders:
        texts = ", ".join(sorted({f"`{text.strip()}`" for text in value.placeholders}))
        yield f"Taken for no reasoning text: {texts}."
    if value.cumulative_deltas:
        yield "Deltas that each repeat all text so far are understood."
    if value.flags_input or value.flags_output:
        yield f"Filter flags in the body: {_names((*value.flags_input, *value.flags_output))}."
    words = ", ".join(f"`{word}` {reason.value}" for word, reason in value.finish_reasons.items())
    yield f"Finish reasons: {words}."
    yield f"Finish reasons that mean the provider broke off: {_names(value.failing_finishes)}."


def _usage(value: Dialect) -> Iterable[str]:
    rules = value.usage
    beside = ", without what was read from or written to the cache" if rules.cache_excluded_from_prompt else ""
    yield f"Prompt: {_names(rules.prompt, keep=True)}{beside}. Completion: {_names(rules.completion, keep=True)}."
    counted = rules.reasoning_accounting.value
    yield f"Total: {_names(rules.total, keep=True) or 'none'}. By rule, thinking is counted {counted}."
    yield f"Reasoning: {_names(rules.reasoning, keep=True)}."
    yield f"Cache reads: {_names(rules.cached, keep=True)}."
    yield f"Cache writes: {_names(rules.cache_write, keep=True)}."
    yield f"Cache writes by lifetime: under {_names(rules.cache_write_split, keep=True)}."
    if rules.cache_counts_may_overlap:
        yield "Cache reads and writes may count the same tokens."
    if rules.extra_usage_keys:
        yield f"Kept with the raw usage: {_names(rules.extra_usage_keys)}."
    if rules.reasoning_accounting_is_hint:
        yield "The reasoning count is a hint: it is cut to the completion."
    for step in (rules.reshape, rules.check, rules.tokens_at_other_rates, value.charge):
        if step is not None and step.__doc__:
            yield step.__doc__.splitlines()[0]


def _errors(value: Dialect) -> Iterable[str]:
    kinds: dict[FailureKind, list[str]] = {}
    for code, kind in value.codes.items():
        kinds.setdefault(kind, []).append(code)
    for kind, codes in kinds.items():
        effect = "another attempt" if kind in RETRYABLE else "permanent"
        yield f"Error {kind.value} ({effect}): {_names(codes, keep=True)}."
    if value.classify_error is not None and value.classify_error.__doc__:
        yield value.classify_error.__doc__.splitlines()[0]
    for status, kind in value.empty_body_errors.items():
        yield f"A {status} without a body: {kind.value}."


def _names(names: Iterable[str], *, keep: bool = False) -> str:
    return ", ".join(f"`{name}`" for name in (names if keep else sorted(names)))


def _json(piece: Mapping[str, object]) -> str:
    return f"`{json.dumps(piece)}`"


if __name__ == "__main__":
    sys.stdout.write(page())
