"""Which keys an endpoint's own body may not hold, and the setting to use instead.

`extra_body` is merged into every request last, so a key that bounds or changes the bill, or that the harness needs as
it sent it, would bypass the budget, the price row or the parser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.config.nodes import ConfigIssue, Document, FieldPath

_LIMIT = "set max_tokens under params, or max_output_tokens of the model: the budget is kept by them"
_BUDGET = "set effort under params: the dollar budget is kept by the token budget that it sends"
_PROMPT = "the task makes the prompt"
_BESIDE = "it brings charges beside tokens, which no bill here counts: leave it out"

REFUSED: Mapping[str, str] = {
    "max_tokens": _LIMIT,
    "max_completion_tokens": _LIMIT,
    "max_output_tokens": _LIMIT,
    "max_new_tokens": _LIMIT,
    "n_predict": _LIMIT,
    "thinking_budget": _BUDGET,
    "thinking.budget_tokens": _BUDGET,
    "reasoning.max_tokens": _BUDGET,
    "n": "one answer is drawn a request: use --repeats",
    "best_of": "one answer is drawn a request: use --repeats",
    "service_tier": "set service_tier of the provider or the model: the price goes by it",
    "model": "set model_id of the model",
    "models": "another model has another price: give each a label of its own",
    "stream": "set stream of the model",
    "stream_options": "the harness asks for usage by itself",
    "messages": _PROMPT,
    "input": _PROMPT,
    "instructions": _PROMPT,
    "system": _PROMPT,
    "prompt": _PROMPT,
    "tools": _BESIDE,
    "plugins": _BESIDE,
    "web_search_options": _BESIDE,
    "search_parameters": _BESIDE,
    "enable_search": _BESIDE,
}
"""Dotted keys of a body, and what to do instead."""


def body_problems(document: Document, path: FieldPath, body: Mapping[str, object]) -> Iterator[ConfigIssue]:
    """What is wrong with the `extra_body` that stands below `path`."""
    for key, instead in REFUSED.items():
        steps = key.split(".")
        value: object = body
        for step in steps:
            value = value.get(step, ...) if isinstance(value, Mapping) else ...
        if value is not ...:
            yield ConfigIssue(
                document.mark_of((*path, "extra_body", *steps)), f"extra_body must not hold `{key}`: {instead}"
            )
