"""The reasoning effort that a request asks for, in any provider's field."""

from __future__ import annotations

from harness.core.labels import Effort
from harness.mock.formats.base import Body, at_path

_WORDS_AT = (
    "reasoning_effort",
    "reasoning.effort",
    "output_config.effort",
    "chat_template_kwargs.reasoning_effort",
)
_BUDGETS_AT = ("thinking.budget_tokens", "thinking_budget", "reasoning.max_tokens")
_MAX_BUDGETS = ((1024, Effort.LOW), (8192, Effort.MEDIUM))
"""Google's page "OpenAI compatibility", table of reasoning_effort; state of 2026-11. A larger budget is HIGH."""


def effort_of(body: Body) -> Effort | None:
    """The effort asked for by a word or by a budget in tokens; None where neither is there or the word is unknown."""
    known = {effort.value: effort for effort in Effort}
    for path in _WORDS_AT:
        word = at_path(body, path)
        if isinstance(word, str) and word in known:
            return known[word]
    for path in _BUDGETS_AT:
        budget = at_path(body, path)
        if isinstance(budget, int) and budget > 0:
            return next((effort for most, effort in _MAX_BUDGETS if budget <= most), Effort.HIGH)
    return None
