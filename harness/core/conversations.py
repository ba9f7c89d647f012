"""Conversations: jobs whose answer takes more than one request.

One job is one conversation. Its turns are attempts of the same job: each answer is a line of the call log, with the
message that it replies to. A conversation ends with a line of its own (`ConversationEnd`), or with a failed attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from harness.core.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedTurn:
    """An answer of the model and the message that it was then sent."""

    answer: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRules:
    """How a job goes on after its first answer.

    `feedback_rounds`: how often a failed answer is sent back with feedback. `agent`: the loop that drives the
    conversation instead, with its version. `max_turns`: requests of one job at most. `max_reply_bytes`: of a message
    that the conversation goes on with; longer output is cut. `max_usd`: dollars of one job, a turn that could exceed
    them is not sent.
    """

    max_turns: int
    max_reply_bytes: int
    feedback_rounds: int = 0
    agent: str | None = None
    max_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEnd:
    """How a conversation ended: `reason` in a word or two.

    `submission`: what is graded where that is not the last answer's text (an agent's changes as a unified diff).
    `tool_calls`: commands that were run for the model; `tool_s`: seconds they took. None: there were no tools.
    """

    reason: str
    submission: str | None = None
    tool_calls: int | None = None
    tool_s: float | None = None


MAX_FEEDBACK_ROUNDS = 20
MAX_FEEDBACK_BYTES = 5_000
"""Of a message with feedback: the output of tests and the words around it."""


AGENT = "mini-swe-agent"
MAX_OBSERVATION_BYTES = 16_384
"""Of the output of a command that goes back to the model, with the words around it."""


def agent_rules(*, version: str, max_turns: int, max_usd: Decimal | None) -> ConversationRules:
    """The rules of an agent of that version."""
    return ConversationRules(
        agent=f"{AGENT} {version}", max_turns=max_turns, max_reply_bytes=MAX_OBSERVATION_BYTES, max_usd=max_usd
    )


def feedback_rules(rounds: int) -> ConversationRules | None:
    """The rules of so many feedback rounds; None for none. Raises UsageError above MAX_FEEDBACK_ROUNDS."""
    if not rounds:
        return None
    if not 1 <= rounds <= MAX_FEEDBACK_ROUNDS:
        raise UsageError(f"--feedback-rounds {rounds}; accepted: 1 to {MAX_FEEDBACK_ROUNDS}")
    return ConversationRules(feedback_rounds=rounds, max_turns=rounds + 1, max_reply_bytes=MAX_FEEDBACK_BYTES)
