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

A dialect says how one provider's wire format differs: what a request may contain, where a response holds its text, its
reasoning and its usage, how the usage adds up, and what an error means. `dialect: acme` in `providers.yaml` is
`harness/providers/dialects/acme.py`; a new provider is one such file.

Whether reasoning tokens are part of the completion tokens is first decided by arithmetic. If the total is prompt +
completion, they are included; if it is prompt + completion + reasoning, they are excluded; if it is larger and no
reasoning count is reported, the difference is reasoning. Only without a usable total does the rule of the dialect
decide. What is not reported stays unknown.

The section `openai` is complete; the others list only what differs from it. "Reasoning control" says how the harness
asks for more, less or no reasoning; "retried" and "permanent" say what follows an error.
"""


def page() -> str:
    """The whole page as Markdown."""
    values = [dialect_loader.load(name) for name in dialect_loader.names()]
    return "\n".join([HEAD, *_overview(values), "", *_traits(), "", *_sections(values)])


def _overview(values: Iterable[Dialect]) -> list[str]:
    lines = ["| dialect | provider | token limit | reasoning tokens are | reports dollars |", "|---|---|---|---|---|"]
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
        yield "Reasoning tokens do not count towards the token limit."
    if value.unsupported_params:
        yield f"Never sent: {_names(value.unsupported_params)}."
    if value.unsupported_with_reasoning:
        yield f"Not sent while reasoning is on: {_names(value.unsupported_with_reasoning)}."
    else:
        yield "All settings are sent while reasoning is on."
    for name, path in sorted(value.renamed_params.items()):
        yield f"`{name}` is sent as `{path}`."
    for name, (low, high) in sorted(value.ranges.items()):
        yield f"`{name}` is clamped to {low:g} to {high:g}."
    for name, other in sorted(value.mutually_exclusive_params.items()):
        yield f"`{name}` is not sent together with `{other}`."
    if value.fixed_body:
        yield f"Always in the body: {_json(value.fixed_body)}."
    yield f"Reasoning control: {_control(value.thinking)}."
    for trait, control in value.thinking_by_trait.items():
        yield f"Reasoning control with trait `{trait}`: {_control(control)}."
    if value.requires_stream_with_reasoning:
        yield "While reasoning is on, answers are always streamed."
    yield f"Usage in a stream: {'requested with `include_usage`' if value.include_usage else 'always sent'}."
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
    return "; ".join(parts) or "none"


def _reply(value: Dialect) -> Iterable[str]:
    places = [f"`{name}`" for name in value.reasoning_fields] + [
        f"`<{tag}>` in the content" for tag in value.think_tags
    ]
    first = f"the first of {', '.join(places)}" if places else "in events and blocks of its own"
    yield f"Reasoning text: {first}."
    if value.placeholders:
        texts = ", ".join(sorted({f"`{text.strip()}`" for text in value.placeholders}))
        yield f"Placeholders that are not reasoning text: {texts}."
    if value.cumulative_deltas:
        yield "Streams whose every chunk repeats all text so far are accepted."
    if value.flags_input or value.flags_output:
        yield f"Filter flags in the body: {_names((*value.flags_input, *value.flags_output))}."
    words = ", ".join(f"`{word}` {reason.value}" for word, reason in value.finish_reasons.items())
    yield f"Finish reasons: {words}."
    yield f"Finish reasons of an interrupted answer (a failure): {_names(value.failing_finishes)}."


def _usage(value: Dialect) -> Iterable[str]:
    rules = value.usage
    beside = ", excluding cache reads and writes" if rules.cache_excluded_from_prompt else ""
    yield f"Prompt: {_names(rules.prompt, keep=True)}{beside}. Completion: {_names(rules.completion, keep=True)}."
    counted = rules.reasoning_accounting.value
    yield f"Total: {_names(rules.total, keep=True) or 'none'}. Without a usable total, reasoning tokens are {counted}."
    yield f"Reasoning: {_names(rules.reasoning, keep=True)}."
    yield f"Cache reads: {_names(rules.cached, keep=True)}."
    yield f"Cache writes: {_names(rules.cache_write, keep=True)}."
    yield f"Cache writes by lifetime: in {_names(rules.cache_write_split, keep=True)}."
    if rules.cache_counts_may_overlap:
        yield "Cache reads and writes may count the same tokens."
    if rules.extra_usage_keys:
        yield f"Stored with the raw usage: {_names(rules.extra_usage_keys)}."
    if rules.reasoning_accounting_is_hint:
        yield "The reasoning count is approximate: it is reduced to the completion count where it is larger."
    for step in (rules.reshape, rules.check, rules.tokens_at_other_rates, value.charge):
        if step is not None and step.__doc__:
            yield step.__doc__.splitlines()[0]


def _errors(value: Dialect) -> Iterable[str]:
    kinds: dict[FailureKind, list[str]] = {}
    for code, kind in value.codes.items():
        kinds.setdefault(kind, []).append(code)
    for kind, codes in kinds.items():
        effect = "retried" if kind in RETRYABLE else "permanent"
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
