"""Which models gave the answers of a requested model, and how figures that rest on another model's answers are marked.

What counts as another model: pricing.served. Its dollars are billed at its own price, so sums of dollars stay right; an
accuracy or a latency says nothing of the requested model alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

OTHER_MODEL_MARK = "!"
OTHER_MODEL_NOTE = (
    f"{OTHER_MODEL_MARK} another model than the requested one gave some of the answers: the figure is not the "
    "requested model's own (see `answered by`)"
)


@dataclass(slots=True, kw_only=True)
class AnsweringModels:
    """The answers of one requested model by the model that gave them.

    `others`: answers by each model that is not the requested one. The rest of `answers` named the requested model, or
    none.
    """

    requested: str
    answers: int = 0
    others: Counter[str] = field(default_factory=Counter)

    def add(self, other_model: str | None) -> None:
        """Take in one answer; None: the requested model gave it."""
        self.answers += 1
        if other_model is not None:
            self.others[other_model] += 1

    @property
    def is_mixed(self) -> bool:
        """Whether another model gave any of the answers."""
        return bool(self.others)

    def counts(self) -> Mapping[str, int]:
        """Answers by model, the requested one last and only where it gave any."""
        own = self.answers - self.others.total()
        return {**dict(self.others.most_common()), **({self.requested: own} if own else {})}

    def text(self) -> str:
        """`answered by: gpt-5-mini 12 of 40, gpt-5 28 of 40`."""
        parts = (f"{model} {count:,} of {self.answers:,}" for model, count in self.counts().items())
        return f"answered by: {', '.join(parts)}"


def marked(text: str, *, is_mixed: bool) -> str:
    """A figure as tables show it."""
    return f"{text} {OTHER_MODEL_MARK}" if is_mixed else text
