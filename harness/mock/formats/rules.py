"""What several profiles share: where reasoning is shown, what chunks say of usage, refusals of a range.

Small functions for the fields of `ChatFormat`; the profiles themselves are `vendors` and `hosts`.
"""

from __future__ import annotations

from harness.mock.formats.base import AnswerPlan, Body, ErrorKind, ErrorReply
from harness.mock.formats.chat import InterimUsage, ParamRejection, Reasoning
from harness.mock.formats.errors import ErrorWriter


def always_hidden(_body: Body) -> Reasoning:
    """Reasoning is counted and never shown."""
    return Reasoning.HIDDEN


def always_in_tags(_body: Body) -> Reasoning:
    """Reasoning stands in tags inside the content."""
    return Reasoning.TAGS


def null_always(_turn: AnswerPlan) -> InterimUsage:
    """Each chunk says `usage: null` until the last."""
    return InterimUsage.NULL


def null_if_asked(turn: AnswerPlan) -> InterimUsage:
    """Each chunk says `usage: null` where usage was asked for, and nothing where not."""
    return InterimUsage.NULL if turn.asks_usage else InterimUsage.ABSENT


def number_at(body: Body, name: str) -> float | None:
    """The number a body has under a name; None for anything else."""
    value = body.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def within(write: ErrorWriter, name: str, low: float, high: float, *, open_low: bool = False) -> ParamRejection:
    """A refusal of values outside [low, high], or (low, high] with `open_low`."""

    def rule(body: Body, *, thinks: bool) -> ErrorReply | None:
        value = number_at(body, name)
        if value is None or (low < value <= high) or (value == low and not open_low):
            return None
        left = "(" if open_low else "["
        return write(ErrorKind.BAD_REQUEST, f"invalid {name}: {value:g}, must be in {left}{low:g}, {high:g}]", 0)

    return rule
